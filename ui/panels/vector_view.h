#pragma once

#include <memory>

#include "core/data/steering_vector.h"
#include "ui/panels/result_view.h"

class QLabel;
class QPlainTextEdit;

namespace patchbay::ui {

class Button;
class LinePlot;
class MarkedLabel;

/// A steering vector as it was made: its texts, where they were read, and its norm by layer.
class VectorView : public ResultView {
  Q_OBJECT
public:
  explicit VectorView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Vector"); }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;

protected:
  bool readResult() override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;

private:
  [[nodiscard]] QString facts() const;

  std::shared_ptr<const SteeringVector> m_vector;
  MarkedLabel* m_name;
  Button* m_steer;
  QLabel* m_facts;
  QPlainTextEdit* m_positives;
  QPlainTextEdit* m_negatives;
  LinePlot* m_norms;
};

}  // namespace patchbay::ui
