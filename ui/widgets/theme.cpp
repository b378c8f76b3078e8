#include "ui/widgets/theme.h"

#include <QtCore/QEvent>
#include <QtCore/QFile>
#include <QtGui/QFontDatabase>
#include <QtGui/QGuiApplication>
#include <QtGui/QPalette>
#include <QtGui/QScreen>
#include <QtWidgets/QApplication>
#include <QtWidgets/QToolTip>

#include <utility>

#include "ui/widgets/style.h"

// Must stand outside any namespace: the macro declares a function of the resource file.
static void initResources() { Q_INIT_RESOURCE(patchbay); }

namespace patchbay::ui {

namespace {

/// The one look of the program; a window cannot have another than the application's palette and style sheet.
Appearance& mutableAppearance() {
  static Appearance value;
  return value;
}

void loadFonts() {
  static const bool loaded = [] {
    initResources();
    for (const char* file : {"Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf", "NotoSansMono-Regular.ttf",
                             "NotoSansMono-Bold.ttf"})
      QFontDatabase::addApplicationFont(QStringLiteral(":/fonts/") + QLatin1String(file));
    return true;
  }();
  Q_UNUSED(loaded);
}

/// Pixel sizes of the look have halves; QFont takes fractions in points only.
double pointsOf(double pixels) {
  const QScreen* screen = QGuiApplication::primaryScreen();
  const double dpi = screen ? screen->logicalDotsPerInchY() : 96.0;
  return pixels * appearance().fontScale * 72.0 / dpi;
}

QFont face(const QString& family, double size, int weight) {
  QFont font(family);
  font.setPointSizeF(pointsOf(size));
  font.setWeight(static_cast<QFont::Weight>(weight));
  // Fractional advances keep columns of digits as wide as in the design at every scale.
  font.setHintingPreference(QFont::PreferNoHinting);
  return font;
}

QPalette paletteOf(const ThemeTokens& t) {
  QPalette p;
  const auto set = [&p](QPalette::ColorRole role, const QColor& colour) { p.setColor(role, colour); };
  set(QPalette::Window, t.window);
  set(QPalette::WindowText, t.text);
  set(QPalette::Base, t.raised);
  set(QPalette::AlternateBase, t.sunken);
  set(QPalette::Text, t.text);
  set(QPalette::Button, t.raised);
  set(QPalette::ButtonText, t.text);
  set(QPalette::BrightText, t.onAccent);
  set(QPalette::ToolTipBase, t.raised);
  set(QPalette::ToolTipText, t.text);
  set(QPalette::PlaceholderText, t.muted);
  set(QPalette::Highlight, t.selection);
  set(QPalette::HighlightedText, t.text);
  set(QPalette::Link, t.accent);
  set(QPalette::LinkVisited, t.accent);
  set(QPalette::Light, t.raised);
  set(QPalette::Midlight, t.hair);
  set(QPalette::Mid, t.border);
  set(QPalette::Dark, t.faint);
  set(QPalette::Shadow, t.border);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText})
    p.setColor(QPalette::Disabled, role, t.faint);
  p.setColor(QPalette::Disabled, QPalette::Base, t.panel);
  return p;
}

QString styleSheetOf(const ThemeTokens& t) {
  QFile file(QStringLiteral(":/style/patchbay.qss"));
  if (!file.open(QIODevice::ReadOnly)) return {};
  QString sheet = QString::fromUtf8(file.readAll());
  const std::initializer_list<std::pair<const char*, QColor>> colours = {{"window", t.window},
                                                                         {"panel", t.panel},
                                                                         {"raised", t.raised},
                                                                         {"sunken", t.sunken},
                                                                         {"border", t.border},
                                                                         {"hair", t.hair},
                                                                         {"text", t.text},
                                                                         {"muted", t.muted},
                                                                         {"faint", t.faint},
                                                                         {"accent", t.accent},
                                                                         {"onAccent", t.onAccent},
                                                                         {"accentSoft", t.accentSoft},
                                                                         {"selection", t.selection},
                                                                         {"accentHover", t.accentHover},
                                                                         {"accentPressed", t.accentPressed},
                                                                         {"hover", t.hover},
                                                                         {"pressed", t.pressed},
                                                                         {"error", t.error}};
  for (const auto& [name, colour] : colours)
    sheet.replace(QStringLiteral("{%1}").arg(QLatin1String(name)), colour.name());
  // Heights in a style sheet are those of the content, without the border of one or two pixels.
  sheet.replace(QStringLiteral("{button}"), QString::number(rowHeight(24) - 2));
  sheet.replace(QStringLiteral("{buttonFocused}"), QString::number(rowHeight(24) - 4));
  sheet.replace(QStringLiteral("{row}"), QString::number(rowHeight(24)));
  return sheet;
}

void setFonts() {
  QApplication::setFont(uiFont(13));
  const QFont control = uiFont(12.5);
  for (const char* name : {"QPushButton", "QToolButton", "QComboBox", "QCheckBox", "QRadioButton", "QLineEdit",
                           "QAbstractSpinBox", "QTabBar"})
    QApplication::setFont(control, name);
  for (const char* name : {"QHeaderView", "QStatusBar"}) QApplication::setFont(uiFont(11.5), name);
  QApplication::setFont(uiFont(12), "QTipLabel");
  QToolTip::setFont(uiFont(12));
}

}  // namespace

void applyTheme(QApplication& application, const Appearance& wanted) {
  const bool isFirst = qobject_cast<Style*>(application.style()) == nullptr && application.styleSheet().isEmpty();
  mutableAppearance() = wanted;
  loadFonts();
  if (isFirst) application.setStyle(new Style);  // owned by the application
  setFonts();
  application.setPalette(paletteOf(theme()));
  application.setStyleSheet(styleSheetOf(theme()));
  // The new style sheet has given labels back the palettes they had: who dresses them does it once more.
  if (isFirst) return;
  for (QWidget* widget : QApplication::allWidgets()) {
    QEvent again(QEvent::PaletteChange);
    QCoreApplication::sendEvent(widget, &again);
  }
}

void applyTheme(QApplication& application, ThemeKind kind) {
  Appearance wanted = appearance();
  wanted.kind = kind;
  applyTheme(application, wanted);
}

const Appearance& appearance() { return mutableAppearance(); }

const ThemeTokens& theme() { return tokensOf(appearance().kind); }

ThemeKind systemThemeKind() {
  return QGuiApplication::palette().color(QPalette::Window).lightness() < 128 ? ThemeKind::Dark : ThemeKind::Light;
}

bool isThemeChange(const QEvent& event) {
  return event.type() == QEvent::PaletteChange || event.type() == QEvent::ApplicationPaletteChange ||
         event.type() == QEvent::StyleChange || event.type() == QEvent::FontChange;
}

QFont uiFont(double size, int weight) {
  loadFonts();
  if (appearance().useSystemFonts)
    return face(QFontDatabase::systemFont(QFontDatabase::GeneralFont).family(), size, weight);
  return face(QStringLiteral("Inter"), size, weight);
}

QFont dataFont(double size, int weight) {
  loadFonts();
  const QString family = appearance().useSystemFonts ? QFontDatabase::systemFont(QFontDatabase::FixedFont).family()
                                                     : QStringLiteral("Noto Sans Mono");
  QFont font = face(family, size, weight);
  font.setStyleHint(QFont::Monospace);
  return font;
}

int rowHeight(int compact) { return appearance().isRoomy ? compact + 4 : compact; }

}  // namespace patchbay::ui
