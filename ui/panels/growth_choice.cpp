#include "ui/panels/growth_choice.h"

#include <array>

namespace patchbay::ui {
namespace {

constexpr std::array kGrowths{0, 8, 24, 64, 200};

}  // namespace

GrowthChoice::GrowthChoice(const QString& tip, QWidget* parent) : ChoiceBox(tr("goes on:"), Face::Data, parent) {
  setToolTip(tip);
  for (const int tokens : kGrowths) addItem(tokens == 0 ? tr("no") : tr("%1 tokens").arg(tokens), tokens);
  connect(this, &ChoiceBox::activated, this, [this](int index) { Q_EMIT chosen(itemData(index).toInt()); });
}

void GrowthChoice::showTokens(int tokens) {
  if (findData(tokens) < 0) addItem(tr("%1 tokens").arg(tokens), tokens);
  setCurrentIndex(findData(tokens));
}

}  // namespace patchbay::ui
