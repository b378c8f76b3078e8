#pragma once

#include <QWidget>

#include "core/data/json.h"
#include "core/data/requests.h"
#include "core/data/run_record.h"
#include "ui/state/workbench.h"

class QLabel;
class QLineEdit;
class QPlainTextEdit;

namespace patchbay::ui {

class Button;
class ChoiceBox;

/// Makes a steering vector: a name, two lists of texts (one a line) and where to read. The finished vector goes to
/// the session's shelf.
class VectorMaker : public QWidget {
  Q_OBJECT
public:
  explicit VectorMaker(const Workbench& bench, QWidget* parent = nullptr);

  void setPositives(const QString& lines);
  /// Name, texts and where to read, for `setDraft`.
  [[nodiscard]] Json draft() const;
  /// Fills the form; what is missing or of another type stays as it is.
  void setDraft(const Json& draft);
  /// Puts the cursor where the next words are wanted.
  void focusFirstEmpty();

Q_SIGNALS:
  /// A vector of this maker is on the shelf.
  void made(const QString& hash);
  void edited();

private:
  void make();
  void check();
  void finish(RunId id);

  Workbench m_bench;
  RunId m_pending = 0;
  QLineEdit* m_name;
  QPlainTextEdit* m_positives;
  QPlainTextEdit* m_negatives;
  ChoiceBox* m_read;
  Button* m_make;
  QLabel* m_message;
};

}  // namespace patchbay::ui
