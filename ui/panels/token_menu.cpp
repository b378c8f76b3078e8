#include "ui/panels/token_menu.h"

#include <QClipboard>
#include <QCoreApplication>
#include <QGuiApplication>
#include <QMenu>

#include "ui/widgets/token_strip.h"

namespace patchbay::ui {

void giveTokenMenu(TokenStrip& strip) {
  const auto words = [](const char* text) { return QCoreApplication::translate("TokenMenu", text); };
  QObject::connect(&strip, &TokenStrip::tokenContextMenu, &strip, [&strip, words](int, const QPoint& globalPosition) {
    auto* menu = new QMenu(&strip);
    menu->setObjectName(QStringLiteral("tokenMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(words("Copy token ids"), &strip,
                    [&strip] { QGuiApplication::clipboard()->setText(strip.selectedIds()); });
    menu->addAction(words("Copy text of the tokens"), &strip,
                    [&strip] { QGuiApplication::clipboard()->setText(strip.selectedText()); });
    menu->popup(globalPosition);
  });
}

}  // namespace patchbay::ui
