#pragma once

#include <QtWidgets/QWidget>

#include "ui/plots/colour_maps.h"
#include "ui/plots/colour_vision.h"

namespace patchbay::ui {

/// A colour map and the one of differences as strips, with full colour vision and as they look without one kind of
/// cone.
class MapPreview : public QWidget {
  Q_OBJECT
public:
  explicit MapPreview(QWidget* parent = nullptr);

  void setMap(MapName map);
  [[nodiscard]] MapName map() const { return m_map; }
  [[nodiscard]] QSize sizeHint() const override;
  /// Area of one strip: of the chosen map, or of differences.
  [[nodiscard]] QRect stripRect(ColourVision vision, bool isDiverging) const;

protected:
  void paintEvent(QPaintEvent*) override;

private:
  MapName m_map = MapName::Cividis;
};

}  // namespace patchbay::ui
