#include "ui/panels/site_choice.h"

#include <QCoreApplication>

#include "ui/panels/choice_box.h"

namespace patchbay::ui {
namespace {

QString titleOf(Site site) {
  const auto words = [](const char* text) { return QCoreApplication::translate("Site", text); };
  switch (site) {
    case Site::ResidPre: return words("residual before");
    case Site::ResidMid: return words("residual between");
    case Site::ResidPost: return words("residual after");
    case Site::AttnOut: return words("attention output");
    case Site::MlpOut: return words("MLP output");
    case Site::HeadOut: return words("each head");
    default: return QString::fromUtf8(factOf(site).name.data());
  }
}

}  // namespace

void addSites(ChoiceBox& box, std::initializer_list<Site> sites) {
  for (const Site site : sites) box.addItem(titleOf(site), QString::fromUtf8(factOf(site).name.data()));
}

}  // namespace patchbay::ui
