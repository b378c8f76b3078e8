#pragma once

#include "ui/panels/form_view.h"
#include "ui/panels/wish_picture.h"

class QTableView;

namespace patchbay::ui {

class Button;
class MarkedLabel;

/// A steering vector or an adapter made by a decoder: the descent as it goes, what it does to prompts that it never saw
/// beside its controls, and what that allows to say. Its form is the view's `topForm`.
class WishView : public FormView {
  Q_OBJECT
public:
  explicit WishView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Steer by decoder"); }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;

protected:
  [[nodiscard]] QString runTitle(const AnyRequest& request) const override;
  bool readResult() override;
  bool readStream(const StreamedTokens& tokens) override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;
  [[nodiscard]] QString runningText() const override {
    return tr("The plain model writes its own texts first, then the descent appears here.");
  }

private:
  void buildContent();
  /// Whether the run descends to an adapter.
  [[nodiscard]] bool isOfAdapter() const;

  SharedWish m_result;
  RunId m_watched = 0;  ///< the run that was seen under way here
  MarkedLabel* m_statement;
  MarkedLabel* m_facts;
  LinePlot* m_descent;
  QTableView* m_arms;
  ResultTableModel* m_armModel;
  QTableView* m_texts;
  ResultTableModel* m_textModel;
  Button* m_steer;
};

}  // namespace patchbay::ui
