#pragma once

#include <memory>

#include "tests/flow/window_driver.h"
#include "ui/widgets/token_text.h"

namespace patchbay::tests {

/// A test that walks the real window on the default model: each of its functions begins in a new window and session.
class WindowWalk : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase();
  void init();
  void cleanup();

protected:
  /// A part of the view on screen.
  template <typename Widget>
  [[nodiscard]] Widget* part(const char* name) {
    return WindowDriver::in<Widget>(m_driver->view(), name);
  }
  /// What a label of the view says.
  [[nodiscard]] QString words(const char* label) { return ui::withoutMarks(part<ui::MarkedLabel>(label)->text()); }
  /// What a label of the form in the window's head says.
  [[nodiscard]] QString hint(const char* label) {
    return ui::withoutMarks(m_driver->find<ui::MarkedLabel>(label)->text());
  }
  /// The kind of the view on screen.
  [[nodiscard]] QString view() { return m_driver->view() ? m_driver->view()->kind() : QString(); }

  std::unique_ptr<WindowDriver> m_driver;
};

}  // namespace patchbay::tests
