#include <QtTest/QtTest>

#include <cmath>

#include "ui/plots/colour_maps.h"
#include "ui/plots/heat_map_data.h"

using namespace patchbay::ui;

class TestColourMaps : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void sequentialMapsKeepTheirOrderInGrey() {
    for (const MapName name : {MapName::Cividis, MapName::Viridis, MapName::Magma, MapName::Grey, MapName::HighContrast}) {
      const ColourMap map(name);
      for (int i = 1; i <= 255; ++i) QVERIFY2(luminance(map.at(i / 255.0)) >= luminance(map.at((i - 1) / 255.0)) - 1e-4, qPrintable(QString::number(static_cast<int>(name))));
      QVERIFY(luminance(map.at(1)) > luminance(map.at(0)) + .5);
    }
  }

  void divergingMapsShowSizeInGrey() {
    const ColourMap light(MapName::Diverging, ThemeKind::Light);
    const ColourMap dark(MapName::Diverging, ThemeKind::Dark);
    for (const double step : {.1, .2, .3, .4, .5}) {
      for (const int sign : {-1, 1}) {
        QVERIFY(luminance(light.at(.5 + sign * step)) < luminance(light.at(.5 + sign * (step - .1))));
        QVERIFY(luminance(dark.at(.5 + sign * step)) > luminance(dark.at(.5 + sign * (step - .1))));
      }
    }
  }

  void inkReadsOnEveryColour() {
    for (const MapName name : {MapName::Cividis, MapName::Viridis, MapName::Magma, MapName::Grey, MapName::HighContrast, MapName::Diverging})
      for (const ThemeKind kind : {ThemeKind::Light, ThemeKind::Dark})
        for (int i = 0; i <= 255; ++i) {
          const QColor cell = ColourMap(name, kind).at(i / 255.0);
          QVERIFY(contrast(cell, inkOn(cell)) >= 4.5);
        }
  }

  void endsAreTheStops() {
    const ColourMap map(MapName::Cividis);
    QCOMPARE(map.rgbAt(-3), map.stops().front());
    QCOMPARE(map.rgbAt(7), map.stops().back());
    QCOMPARE(map.rgbAt(std::nan("")), QRgb(0));
  }

  void scalesPlaceValues() {
    MapScale scale;
    QCOMPARE(scale.position(.25), .25);
    QCOMPARE(scale.position(9), 1.0);
    QVERIFY(std::isnan(scale.position(std::nan(""))));
    scale = {1, 10000, QStringLiteral("rank"), {}, MapName::Cividis, true, true, false};
    QCOMPARE(scale.position(1), 1.0);
    QVERIFY(std::abs(scale.position(100) - .5) < 1e-9);
    QCOMPARE(scale.position(10000), 0.0);
    scale = {-2, 2, {}, {}, MapName::Diverging, false, false, false};
    QCOMPARE(scale.position(0), .5);
    scale = {1, 1, {}, {}, MapName::Cividis, false, false, true};
    QCOMPARE(scale.position(1), .5);
  }
};

QTEST_APPLESS_MAIN(TestColourMaps)
#include "tst_colour_maps.moc"
