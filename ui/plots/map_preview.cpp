#include "ui/plots/map_preview.h"

#include <QtGui/QPainter>

#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

constexpr int kRow = 20, kStrip = 14, kWords = 150, kStripWidth = 120, kGap = 8;
constexpr ColourVision kVisions[] = {ColourVision::Full, ColourVision::Protanopia, ColourVision::Deuteranopia,
                                     ColourVision::Tritanopia};

QString nameOf(ColourVision vision) {
  switch (vision) {
    case ColourVision::Full: return MapPreview::tr("as it is");
    case ColourVision::Protanopia: return MapPreview::tr("without red cones");
    case ColourVision::Deuteranopia: return MapPreview::tr("without green cones");
    case ColourVision::Tritanopia: return MapPreview::tr("without blue cones");
  }
  return {};
}

void paintStrip(QPainter& painter, const QRect& area, const ColourMap& map, ColourVision vision) {
  for (int x = 0; x < area.width(); ++x)
    painter.fillRect(area.left() + x, area.top(), 1, area.height(),
                     asSeen(map.at(x / static_cast<double>(area.width() - 1)), vision));
}

}  // namespace

MapPreview::MapPreview(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  setAccessibleName(tr("The colour maps as they look with full colour vision, and without red, green or blue cones"));
}

void MapPreview::setMap(MapName map) {
  m_map = map;
  update();
}

QSize MapPreview::sizeHint() const {
  return {kWords + 2 * kStripWidth + kGap, kRow * static_cast<int>(std::size(kVisions))};
}

QRect MapPreview::stripRect(ColourVision vision, bool isDiverging) const {
  const int left = kWords + (isDiverging ? kStripWidth + kGap : 0);
  return {left, kRow * static_cast<int>(vision) + (kRow - kStrip) / 2, kStripWidth, kStrip};
}

void MapPreview::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setFont(uiFont(12));
  for (const ColourVision vision : kVisions) {
    painter.setPen(theme().muted);
    painter.drawText(QRect(0, kRow * static_cast<int>(vision), kWords, kRow), Qt::AlignVCenter, nameOf(vision));
    paintStrip(painter, stripRect(vision, false), ColourMap(m_map, theme().kind), vision);
    paintStrip(painter, stripRect(vision, true), ColourMap(MapName::Diverging, theme().kind), vision);
  }
}

}  // namespace patchbay::ui
