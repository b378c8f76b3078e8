#pragma once

#include <memory>

#include "core/data/requests.h"
#include "ui/panels/result_view.h"

class QCheckBox;
class QLineEdit;

namespace patchbay::ui {

class Button;
class GenerationText;
class MarkedLabel;
class ProbabilityBars;
class SamplingControls;

/// A continuation of a text or a conversation. A chosen token shows what else was likely; an alternative of it can
/// become a branch.
class ContinuationView : public ResultView {
  Q_OBJECT
public:
  explicit ContinuationView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override;
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;
  [[nodiscard]] std::optional<AnyRequest> wanted() const override;
  /// Continues the prompt of the top strip.
  void start() override;
  [[nodiscard]] Json viewState() const override;
  void restoreViewState(const Json& state) override;

protected:
  bool readResult() override;
  bool readStream(const StreamedTokens& tokens) override;
  void runChosen() override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;
  [[nodiscard]] QString runningText() const override { return tr("The words appear here as they are written."); }

private:
  void buildHeader();
  void buildContent();
  void show(const Generation& generation);
  void showToken(int index);
  void showSelection();
  void branch();
  void reply();
  void continueFrom(const Prompt& prompt, const ModelRef& model);
  [[nodiscard]] QString conversation() const;

  std::shared_ptr<const GenerateResult> m_result;
  GenerateRequest m_asked;
  SamplingControls* m_sampling = nullptr;
  QCheckBox* m_colour = nullptr;
  Button* m_stop = nullptr;
  GenerationText* m_text = nullptr;
  MarkedLabel* m_place = nullptr;
  ProbabilityBars* m_alternatives = nullptr;
  Button* m_branch = nullptr;
  QLineEdit* m_reply = nullptr;
  int m_alternative = 0;  ///< index of the alternative to branch with
};

}  // namespace patchbay::ui
