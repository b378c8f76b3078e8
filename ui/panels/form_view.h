#pragma once

#include <QPointer>

#include "ui/panels/edit_trail.h"
#include "ui/panels/result_view.h"
#include "ui/panels/run_form.h"

namespace patchbay::ui {

/// A view of a run with a form that says what the next one asks: the form stands in the window's head while the view is
/// the active one, its edits can be undone, and it is kept with the view.
class FormView : public ResultView {
  Q_OBJECT
public:
  /// Takes the form. `editWords` name an edit in it: "Patchscope form".
  FormView(const Workbench& bench, RunForm* form, const QString& editWords, QWidget* parent);
  ~FormView() override;

  [[nodiscard]] Room room() const override { return Room::Wide; }
  /// Null when the window that it stood in went first.
  [[nodiscard]] QWidget* topForm() override { return m_form; }
  [[nodiscard]] std::optional<AnyRequest> wanted() const override;
  void start() override;
  [[nodiscard]] Json viewState() const override;
  void restoreViewState(const Json& state) override;

protected:
  /// The form shows the request of the chosen run.
  void runChosen() override;
  /// The title of a run of the form.
  [[nodiscard]] virtual QString runTitle(const AnyRequest& request) const = 0;
  /// Runs of one key replace one another while they are under way; empty: none does.
  [[nodiscard]] virtual QString replaceKey() const { return kind() + QStringLiteral(".view"); }
  /// What an edit of the view changes, as part of the view state: the form, and what a view adds.
  [[nodiscard]] virtual Json editState() const;

  /// Starts a request of the form's kind and shows its run.
  void startRun(const AnyRequest& request);
  /// The person changed something of `editState`. Changes of one `typed` field in a row are one step.
  void noteEdit(const QString& words, const QString& typed = {});
  /// The program set it: nothing to undo.
  void settleEdits() { m_trail.settle(editState()); }

private:
  QPointer<RunForm> m_form;  ///< may stand in the window's head, which can go first
  EditTrail m_trail;
};

}  // namespace patchbay::ui
