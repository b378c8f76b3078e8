#pragma once

#include <QtGui/QImage>

namespace patchbay::ui {

/// `picture` with `caption` below it on a light ground, the caption wrapped to the picture's width.
[[nodiscard]] QImage withCaption(const QImage& picture, const QString& caption);
/// Writes a PNG with its resolution and the caption as text field. False when the file cannot be written.
[[nodiscard]] bool writePng(const QImage& picture, const QString& caption, const QString& path);

}  // namespace patchbay::ui
