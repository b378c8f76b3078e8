#pragma once

#include <optional>
#include <string>

#include <QString>
#include <QWidget>

#include "core/data/any_request.h"
#include "core/data/json.h"
#include "core/data/run_record.h"
#include "ui/plots/figure.h"
#include "ui/state/workbench.h"

class QAbstractItemModel;

namespace patchbay::ui {

/// One tab of the centre: a view on a run. It shows what the run has so far, follows it until it ends, and shows
/// failures as an error panel in the place of the result.
class RunView : public QWidget {
  Q_OBJECT
public:
  /// How much of the window the view takes while it is the active one. Wide: Inspector and Notes give way, and below
  /// 1400 px the left panels too.
  enum class Room { Shared, Wide };

  explicit RunView(const Workbench& bench, QWidget* parent = nullptr) : QWidget(parent), m_bench(bench) {}

  /// The kind it was made for: a `Request::kKind`, or a name of its own ("model-facts").
  [[nodiscard]] virtual QString kind() const = 0;
  /// Shows a run; 0 shows the view with no run yet.
  virtual void showRun(RunId id) = 0;
  [[nodiscard]] virtual RunId run() const = 0;
  /// Title of the tab, without the run id.
  [[nodiscard]] virtual QString title() const = 0;
  /// What stands after "measured now · f32 · 0.4 s" in the badge; usually empty.
  [[nodiscard]] virtual QString badgeDetail() const { return {}; }
  /// What is shown is a sample, pooled or linearised: half-filled badge.
  [[nodiscard]] virtual bool isApproximate() const { return false; }

  [[nodiscard]] virtual Room room() const { return Room::Shared; }
  /// A form that stands in the place of the prompt while the view is the active one; null: the prompt stays. The view
  /// keeps owning it, wherever it is shown.
  [[nodiscard]] virtual QWidget* topForm() { return nullptr; }

  /// The request of its own that the view would start now; what Run costs is told from it.
  [[nodiscard]] virtual std::optional<AnyRequest> wanted() const { return std::nullopt; }
  [[nodiscard]] bool canStart() const { return wanted().has_value(); }
  /// Starts that request: Run in the toolbar, Enter in a field.
  virtual void start() {}

  /// The view as a figure in the light theme, with its caption; empty without a result.
  [[nodiscard]] virtual Figure exportFigure() = 0;
  [[nodiscard]] QImage exportImage(qreal scale) { return exportFigure().image(scale); }
  /// Every number shown, as CSV with a header line.
  [[nodiscard]] virtual QString csv() const = 0;
  /// The same numbers as a table for people; owned by the view, null when there is nothing yet.
  [[nodiscard]] virtual QAbstractItemModel* table() { return nullptr; }
  /// The selected cell or row as text for the clipboard; empty when nothing is selected.
  [[nodiscard]] virtual QString copyText() const { return {}; }

  /// What the session keeps of the view: scroll, metric, tracked token.
  [[nodiscard]] virtual Json viewState() const { return Json::object(); }
  virtual void restoreViewState(const Json& state) { Q_UNUSED(state) }

  /// Name of the view in stored edits, kept with the view state; empty for a view without undo.
  [[nodiscard]] virtual std::string editId() const { return {}; }
  /// Sets what an undone or redone edit changed: part of a view state.
  virtual void applyEdit(const Json& state) { restoreViewState(state); }

Q_SIGNALS:
  void titleChanged();
  /// Badge, export and copy are to be read again.
  void stateChanged();
  /// The person asks for the menu of the selected cell.
  void cellMenuAsked(const QPoint& globalPosition);

protected:
  [[nodiscard]] const Workbench& bench() const { return m_bench; }

private:
  Workbench m_bench;
};

}  // namespace patchbay::ui
