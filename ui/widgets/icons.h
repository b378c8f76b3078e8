#pragma once

#include <QtGui/QIcon>
#include <QtGui/QPixmap>

class QPainter;

namespace patchbay::ui {

/// What an icon's stroke says; disabled is always faint.
enum class IconRole { Text, Muted, Accent, OnAccent, Reference, Success, Warning, Error };

/// Line icon by file name without ending ("run", "chevron-down"). Cached; made again after a change of theme when
/// asked for again.
/// Errors   an unknown name gives a null icon.
[[nodiscard]] QIcon icon(const QString& name, IconRole role = IconRole::Text);
/// One pixmap, `size` device-independent pixels square.
[[nodiscard]] QPixmap iconPixmap(const QString& name, int size, const QColor& colour, qreal devicePixelRatio);
/// Paints an icon with its top left corner at `at`.
void paintIcon(QPainter& painter, const QString& name, const QRectF& at, const QColor& colour);

[[nodiscard]] QColor colourOf(IconRole role);

}  // namespace patchbay::ui
