#pragma once

#include <QPointer>

#include "ui/panels/edit_trail.h"
#include "ui/panels/hop_picture.h"
#include "ui/panels/result_view.h"

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
class HopView : public ResultView {
  Q_OBJECT
public:
  explicit HopView(const Workbench& bench, QWidget* parent = nullptr);
  ~HopView() override;

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Two steps"); }
  [[nodiscard]] Room room() const override { return Room::Wide; }
  [[nodiscard]] QWidget* topForm() override;
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;
  [[nodiscard]] std::optional<AnyRequest> wanted() const override;
  void start() override;
  [[nodiscard]] Json viewState() const override;
  void restoreViewState(const Json& state) override;

protected:
  bool readResult() override;
  void runChosen() override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;

private:
  void buildContent();
  [[nodiscard]] Json formState() const;
  void choosePair(Cell pair);
  void drawMap();
  void showItems();

  SharedHops m_hops;
  HopList m_list;
  HopArm m_arm = HopArm::Patch;
  Cell m_pair;
  std::optional<Cell> m_restored;  ///< the pair that was chosen when the session was closed, until its result is there
  QPointer<HopForm> m_form;        ///< may stand in the window's head, which can go first
  EditTrail m_trail;
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
