#pragma once

#include <memory>
#include <vector>

#include "core/data/decoder_card.h"
#include "core/data/results.h"
#include "ui/panels/ask_picture.h"
#include "ui/panels/form_view.h"

class QScrollArea;
class QVBoxLayout;

namespace patchbay::ui {

class AskExchange;
class AskForm;
class ColourBar;
class HeatMap;
class HoverCard;
class MarkedLabel;

/// Questions to a trained decoder about states: at the left the cells to read and the decoder, in the middle the
/// questions about this prompt with their answers and controls, below them the question at every layer, and the
/// composer.
class AskView : public FormView {
  Q_OBJECT
public:
  explicit AskView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Ask"); }
  /// The prompt stays in the head: its tokens are what is asked about.
  [[nodiscard]] QWidget* topForm() override { return nullptr; }
  void start() override;
  void restoreViewState(const Json& state) override;
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;

protected:
  [[nodiscard]] QString runTitle(const AnyRequest& request) const override;
  bool readResult() override;
  bool readStream(const StreamedTokens& tokens) override;
  void runChosen() override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;
  [[nodiscard]] QString runningText() const override { return tr("The answer appears here as it is written."); }

private:
  void buildSide();
  void buildContent();
  void showGrid();
  void showCells();
  void showThread();
  void showStrip();
  void showDecoder();
  void readDecoder();
  void askLayers();
  void followForm();
  void goToCells(const std::vector<AskedSpan>& spans);
  void hoverLayer(int row, int column, const QPoint& at);
  /// What the answer on screen was asked.
  [[nodiscard]] std::optional<AskRequest> asked() const;

  AskForm* m_form;
  HoverCard* m_hover;
  HeatMap* m_grid = nullptr;  ///< the lens of the prompt, for choosing cells
  MarkedLabel* m_gridNote = nullptr;
  MarkedLabel* m_decoderTitle = nullptr;
  std::vector<MarkedLabel*> m_decoderFacts;
  QScrollArea* m_scroll = nullptr;
  QVBoxLayout* m_thread = nullptr;
  AskExchange* m_current = nullptr;
  std::vector<AskExchange*> m_earlier;
  QWidget* m_stripBox = nullptr;
  MarkedLabel* m_stripTitle = nullptr;
  ColourBar* m_stripBar = nullptr;
  HeatMap* m_strip = nullptr;
  std::shared_ptr<const LensResult> m_lens;
  SharedAnswer m_result;
  std::optional<DecoderCard> m_card;
  std::string m_cardFolder;
};

}  // namespace patchbay::ui
