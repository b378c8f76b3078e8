#include "tests/flow/window_walk.h"

namespace patchbay::tests {

void WindowWalk::initTestCase() {
  if (!defaultModelPath()) QSKIP("the bundled model is not here");
}

void WindowWalk::init() {
  failOnQtWarnings();
  m_driver = std::make_unique<WindowDriver>();
  QVERIFY(m_driver->start());
  QVERIFY(m_driver->waitUntilReady());
}

void WindowWalk::cleanup() {
  qInfo("%s", qPrintable(m_driver->newBlocks()));
  QVERIFY(m_driver->stop());
  m_driver.reset();
}

}  // namespace patchbay::tests
