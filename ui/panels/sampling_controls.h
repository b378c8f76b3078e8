#pragma once

#include <QWidget>

#include "core/data/generation.h"

class QDoubleSpinBox;
class QLineEdit;
class QSpinBox;

namespace patchbay::ui {

/// How new tokens are chosen: number, temperature, top-k, top-p, seed. An empty seed is an automatic one.
class SamplingControls : public QWidget {
  Q_OBJECT
public:
  explicit SamplingControls(QWidget* parent = nullptr);

  [[nodiscard]] Sampling sampling() const;
  /// The same without a drawn seed: what the fields say.
  [[nodiscard]] Sampling draft() const;
  void setSampling(const Sampling& sampling);

Q_SIGNALS:
  void edited();

private:
  QSpinBox* m_tokens;
  QDoubleSpinBox* m_temperature;
  QSpinBox* m_topK;
  QDoubleSpinBox* m_topP;
  QLineEdit* m_seed;
};

}  // namespace patchbay::ui
