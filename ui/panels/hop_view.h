#pragma once

#include "ui/panels/form_view.h"
#include "ui/panels/hop_picture.h"

class QTableView;

namespace patchbay::ui {

class ColourBar;
class HeatMap;
class HopForm;
class HoverCard;
class MarkedLabel;
class SegmentedControl;

/// Questions in two steps: the share of them that the patch answers at every pair of layers, beside one sentence, step
/// by step and the wrong state; below, every item at the chosen pair. Its form is the view's `topForm`.
class HopView : public FormView {
  Q_OBJECT
public:
  explicit HopView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Two steps"); }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;
  [[nodiscard]] Json viewState() const override;
  void restoreViewState(const Json& state) override;

protected:
  [[nodiscard]] QString runTitle(const AnyRequest& request) const override;
  bool readResult() override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;

private:
  void buildContent();
  void choosePair(Cell pair);
  void drawMap();
  void showItems();

  SharedHops m_hops;
  HopList m_list;
  HopArm m_arm = HopArm::Patch;
  Cell m_pair;
  std::optional<Cell> m_restored;  ///< the pair that was chosen when the session was closed, until its result is there
  SegmentedControl* m_arms;
  ColourBar* m_bar;
  MarkedLabel* m_statement;
  MarkedLabel* m_caveat;
  HeatMap* m_map;
  MarkedLabel* m_heading;
  QTableView* m_items;
  ResultTableModel* m_itemModel;
  HoverCard* m_card;
};

}  // namespace patchbay::ui
