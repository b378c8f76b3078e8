#pragma once

#include "ui/panels/explore_picture.h"
#include "ui/panels/form_view.h"

class QSlider;
class QStackedWidget;

namespace patchbay::ui {

class Button;
class ChoiceBox;
class ColourBar;
class ExploreForm;
class HeatMap;
class HoverCard;
class MarkedLabel;
class SegmentedControl;

/// Activation explorer: lengths by layer, places along principal components, cosines between them, channels that stand
/// out. Points chosen with a lasso become the texts of a steering vector. Its form is the view's `topForm`.
class ExploreView : public FormView {
  Q_OBJECT
public:
  explicit ExploreView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Activations"); }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;
  [[nodiscard]] Json viewState() const override;
  void restoreViewState(const Json& state) override;

  /// The lassoed places as texts to steer towards, all others as texts to steer away from, for
  /// `SteeringView::restoreViewState`; null while nothing or everything is chosen.
  [[nodiscard]] Json chosenTexts() const;

protected:
  [[nodiscard]] QString runTitle(const AnyRequest& request) const override;
  bool readResult() override;
  bool readStream(const StreamedTokens& tokens) override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;

private:
  enum class Page { Norms, Components, Cosines, Channels };

  void buildHeader();
  void take(SharedExplore result);
  void buildContent();
  [[nodiscard]] QWidget* normsPage();
  [[nodiscard]] QWidget* componentsPage();
  [[nodiscard]] Json editState() const override;
  [[nodiscard]] Json look() const;
  void setLook(Page page, int layer, int axes);
  void choose(Page page, int layer, int axes);
  void choosePlace(std::optional<int> place);
  void followSelection();
  /// Current and chosen places of a view state that belongs to the result.
  void takePlaces(const Json& state);
  void draw();
  void drawPlace();
  void showStatement();
  void hoverPlace(int place, int layer, const QPoint& globalPosition, const QRect& avoid);
  /// The place of the result that the selection names; nothing for lists of texts.
  [[nodiscard]] std::optional<int> placeOfToken(int token) const;
  [[nodiscard]] bool isOfPrompt() const { return m_result && m_result->texts.size() == 1; }

  SharedExplore m_result;
  Page m_page = Page::Components;
  int m_layer = 0;
  int m_axes = 0;  ///< index of the pair of components
  std::optional<int> m_place;
  Json m_restored;  ///< the view state that was kept, until its result is there
  SegmentedControl* m_pages;
  ChoiceBox* m_layerBox;
  ChoiceBox* m_axesBox;
  ColourBar* m_bar;
  MarkedLabel* m_statement;
  QStackedWidget* m_stack;
  HeatMap* m_normMap;
  LinePlot* m_normCurve;
  ScatterPlot* m_scatter;
  QSlider* m_layerSlider;
  Button* m_vector;
  HeatMap* m_cosines;
  HeatMap* m_channels;
  HoverCard* m_card;
};

}  // namespace patchbay::ui
