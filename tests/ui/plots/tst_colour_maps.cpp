#include <QtTest/QtTest>

#include <cmath>

#include "ui/plots/colour_maps.h"
#include "ui/plots/colour_vision.h"
#include "ui/plots/heat_map_data.h"
#include "ui/plots/map_preview.h"

using namespace patchbay::ui;

class TestColourMaps : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void sequentialMapsKeepTheirOrderInGrey() {
    for (const MapName name :
         {MapName::Cividis, MapName::Viridis, MapName::Magma, MapName::Grey, MapName::HighContrast}) {
      const ColourMap map(name);
      for (int i = 1; i <= 255; ++i)
        QVERIFY2(luminance(map.at(i / 255.0)) >= luminance(map.at((i - 1) / 255.0)) - 1e-4,
                 qPrintable(QString::number(static_cast<int>(name))));
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

  void mapsKeepTheirOrderWithoutOneKindOfCone() {
    for (const ColourVision vision : {ColourVision::Protanopia, ColourVision::Deuteranopia, ColourVision::Tritanopia}) {
      for (const MapName name : {MapName::Cividis, MapName::Viridis, MapName::Grey, MapName::HighContrast}) {
        const ColourMap map(name);
        for (int i = 8; i <= 255; i += 8)
          QVERIFY(luminance(asSeen(map.at(i / 255.0), vision)) >=
                  luminance(asSeen(map.at((i - 8) / 255.0), vision)) - 1e-3);
      }
      // Grey has no hue to lose, and both ends of the map of differences stay apart.
      for (const int level : {0, 90, 200, 255}) {
        const QColor grey(level, level, level), seen = asSeen(grey, vision);
        for (const int difference : {seen.red() - level, seen.green() - level, seen.blue() - level})
          QVERIFY(std::abs(difference) <= 1);
      }
      const ColourMap diverging(MapName::Diverging);
      const QColor low = asSeen(diverging.at(0), vision), high = asSeen(diverging.at(1), vision);
      QVERIFY(std::abs(low.red() - high.red()) + std::abs(low.green() - high.green()) +
                  std::abs(low.blue() - high.blue()) >
              100);
    }
    QCOMPARE(asSeen(QColor(200, 30, 40), ColourVision::Full), QColor(200, 30, 40));
    const auto apart = [](const QColor& a, const QColor& b) {
      return std::hypot(a.red() - b.red(), a.green() - b.green(), a.blue() - b.blue());
    };
    const QColor red(220, 60, 50), green(90, 150, 40);
    QVERIFY(apart(asSeen(red, ColourVision::Deuteranopia), asSeen(green, ColourVision::Deuteranopia)) <
            apart(red, green) / 2);
  }

  void thePreviewShowsWhatEachSees() {
    MapPreview preview;
    preview.setMap(MapName::Viridis);
    preview.resize(preview.sizeHint());
    const QImage image = preview.grab().toImage();
    for (const ColourVision vision :
         {ColourVision::Full, ColourVision::Protanopia, ColourVision::Deuteranopia, ColourVision::Tritanopia}) {
      const QRect strip = preview.stripRect(vision, false);
      QVERIFY(preview.rect().contains(strip) && preview.rect().contains(preview.stripRect(vision, true)));
      QCOMPARE(image.pixelColor(strip.left(), strip.center().y()).rgb(),
               asSeen(ColourMap(MapName::Viridis).at(0), vision).rgb());
      QCOMPARE(image.pixelColor(strip.right(), strip.center().y()).rgb(),
               asSeen(ColourMap(MapName::Viridis).at(1), vision).rgb());
    }
  }

  void inkReadsOnEveryColour() {
    for (const MapName name :
         {MapName::Cividis, MapName::Viridis, MapName::Magma, MapName::Grey, MapName::HighContrast, MapName::Diverging})
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

QTEST_MAIN(TestColourMaps)
#include "tst_colour_maps.moc"
