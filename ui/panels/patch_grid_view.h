#pragma once

#include <memory>
#include <vector>

#include "core/data/patch_grid.h"
#include "ui/panels/form_view.h"
#include "ui/plots/heat_map_data.h"

namespace patchbay::ui {

class Button;
class ColourBar;
class GridForm;
class HeatMap;
class HoverCard;
class LinePlot;
class MarkedLabel;

/// A patching or knock-out grid: what each place of the model contributes to an answer. Its form is the view's
/// `topForm`.
class PatchGridView : public FormView {
  Q_OBJECT
public:
  explicit PatchGridView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Patching grid"); }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;
  [[nodiscard]] QString badgeDetail() const override;
  [[nodiscard]] bool isApproximate() const override;

protected:
  [[nodiscard]] QString runTitle(const AnyRequest& request) const override;
  bool readResult() override;
  bool readStream(const StreamedTokens& tokens) override;
  void runChosen() override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;
  [[nodiscard]] QString runningText() const override {
    return tr("Cells appear here as they are computed, top layers first.");
  }

private:
  void buildContent();
  void chooseCell(const std::optional<CellRange>& range);
  void hoverCell(int row, int column, const QPoint& globalPosition);
  void showSelection();
  void showCell(const std::optional<Cell>& cell);
  /// The part of the grid that the selection's layers and tokens span; nothing for one cell, and of heads.
  [[nodiscard]] std::optional<CellRange> brushedPart() const;
  void showPart(const CellRange& part);
  /// Every layer and token of the brushed part, computed cell by cell; nothing where all of it is there.
  [[nodiscard]] std::optional<PatchGridRequest> finerRequest() const;
  void computeFiner();
  /// The chosen cell as an activation patch of its own; nothing for knock-outs, heads and cells that were not computed.
  [[nodiscard]] std::optional<PatchRequest> patchOfCell(Cell cell) const;
  void openPatch();
  /// Of an estimate: computes every cell of the same grid, and says how well the two agree.
  void computeExactly();
  void showAgreement();
  [[nodiscard]] std::optional<Cell> cellAt(int layer, int token) const;

  std::shared_ptr<const PatchGridResult> m_grid;
  MarkedLabel* m_statement;
  ColourBar* m_bar;
  HeatMap* m_map;
  LinePlot* m_curve;
  MarkedLabel* m_place;
  Button* m_open;
  Button* m_exact;
  Button* m_finer;
  RunId m_exactRun = 0;  ///< the exact twin of the estimate on screen, once asked for
  HoverCard* m_card;
};

}  // namespace patchbay::ui
