#include "core/data/requests.h"
#include "tests/flow/window_driver.h"
#include "tests/support/strict_device/strict_device.h"

using namespace patchbay;
using namespace patchbay::ui;
using patchbay::tests::WindowDriver;

/// A model moved to another device in the toolbar, on a device that is as strict as a GPU.
class DeviceTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void aModelIsMovedAndStaysThere();
};

void DeviceTest::aModelIsMovedAndStaysThere() {
  tests::failOnQtWarnings();
  (void)tests::addStrictDevice();
  WindowDriver driver;
  CommandLine line;
  line.model = driver.tinyModel();
  line.session = driver.file(QStringLiteral("work.patchbay"));
  QVERIFY(driver.start(line));
  QVERIFY(driver.waitUntilReady());
  QCOMPARE(driver.bench().models->current()->device, std::string("CPU"));
  driver.chooseFrom("deviceButton", QStringLiteral("STRICT 0 · f32"));
  QTRY_COMPARE(driver.bench().models->current()->device, std::string("STRICT 0"));
  driver.writePrompt(QStringLiteral("a lens there"));
  driver.key(Qt::Key_Return);
  QTRY_VERIFY(driver.shownRun() != 0);
  const RunId run = driver.shownRun();
  QVERIFY(driver.waitFor(run));
  QVERIFY(driver.isDone(run));
  QCOMPARE(driver.bench().runs->record(run)->device, std::string("STRICT 0"));
  QTRY_VERIFY(driver.grid()->data() && driver.grid()->data()->rows() == 2);
  QVERIFY(driver.stop());
  // The choice is kept; a device that is gone is told of, and left by the same menu.
  QVERIFY(driver.start(line));
  QVERIFY(driver.waitUntilReady());
  QCOMPARE(driver.bench().models->current()->device, std::string("STRICT 0"));
  driver.bench().settings->setComputeDevice(QStringLiteral("cuda:5"));
  driver.bench().models->load(line.model);
  QTRY_VERIFY(driver.bench().models->lastError().has_value());
  QCOMPARE(driver.bench().models->lastError()->code, std::string("DEVICE-01"));
  QCOMPARE(driver.bench().models->current()->device, std::string("STRICT 0"));
  driver.chooseFrom("deviceButton", QStringLiteral("CPU · f32"));
  QTRY_COMPARE(driver.bench().models->current()->device, std::string("CPU"));
  QVERIFY(driver.stop());
}

QTEST_MAIN(DeviceTest)
#include "tst_device.moc"
