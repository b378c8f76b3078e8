#pragma once

#include <memory>

#include "core/data/requests.h"
#include "ui/panels/result_view.h"

class QVBoxLayout;

namespace patchbay::ui {

class BarPlot;
class Button;
class MapArrow;
class MarkedLabel;
class ProbabilityBars;
class TextCard;
class TokenStrip;

/// An activation patch: what was moved where, and the target's answer without and with it.
class PatchView : public ResultView {
  Q_OBJECT
public:
  explicit PatchView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Patch"); }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;

protected:
  bool readResult() override;
  bool readStream(const StreamedTokens& tokens) override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;
  void resizeEvent(QResizeEvent* event) override;

private:
  void buildStrips(QVBoxLayout* column);
  void buildAnswers(QVBoxLayout* column);
  void moveArrow();
  [[nodiscard]] QString statement() const;

  std::shared_ptr<const PatchResult> m_result;
  MarkedLabel* m_statement;
  MarkedLabel* m_divergence;
  Button* m_lens;
  TokenStrip* m_source;
  TokenStrip* m_target;
  MapArrow* m_arrow;
  ProbabilityBars* m_plain;
  ProbabilityBars* m_patched;
  BarPlot* m_changes;
  TextCard* m_plainText;
  TextCard* m_patchedText;
};

}  // namespace patchbay::ui
