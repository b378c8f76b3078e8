#include "ui/shell/dialogs.h"

#include <QFileDialog>
#include <QInputDialog>
#include <QMessageBox>
#include <QPushButton>

namespace patchbay::ui {

WindowDialogs::WindowDialogs(QWidget* window) : Dialogs(window), m_window(window) {}

void WindowDialogs::openFile(const FileQuestion& question, Answer answer) {
  auto* dialog = new QFileDialog(m_window, question.title, question.start, question.filter);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(question.isFolder ? QFileDialog::Directory : QFileDialog::ExistingFile);
  connect(dialog, &QFileDialog::fileSelected, this, [answer](const QString& path) { answer(path); });
  dialog->open();
}

void WindowDialogs::saveFile(const FileQuestion& question, Answer answer) {
  auto* dialog = new QFileDialog(m_window, question.title, question.start, question.filter);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(question.suffix);
  connect(dialog, &QFileDialog::fileSelected, this, [answer](const QString& path) { answer(path); });
  dialog->open();
}

void WindowDialogs::askText(const QString& title, const QString& label, const QString& initial, Answer answer) {
  auto* dialog = new QInputDialog(m_window);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(title);
  dialog->setLabelText(label);
  dialog->setTextValue(initial);
  connect(dialog, &QInputDialog::textValueSelected, this, [answer](const QString& text) { answer(text); });
  dialog->open();
}

void WindowDialogs::decide(const Decision& decision, std::function<void(int)> answer) {
  auto* box = new QMessageBox(m_window);
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setWindowTitle(decision.title);
  box->setText(decision.title);
  box->setInformativeText(decision.text);
  QList<QAbstractButton*> buttons;
  for (qsizetype i = 0; i < decision.choices.size(); ++i) {
    const bool leaves = i + 1 == decision.choices.size();
    buttons << box->addButton(decision.choices[i], leaves ? QMessageBox::RejectRole : QMessageBox::AcceptRole);
  }
  connect(box, &QMessageBox::finished, this, [box, buttons, answer] {
    const qsizetype chosen = buttons.indexOf(box->clickedButton());
    answer(static_cast<int>(chosen < 0 ? buttons.size() - 1 : chosen));
  });
  box->open();
}

}  // namespace patchbay::ui
