#include "ui/panels/run_form.h"

#include <QLabel>
#include <QPainter>

#include "ui/state/model_shelf.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/undo_keys.h"

namespace patchbay::ui {
namespace {

constexpr int kLabelWidth = 58;

}  // namespace

RunForm::RunForm(const Workbench& bench, QWidget* parent) : QWidget(parent), m_bench(bench) {}

QLabel* RunForm::rowLabel(const QString& words) {
  auto* text = new QLabel(words, this);
  text->setFont(uiFont(12, 600));
  text->setFixedWidth(kLabelWidth);
  return text;
}

int RunForm::layerCount(const ModelRef& model) const {
  const ModelCard* card = m_bench.models->find(model.fingerprint);
  return card ? card->layers : 0;
}

bool RunForm::eventFilter(QObject* watched, QEvent* event) {
  return leaveUndoToWindow(event) || QWidget::eventFilter(watched, event);
}

void RunForm::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), theme().panel);
}

}  // namespace patchbay::ui
