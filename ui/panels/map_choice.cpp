#include "ui/panels/map_choice.h"

#include <algorithm>

#include "ui/state/map_shelf.h"

namespace patchbay::ui {

MapChoice::MapChoice(const QString& name, const MapShelf& shelf, QWidget* parent)
    : ChoiceBox(name, Face::Words, parent), m_shelf(shelf) {}

bool MapChoice::fits(const AffineMap& map) const {
  return map.source.fingerprint == m_source.fingerprint &&
         (m_target.fingerprint.empty() || map.target.fingerprint == m_target.fingerprint);
}

std::shared_ptr<const AffineMap> MapChoice::numbers(const std::string& hash) const {
  if (const ShelfMap* entry = m_shelf.find(hash)) return entry->map;
  return m_own.hash == hash ? m_own.map : nullptr;
}

void MapChoice::list(const ModelRef& source, const ModelRef& target) {
  m_source = source;
  m_target = target;
  const QString chosen = currentData().toString();
  clear();
  addItem(tr("no map"), QString());
  const auto add = [this](const QString& name, const AffineMap& map) {
    const bool isInto = m_target.fingerprint.empty() && map.target.fingerprint != m_source.fingerprint;
    addItem(isInto ? tr("%1 into %2").arg(name, QString::fromStdString(map.target.name)) : name,
            QString::fromStdString(map.hash));
  };
  for (const ShelfMap& entry : m_shelf.maps())
    if (fits(*entry.map)) add(entry.name, *entry.map);
  if (m_own.map && fits(*m_own.map) && findData(QString::fromStdString(m_own.hash)) < 0)
    add(QString::fromStdString(m_own.name), *m_own.map);
  choose(chosen);
}

void MapChoice::choose(const MapRef& map) {
  m_own = map;
  list(m_source, m_target);
  choose(QString::fromStdString(map.hash));
}

void MapChoice::choose(const QString& hash) {
  if (!hash.isEmpty() && findData(hash) < 0 && !numbers(hash.toStdString()))
    addItem(tr("a map that is not here"), hash);
  setCurrentIndex(std::max(0, findData(hash)));
}

std::shared_ptr<const AffineMap> MapChoice::chosen() const {
  const std::string hash = currentData().toString().toStdString();
  const auto map = hash.empty() ? nullptr : numbers(hash);
  return map && fits(*map) ? map : nullptr;
}

}  // namespace patchbay::ui
