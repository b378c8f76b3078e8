#pragma once

#include <memory>

#include <QPointer>

#include "ui/panels/edit_trail.h"
#include "ui/panels/patchscope_picture.h"
#include "ui/panels/result_view.h"

class QStackedWidget;

namespace patchbay::ui {

class ColourBar;
class HoverCard;
class MarkedLabel;
class PatchscopeCellPage;
class PatchscopeColumnPage;
class PatchscopeComposer;
class PatchscopeGridPage;
class PatchscopePage;

/// Patchscope: one cell, all layers of a token, or source against target layers. Its form is the view's `topForm`.
class PatchscopeView : public ResultView {
  Q_OBJECT
public:
  explicit PatchscopeView(const Workbench& bench, QWidget* parent = nullptr);
  ~PatchscopeView() override;

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] Room room() const override { return Room::Wide; }
  [[nodiscard]] QWidget* topForm() override;
  [[nodiscard]] QString title() const override { return tr("Patchscope"); }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;
  [[nodiscard]] QString badgeDetail() const override { return isApproximate() ? tr("pooled (max)") : QString(); }
  [[nodiscard]] bool isApproximate() const override;
  [[nodiscard]] std::optional<AnyRequest> wanted() const override;
  void start() override;
  [[nodiscard]] Json viewState() const override;
  void restoreViewState(const Json& state) override;

protected:
  bool readResult() override;
  bool readStream(const StreamedTokens& tokens) override;
  void runChosen() override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;
  [[nodiscard]] QString runningText() const override;

private:
  /// What the person edits in the form, as part of the view state.
  [[nodiscard]] Json formState() const;
  void showSelection();
  void hoverCell(int index, const QPoint& globalPosition, const QRect& area);
  void chooseLayer(int layer);
  [[nodiscard]] QString answerName() const;
  [[nodiscard]] QString resultTitle(QString name) const;
  [[nodiscard]] PatchscopePage* pageOf(PatchscopeForm form) const;

  std::shared_ptr<const PatchscopeResult> m_result;
  std::shared_ptr<PatchscopeResult> m_growing;  ///< made of what streamed in so far
  QPointer<PatchscopeComposer> m_composer;      ///< may stand in the window's head, which can go first
  EditTrail m_trail;
  MarkedLabel* m_title;
  QStackedWidget* m_pages;
  PatchscopeCellPage* m_cellPage;
  PatchscopeColumnPage* m_columnPage;
  PatchscopeGridPage* m_gridPage;
  ColourBar* m_bar;
  HoverCard* m_card;
};

}  // namespace patchbay::ui
