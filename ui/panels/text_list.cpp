#include "ui/panels/text_list.h"

#include <QPlainTextEdit>

namespace patchbay::ui {

QPlainTextEdit* textList(const char* name, const QString& words, const QString& example, QWidget* parent) {
  auto* field = new QPlainTextEdit(parent);
  field->setObjectName(QLatin1String(name));
  field->setAccessibleName(words);
  field->setPlaceholderText(example);
  field->setTabChangesFocus(true);
  field->setLineWrapMode(QPlainTextEdit::NoWrap);
  field->setFixedHeight(62);
  return field;
}

std::vector<std::string> textLines(const QString& text) {
  std::vector<std::string> lines;
  for (const QString& line : text.split(QLatin1Char('\n'))) {
    if (!line.trimmed().isEmpty()) lines.push_back(line.toStdString());
  }
  return lines;
}

QString textField(const std::vector<std::string>& texts) {
  QStringList lines;
  for (const std::string& text : texts)
    lines << QString::fromStdString(text).replace(QLatin1Char('\n'), QLatin1Char(' '));
  return lines.join(QLatin1Char('\n'));
}

}  // namespace patchbay::ui
