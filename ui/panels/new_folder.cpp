#include "ui/panels/new_folder.h"

#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>
#include <QStandardPaths>

namespace patchbay::ui {

QString newFolder(const QString& kind, const QString& name) {
  static const QRegularExpression kOther(QStringLiteral("[^\\w.-]+"), QRegularExpression::UseUnicodePropertiesOption);
  const QDir place(QDir(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation)).filePath(kind));
  // File systems hold names of 255 bytes.
  const QString slug = QString(name).toLower().replace(kOther, QStringLiteral("-")).left(60);
  QString folder = place.filePath(slug);
  for (int number = 2; QFileInfo::exists(folder); ++number)
    folder = place.filePath(QStringLiteral("%1-%2").arg(slug).arg(number));
  return folder;
}

}  // namespace patchbay::ui
