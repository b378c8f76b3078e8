#pragma once

#include <memory>

#include "core/data/affine_map.h"
#include "ui/panels/choice_box.h"

namespace patchbay::ui {

class MapShelf;

/// A drop-down of the fitted maps that begin at a model: "no map", those of the session, and the one of the request
/// that is shown.
class MapChoice : public ChoiceBox {
  Q_OBJECT
public:
  MapChoice(const QString& name, const MapShelf& shelf, QWidget* parent = nullptr);

  /// Lists the maps from `source`, into `target` alone unless that is empty. What was chosen stays where it fits.
  void list(const ModelRef& source, const ModelRef& target = {});
  /// The map of a request, whose numbers may not be in the session; between other models than those listed it is none.
  void choose(const MapRef& map);
  /// By its hash, as a draft keeps it: maps of the session come after the form that names one.
  void choose(const QString& hash);
  [[nodiscard]] bool isEmpty() const { return currentData().toString().isEmpty(); }
  /// Null for none, and for one that is not here or not between these models.
  [[nodiscard]] std::shared_ptr<const AffineMap> chosen() const;

private:
  [[nodiscard]] bool fits(const AffineMap& map) const;
  /// The map of that hash, of the session or of the request that is shown; null when it is not here.
  [[nodiscard]] std::shared_ptr<const AffineMap> numbers(const std::string& hash) const;

  const MapShelf& m_shelf;
  MapRef m_own;  ///< of the request that is shown
  ModelRef m_source, m_target;
};

}  // namespace patchbay::ui
