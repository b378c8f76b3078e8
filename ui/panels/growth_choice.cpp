#include "ui/panels/growth_choice.h"

#include <array>

namespace patchbay::ui {
namespace {

constexpr std::array kGrowths{0, 8, 24, 64, 200};
constexpr int kRoom = 116;  // "goes on: +200"

QString entry(int tokens) { return tokens == 0 ? GrowthChoice::tr("no") : QStringLiteral("+%1").arg(tokens); }

}  // namespace

GrowthChoice::GrowthChoice(const QString& tip, QWidget* parent) : ChoiceBox(tr("goes on:"), Face::Data, parent) {
  setToolTip(tip);
  setMinimumWidth(kRoom);
  for (const int tokens : kGrowths) addItem(entry(tokens), tokens);
  connect(this, &ChoiceBox::activated, this, [this](int index) { Q_EMIT chosen(itemData(index).toInt()); });
}

void GrowthChoice::showTokens(int tokens) {
  if (findData(tokens) < 0) addItem(entry(tokens), tokens);
  setCurrentIndex(findData(tokens));
}

}  // namespace patchbay::ui
