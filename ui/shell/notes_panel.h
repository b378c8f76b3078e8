#pragma once

#include <QTimer>
#include <QWidget>

#include "core/data/json.h"
#include "core/data/run_record.h"
#include "ui/shell/desk.h"

class QPlainTextEdit;

namespace patchbay::ui {

class SectionHeader;

/// The dock Notes: what the person writes about the selected run, or about the session while no run is selected.
/// Saved while typing.
class NotesPanel : public QWidget {
  Q_OBJECT
public:
  explicit NotesPanel(const Desk& desk, QWidget* parent = nullptr);
  [[nodiscard]] SectionHeader* header() const { return m_header; }
  void edit();
  /// Writes what is still in the field to the session.
  void flush();
  /// Sets a note, for undo: `value` has "run" and "text".
  void apply(const Json& value);

protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

private:
  void follow();
  void typed();
  [[nodiscard]] QString noteOf(RunId run) const;
  void store(RunId run, const QString& text);

  Desk m_desk;
  SectionHeader* m_header;
  QPlainTextEdit* m_text;
  RunId m_run = 0;
  QTimer m_timer;
};

}  // namespace patchbay::ui
