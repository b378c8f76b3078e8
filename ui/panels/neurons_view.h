#pragma once

#include <functional>

#include "ui/panels/neurons_picture.h"
#include "ui/panels/result_view.h"

class QTableView;

namespace patchbay::ui {

class ChoiceBox;
class ColourBar;
class GrowthChoice;
class HeatMap;
class HoverCard;
class MarkedLabel;

/// The MLP neurons that write most at a token: their activations at every token, and the words of the chosen one.
class NeuronsView : public ResultView {
  Q_OBJECT
public:
  explicit NeuronsView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("MLP neurons"); }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;

protected:
  bool readResult() override;
  bool readStream(const StreamedTokens& tokens) override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;

private:
  void buildHeader();
  void buildContent();
  void fillChoices();
  /// The same of another layer, token or continuation, as a run beside this one.
  void readAgain(const std::function<void(NeuronsRequest&)>& change);
  void chooseNeuron(int rank);
  void hoverCell(int row, int column, const QPoint& globalPosition);

  SharedNeurons m_result;
  int m_rank = 0;
  ChoiceBox* m_layer;
  ChoiceBox* m_token;
  GrowthChoice* m_grow;
  ColourBar* m_bar;
  MarkedLabel* m_statement;
  HeatMap* m_map;
  MarkedLabel* m_heading;
  QTableView* m_words;
  ResultTableModel* m_wordModel;
  HoverCard* m_card;
};

}  // namespace patchbay::ui
