#include "ui/state/map_shelf.h"

#include <algorithm>

#include "ui/state/run_book.h"

namespace patchbay::ui {

MapShelf::MapShelf(RunBook& runs, QObject* parent) : QObject(parent), m_runs(runs) {
  const auto ofFit = [this](RunId run) {
    const RunRecord* record = m_runs.record(run);
    if (!record || record->kind == FitMapRequest::kKind) rebuild();
  };
  connect(&m_runs, &RunBook::reset, this, &MapShelf::reload);
  connect(&m_runs, &RunBook::resultReady, this, ofFit);
  connect(&m_runs, &RunBook::runChanged, this, ofFit);
  connect(&m_runs, &RunBook::runRemoved, this, ofFit);
}

const ShelfMap* MapShelf::find(const std::string& hash) const {
  const auto found = std::ranges::find(m_maps, hash, [](const ShelfMap& entry) { return entry.map->hash; });
  return found == m_maps.end() ? nullptr : &*found;
}

std::shared_ptr<const AffineMap> MapShelf::numbers(const std::string& hash) const {
  for (const auto& [id, record] : m_runs.records()) {
    if (record.kind != FitMapRequest::kKind) continue;
    if (const auto map = m_runs.peek<AffineMap>(id); map && map->hash == hash) return map;
  }
  return nullptr;
}

void MapShelf::reload() {
  // Their numbers are wanted by requests of any moment, so they are read at once, behind the window's back.
  for (const auto& [id, record] : m_runs.records())
    if (record.kind == FitMapRequest::kKind && record.status == RunStatus::Done) (void)m_runs.result<AffineMap>(id);
  rebuild();
}

void MapShelf::rebuild() {
  std::vector<ShelfMap> maps;
  for (const auto& [id, record] : m_runs.records()) {
    if (record.kind != FitMapRequest::kKind || record.isTrashed) continue;
    if (auto map = m_runs.peek<AffineMap>(id)) maps.push_back({id, QString::fromStdString(map->name), std::move(map)});
  }
  const auto same = [](const ShelfMap& a, const ShelfMap& b) { return a.run == b.run && a.map == b.map; };
  if (std::ranges::equal(maps, m_maps, same)) return;
  m_maps = std::move(maps);
  Q_EMIT changed();
}

}  // namespace patchbay::ui
