#pragma once

#include <vector>

#include <QImage>
#include <QString>

#include "ui/models/result_table.h"

namespace patchbay::ui {

/// Pictures one below the other on the light ground, left edges together.
[[nodiscard]] QImage stackedPictures(const std::vector<QImage>& pictures);

/// A heading and paragraphs as a picture in the light theme; `width` in logical pixels.
/// The text may use the simple HTML of QTextDocument.
[[nodiscard]] QImage textPicture(const QString& html, int width, qreal scale);

/// A table as a picture in the light theme.
[[nodiscard]] QImage tablePicture(const ResultTable& table, int width, qreal scale);

}  // namespace patchbay::ui
