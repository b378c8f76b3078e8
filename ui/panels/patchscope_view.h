#pragma once

#include <memory>

#include "ui/panels/patchscope_picture.h"
#include "ui/panels/result_view.h"

class QStackedWidget;

namespace patchbay::ui {

class ColourBar;
class PatchscopeCellPage;
class PatchscopeColumnPage;
class PatchscopeComposer;
class PatchscopeGridPage;
class PatchscopePage;

/// Patchscope: the form on top, below it one cell, all layers of a token, or source against target layers.
class PatchscopeView : public ResultView {
  Q_OBJECT
public:
  explicit PatchscopeView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] Room room() const override { return Room::Wide; }
  [[nodiscard]] QString title() const override { return tr("Patchscope"); }
  [[nodiscard]] QImage exportImage(qreal scale) override;
  [[nodiscard]] QString copyText() const override;
  [[nodiscard]] bool canStart() const override;
  void start() override;

protected:
  bool readResult() override;
  bool readStream(const StreamedTokens& tokens) override;
  void runChosen() override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;

private:
  void showSelection();
  void chooseLayer(int layer);
  [[nodiscard]] QString answerName() const;
  [[nodiscard]] PatchscopePage* pageOf(PatchscopeForm form) const;

  std::shared_ptr<const PatchscopeResult> m_result;
  std::shared_ptr<PatchscopeResult> m_growing;  ///< made of what streamed in so far
  PatchscopeComposer* m_composer;
  QStackedWidget* m_pages;
  PatchscopeCellPage* m_cellPage;
  PatchscopeColumnPage* m_columnPage;
  PatchscopeGridPage* m_gridPage;
  ColourBar* m_bar;
};

}  // namespace patchbay::ui
