#pragma once

#include <memory>
#include <vector>

#include "core/data/decoder_requests.h"
#include "ui/panels/form_view.h"

namespace patchbay::ui {

class Button;
class LinePlot;
class MarkedLabel;

/// Training of a decoder: the loss as it falls, and what the finished decoder is.
class TrainView : public FormView {
  Q_OBJECT
public:
  explicit TrainView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Train decoder"); }
  [[nodiscard]] Room room() const override { return Room::Shared; }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;
  /// The finished decoder; null while there is none.
  [[nodiscard]] std::shared_ptr<const TrainDecoderResult> trained() const { return m_isFinished ? m_result : nullptr; }

protected:
  [[nodiscard]] QString runTitle(const AnyRequest& request) const override;
  /// Hours of work are not thrown away because another training is asked for: that one waits.
  [[nodiscard]] QString replaceKey() const override { return {}; }
  bool readResult() override;
  bool readStream(const StreamedTokens& tokens) override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;
  [[nodiscard]] QString runningText() const override {
    return tr("The weights are written out, then the loss appears here every ten steps.");
  }

private:
  void buildContent();
  [[nodiscard]] QString statement() const;

  MarkedLabel* m_statement;
  LinePlot* m_loss;
  MarkedLabel* m_place;
  MarkedLabel* m_folder;
  Button* m_ask;
  std::shared_ptr<const TrainDecoderResult> m_result;
  bool m_isFinished = false;
};

}  // namespace patchbay::ui
