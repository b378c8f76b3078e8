#pragma once

#include <functional>

#include <QObject>
#include <QString>
#include <QStringList>

class QWidget;

namespace patchbay::ui {

/// A file to be chosen.
struct FileQuestion {
  QString title;
  QString filter;  ///< "Models (*.gguf);;All files (*)"
  QString start;   ///< folder or file proposed
  QString suffix;  ///< added to a name without one, when saving
  bool isFolder = false;
};

/// A decision; the first choice is the one that does it, the last one leaves all as it is.
struct Decision {
  QString title;
  QString text;
  QStringList choices;
};

/// Every question to the person. None blocks: the answer comes through the function given. Tests give their own.
class Dialogs : public QObject {
  Q_OBJECT
public:
  using QObject::QObject;
  using Answer = std::function<void(const QString&)>;

  /// The answer is called with the path, or not at all when the person cancelled.
  virtual void openFile(const FileQuestion& question, Answer answer) = 0;
  virtual void saveFile(const FileQuestion& question, Answer answer) = 0;
  virtual void askText(const QString& title, const QString& label, const QString& initial, Answer answer) = 0;
  /// Called with the index of the choice; closing is the last one.
  virtual void decide(const Decision& decision, std::function<void(int)> answer) = 0;
};

/// The real questions: windows of the system's look, opened without waiting.
class WindowDialogs : public Dialogs {
  Q_OBJECT
public:
  explicit WindowDialogs(QWidget* window);

  void openFile(const FileQuestion& question, Answer answer) override;
  void saveFile(const FileQuestion& question, Answer answer) override;
  void askText(const QString& title, const QString& label, const QString& initial, Answer answer) override;
  void decide(const Decision& decision, std::function<void(int)> answer) override;

private:
  QWidget* m_window;
};

}  // namespace patchbay::ui
