#pragma once

#include <memory>

#include "ui/panels/form_view.h"
#include "ui/panels/patchscope_picture.h"

class QStackedWidget;

namespace patchbay::ui {

class ChoiceBox;
class ColourBar;
class HoverCard;
class MarkedLabel;
class PatchscopeCellPage;
class PatchscopeColumnPage;
class PatchscopeComposer;
class PatchscopeGridPage;
class PatchscopePage;

/// Patchscope: one cell, all layers of a token, or source against target layers. Its form is the view's `topForm`.
class PatchscopeView : public FormView {
  Q_OBJECT
public:
  explicit PatchscopeView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Patchscope"); }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;
  [[nodiscard]] QString badgeDetail() const override { return isApproximate() ? tr("pooled (max)") : QString(); }
  [[nodiscard]] bool isApproximate() const override;
  [[nodiscard]] Json viewState() const override;
  void restoreViewState(const Json& state) override;

protected:
  [[nodiscard]] QString runTitle(const AnyRequest& request) const override;
  bool readResult() override;
  bool readStream(const StreamedTokens& tokens) override;
  void runChosen() override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;
  [[nodiscard]] QString runningText() const override;

private:
  void showSelection();
  void hoverCell(int index, const QPoint& globalPosition, const QRect& area);
  void choosePlace(int token, int layer);
  /// Whether it is shown as a map of cells.
  [[nodiscard]] bool isMapped() const;
  /// What the colours of a map may tell of.
  void fillColours();
  /// Colours the map as was chosen, as far as there are such words.
  void colour();
  [[nodiscard]] QString answerName() const;
  [[nodiscard]] QString resultTitle(QString name) const;
  [[nodiscard]] PatchscopePage* pageOf(PatchscopeForm form) const;

  std::shared_ptr<const PatchscopeResult> m_result;
  std::shared_ptr<PatchscopeResult> m_growing;  ///< made of what streamed in so far
  MarkedLabel* m_title;
  QStackedWidget* m_pages;
  PatchscopeCellPage* m_cellPage;
  PatchscopeColumnPage* m_columnPage;
  PatchscopeGridPage* m_gridPage;
  ChoiceBox* m_colour;
  int m_wantedColour = 0;  ///< index in that box
  ColourBar* m_bar;
  HoverCard* m_card;
};

}  // namespace patchbay::ui
