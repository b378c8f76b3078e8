#pragma once

#include <QDir>
#include <QFile>
#include <QImage>
#include <QString>

#include <cmath>

namespace patchbay::tests {

/// Pictures are stored at this size: enough to see a panel that is missing, another colour or another layout, and too
/// little for the clock in the status bar to matter.
inline constexpr QSize kStoredPicture{160, 100};
/// A pixel differs when a channel is further off than this, of 255; so many of them may.
inline constexpr int kPixelApart = 56;
inline constexpr double kMostApart = 0.05;

/// Holds a picture of the window against the stored one of that name, "" when they agree. PATCHBAY_PICTURES names a
/// folder for the picture itself, in full; with PATCHBAY_STORE_PICTURES set it becomes the stored one.
inline QString pictureDifference(const QImage& picture, const QString& name) {
  if (const QString folder = qEnvironmentVariable("PATCHBAY_PICTURES"); !folder.isEmpty()) {
    QDir().mkpath(folder);
    if (!picture.save(QDir(folder).filePath(name + QStringLiteral(".png"))))
      return name + QStringLiteral(" not written");
  }
  const QString path = QLatin1String(PATCHBAY_STORED_PICTURES) + QLatin1Char('/') + name + QStringLiteral(".png");
  const QImage now = picture.scaled(kStoredPicture, Qt::IgnoreAspectRatio, Qt::SmoothTransformation)
                         .convertToFormat(QImage::Format_RGB32);
  if (qEnvironmentVariableIsSet("PATCHBAY_STORE_PICTURES"))
    return now.save(path) ? QString() : path + QStringLiteral(" not written");
  const QImage stored = QImage(path).convertToFormat(QImage::Format_RGB32);
  if (stored.size() != kStoredPicture) return path + QStringLiteral(" is not there");
  int apart = 0;
  for (int y = 0; y < now.height(); ++y) {
    for (int x = 0; x < now.width(); ++x) {
      const QRgb a = now.pixel(x, y), b = stored.pixel(x, y);
      apart += std::abs(qRed(a) - qRed(b)) > kPixelApart || std::abs(qGreen(a) - qGreen(b)) > kPixelApart ||
               std::abs(qBlue(a) - qBlue(b)) > kPixelApart;
    }
  }
  const double share = static_cast<double>(apart) / (kStoredPicture.width() * kStoredPicture.height());
  if (share <= kMostApart) return {};
  const QString found = QDir::temp().filePath(name + QStringLiteral("-found.png"));
  (void)picture.save(found);
  return QStringLiteral(
             "%1: %2 % of the pixels are another colour; see %3. If it is meant, store it anew with "
             "PATCHBAY_STORE_PICTURES=1")
      .arg(name)
      .arg(share * 100, 0, 'f', 1)
      .arg(found);
}

}  // namespace patchbay::tests
