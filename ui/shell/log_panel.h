#pragma once

#include <QWidget>

#include "ui/state/workbench.h"

class QPlainTextEdit;

namespace patchbay::ui {

class SectionHeader;

/// The dock Log: the program's lines, newest last; can be copied and cleared.
class LogPanel : public QWidget {
  Q_OBJECT
public:
  explicit LogPanel(const Workbench& bench, QWidget* parent = nullptr);
  [[nodiscard]] SectionHeader* header() const { return m_header; }

private:
  void rebuild();

  Workbench m_bench;
  SectionHeader* m_header;
  QPlainTextEdit* m_text;
};

}  // namespace patchbay::ui
