#pragma once

#include <memory>

#include <QTimer>

#include "core/data/requests.h"
#include "ui/panels/edit_trail.h"
#include "ui/panels/result_view.h"

class QCheckBox;
class QVBoxLayout;

namespace patchbay::ui {

class Button;
class LinePlot;
class SteerControls;
class StrengthSlider;
class TextCard;

/// Steering: vectors and setting at the left, plain and steered text at the right; the slider regenerates.
///
/// Texts of the last setting stay until those of the next one arrive.
class SteeringView : public ResultView {
  Q_OBJECT
public:
  explicit SteeringView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] Room room() const override { return Room::Wide; }
  [[nodiscard]] QString title() const override { return tr("Steering"); }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;
  [[nodiscard]] std::optional<AnyRequest> wanted() const override;
  /// Steers the prompt of the top strip.
  void start() override;
  [[nodiscard]] Json viewState() const override;
  /// Also takes what `steeringStateOf` gives.
  void restoreViewState(const Json& state) override;
  /// Also shows the texts of the setting.
  void applyEdit(const Json& state) override;

protected:
  bool readResult() override;
  bool readStream(const StreamedTokens& tokens) override;
  void runChosen() override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;

private:
  void buildTexts(QVBoxLayout* column);
  void buildStrength(QVBoxLayout* column);
  void steer(const Prompt& prompt);
  /// What the controls say, as part of the view state.
  [[nodiscard]] Json controlsState() const;
  void noteEdit();
  void showVector();
  void showCards();
  void showEffect();
  [[nodiscard]] std::optional<SteerRequest> request(const Prompt& prompt) const;
  [[nodiscard]] QString settingWords() const;

  std::shared_ptr<const SteerResult> m_result;
  Prompt m_prompt;
  EditTrail m_trail;
  QTimer m_delay;
  SteerControls* m_controls;
  QCheckBox* m_colour;
  Button* m_lens;
  TextCard* m_plain = nullptr;
  TextCard* m_steered = nullptr;
  StrengthSlider* m_slider = nullptr;
  LinePlot* m_norms = nullptr;
};

}  // namespace patchbay::ui
