#pragma once

#include "ui/panels/edit_trail.h"
#include "ui/panels/map_picture.h"
#include "ui/panels/result_view.h"

class QLineEdit;
class QPlainTextEdit;
class QSpinBox;

namespace patchbay::ui {

class Button;
class ChoiceBox;
class MarkedLabel;
class NamedField;

/// Fits affine maps between residual streams: a tuned lens, or maps into another model; and shows how good they are.
class MapView : public ResultView {
  Q_OBJECT
public:
  explicit MapView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Fitted maps"); }
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
  [[nodiscard]] QString runningText() const override {
    return tr("The texts are read, then each layer is solved for.");
  }
  bool eventFilter(QObject* watched, QEvent* event) override;

private:
  void buildSide();
  void buildContent();
  void fillTargets();
  void showChoices();
  void showTarget(const QString& fingerprint);
  /// Why it cannot be fitted as it stands; empty where it can.
  [[nodiscard]] QString missing() const;
  /// The model that maps lead into; null where it is not open.
  [[nodiscard]] const ModelCard* targetCard() const;
  [[nodiscard]] Json draft() const;
  void setDraft(const Json& draft);
  void edited(const QString& typed = {});
  /// The logit lens of the prompt, read through the maps.
  void useAsLens();

  SharedMap m_map;
  EditTrail m_trail;
  NamedField* m_name = nullptr;
  NamedField* m_layers = nullptr;
  NamedField* m_targetLayers = nullptr;  ///< of all pairs
  ChoiceBox* m_pairs = nullptr;
  ChoiceBox* m_target = nullptr;
  ChoiceBox* m_method = nullptr;
  QSpinBox* m_steps = nullptr;
  QPlainTextEdit* m_texts = nullptr;
  MarkedLabel* m_textsHint = nullptr;
  Button* m_run = nullptr;
  MarkedLabel* m_statement;
  LinePlot* m_curve;
  MarkedLabel* m_place;
  Button* m_use;
};

}  // namespace patchbay::ui
