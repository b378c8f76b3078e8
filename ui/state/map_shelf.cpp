#include "ui/state/map_shelf.h"

#include <algorithm>

#include "ui/state/run_book.h"

namespace patchbay::ui {
namespace {

bool isFit(const RunRecord& record) {
  return record.kind == FitMapRequest::kKind || record.kind == LearnPromptRequest::kKind;
}

}  // namespace

MapShelf::MapShelf(RunBook& runs, QObject* parent) : QObject(parent), m_runs(runs) {
  const auto ofFit = [this](RunId run) {
    const RunRecord* record = m_runs.record(run);
    if (!record || isFit(*record)) rebuild();
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
  return m_runs.fitted<FitMapRequest>(hash);
}

const ShelfPrompt* MapShelf::findPrompt(const std::string& hash) const {
  const auto found = std::ranges::find(m_prompts, hash, [](const ShelfPrompt& entry) { return entry.prompt->hash; });
  return found == m_prompts.end() ? nullptr : &*found;
}

void MapShelf::reload() {
  // Their numbers are wanted by requests of any moment, so they are read at once, behind the window's back.
  for (const auto& [id, record] : m_runs.records()) {
    if (record.kind == FitMapRequest::kKind && record.status == RunStatus::Done) (void)m_runs.result<AffineMap>(id);
    // One that was stopped is a prompt too.
    if (record.kind == LearnPromptRequest::kKind) (void)m_runs.result<SoftPrompt>(id);
  }
  rebuild();
}

void MapShelf::rebuild() {
  std::vector<ShelfMap> maps;
  std::vector<ShelfPrompt> prompts;
  for (const auto& [id, record] : m_runs.records()) {
    if (!isFit(record) || record.isTrashed) continue;
    if (auto map = m_runs.peek<AffineMap>(id)) maps.push_back({id, QString::fromStdString(map->name), std::move(map)});
    if (auto prompt = m_runs.peek<SoftPrompt>(id))
      prompts.push_back({id, QString::fromStdString(prompt->name), std::move(prompt)});
  }
  const auto sameMap = [](const ShelfMap& a, const ShelfMap& b) { return a.run == b.run && a.map == b.map; };
  const auto samePrompt = [](const ShelfPrompt& a, const ShelfPrompt& b) {
    return a.run == b.run && a.prompt == b.prompt;
  };
  if (std::ranges::equal(maps, m_maps, sameMap) && std::ranges::equal(prompts, m_prompts, samePrompt)) return;
  m_maps = std::move(maps);
  m_prompts = std::move(prompts);
  Q_EMIT changed();
}

}  // namespace patchbay::ui
