#include "ui/panels/line_field.h"

#include <QLineEdit>

#include "ui/panels/run_form.h"

namespace patchbay::ui {

QLineEdit* lineField(RunForm& form, const char* name, const QString& words, const QString& example) {
  auto* field = new QLineEdit(&form);
  field->setObjectName(QString::fromLatin1(name));
  field->setAccessibleName(words);
  field->setPlaceholderText(example);
  field->installEventFilter(&form);
  QObject::connect(field, &QLineEdit::returnPressed, &form, &RunForm::runAsked);
  return field;
}

}  // namespace patchbay::ui
