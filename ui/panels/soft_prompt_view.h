#pragma once

#include "ui/panels/form_view.h"
#include "ui/panels/soft_prompt_picture.h"

class QTableView;

namespace patchbay::ui {

class Button;
class LinePlot;
class MarkedLabel;
class SegmentedControl;

/// A prompt of the future lens while it is learned, and how often it is right afterwards, by layer and distance, beside
/// the text it began as and states of other places. Its form is the view's `topForm`.
class SoftPromptView : public FormView {
  Q_OBJECT
public:
  explicit SoftPromptView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Learned prompt"); }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;
  [[nodiscard]] Json viewState() const override;
  void restoreViewState(const Json& state) override;

protected:
  [[nodiscard]] QString runTitle(const AnyRequest& request) const override;
  /// What is half learned is not thrown away because another one is asked for: that one waits.
  [[nodiscard]] QString replaceKey() const override { return {}; }
  bool readResult() override;
  bool readStream(const StreamedTokens& tokens) override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;
  [[nodiscard]] QString runningText() const override {
    return tr("States of the texts are read, then the prompt is learned step by step.");
  }

private:
  void buildContent();
  void useInLens();
  void showUse();

  SharedPrompt m_result;
  int m_ahead = 1;  ///< whose shares are drawn
  SegmentedControl* m_distances;
  Button* m_use;
  MarkedLabel* m_statement;
  LinePlot* m_shares;
  LinePlot* m_descent;
  QTableView* m_table;
  ResultTableModel* m_tableModel;
};

}  // namespace patchbay::ui
