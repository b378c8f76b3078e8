#include "ui/panels/sampling_controls.h"

#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QRandomGenerator>
#include <QRegularExpressionValidator>
#include <QSpinBox>

namespace patchbay::ui {
namespace {

template <typename Box>
Box* box(const char* name, const QString& prefix, const QString& tip, QWidget* parent) {
  auto* field = new Box(parent);
  field->setObjectName(QLatin1String(name));
  field->setPrefix(prefix + QLatin1Char(' '));
  field->setAccessibleName(prefix);
  field->setToolTip(tip);
  return field;
}

}  // namespace

SamplingControls::SamplingControls(QWidget* parent)
    : QWidget(parent),
      m_tokens(box<QSpinBox>("chatTokens", tr("Tokens"), tr("The most tokens to generate"), this)),
      m_temperature(
          box<QDoubleSpinBox>("chatTemperature", tr("Temperature"), tr("0 always takes the likeliest token"), this)),
      m_topK(box<QSpinBox>("chatTopK", tr("Top-k"), tr("Only the k likeliest tokens; all for 0"), this)),
      m_topP(box<QDoubleSpinBox>("chatTopP", tr("Top-p"),
                                 tr("Only the likeliest tokens that make up p together; 1 keeps all"), this)),
      m_seed(new QLineEdit(this)) {
  m_tokens->setRange(1, 4096);
  m_tokens->setValue(32);
  m_temperature->setRange(0, 5);
  m_temperature->setSingleStep(0.1);
  m_topK->setRange(0, 1000);
  m_topK->setSpecialValueText(tr("Top-k all"));
  m_topP->setRange(0.01, 1);
  m_topP->setSingleStep(0.05);
  m_topP->setValue(1);
  m_seed->setObjectName(QStringLiteral("chatSeed"));
  m_seed->setAccessibleName(tr("Seed"));
  m_seed->setPlaceholderText(tr("seed: automatic"));
  m_seed->setFixedWidth(136);
  m_seed->setValidator(new QRegularExpressionValidator(QRegularExpression(QStringLiteral("\\d{0,18}")), m_seed));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  for (QWidget* field : std::initializer_list<QWidget*>{m_tokens, m_temperature, m_topK, m_topP, m_seed})
    row->addWidget(field);
  for (QSpinBox* field : {m_tokens, m_topK}) connect(field, &QSpinBox::valueChanged, this, &SamplingControls::edited);
  for (QDoubleSpinBox* field : {m_temperature, m_topP})
    connect(field, &QDoubleSpinBox::valueChanged, this, &SamplingControls::edited);
  connect(m_seed, &QLineEdit::textChanged, this, &SamplingControls::edited);
}

Sampling SamplingControls::draft() const {
  Sampling sampling;
  sampling.maxNewTokens = m_tokens->value();
  sampling.temperature = static_cast<float>(m_temperature->value());
  sampling.topK = m_topK->value();
  sampling.topP = static_cast<float>(m_topP->value());
  sampling.seedIsChosen = !m_seed->text().isEmpty();
  if (sampling.seedIsChosen) sampling.seed = m_seed->text().toULongLong();
  return sampling;
}

Sampling SamplingControls::sampling() const {
  Sampling sampling = draft();
  // A greedy continuation uses no seed; leaving it 0 lets an equal run be found again.
  if (!sampling.seedIsChosen && sampling.temperature > 0) sampling.seed = QRandomGenerator::global()->generate();
  return sampling;
}

void SamplingControls::setSampling(const Sampling& sampling) {
  m_tokens->setValue(sampling.maxNewTokens);
  m_temperature->setValue(static_cast<double>(sampling.temperature));
  m_topK->setValue(sampling.topK);
  m_topP->setValue(static_cast<double>(sampling.topP));
  m_seed->setText(sampling.seedIsChosen ? QString::number(sampling.seed) : QString());
  const bool isKnown = !sampling.seedIsChosen && sampling.seed != 0;
  m_seed->setToolTip(isKnown ? tr("The shown run drew the seed %1. Type it here to repeat that run.").arg(sampling.seed)
                             : tr("Empty: another seed for each run"));
}

}  // namespace patchbay::ui
