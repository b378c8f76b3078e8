#include "ui/state/decoder_shelf.h"

#include <algorithm>

#include "ui/state/run_book.h"

namespace patchbay::ui {

DecoderShelf::DecoderShelf(RunBook& runs, QObject* parent) : QObject(parent), m_runs(runs) {
  const auto ofTraining = [this](RunId run) {
    const RunRecord* record = m_runs.record(run);
    if (!record || record->kind == TrainDecoderRequest::kKind) rebuild();
  };
  connect(&m_runs, &RunBook::reset, this, &DecoderShelf::reload);
  connect(&m_runs, &RunBook::resultReady, this, ofTraining);
  connect(&m_runs, &RunBook::runChanged, this, ofTraining);
  connect(&m_runs, &RunBook::runRemoved, this, ofTraining);
  rebuild();
}

const ShelfDecoder* DecoderShelf::find(const std::string& folder) const {
  const auto found = std::ranges::find(m_decoders, folder, [](const ShelfDecoder& entry) { return entry.ref.folder; });
  return found == m_decoders.end() ? nullptr : &*found;
}

void DecoderShelf::reload() {
  for (const auto& [id, record] : m_runs.records())
    if (record.kind == TrainDecoderRequest::kKind && record.status == RunStatus::Done)
      (void)m_runs.result<TrainDecoderResult>(id);
  rebuild();
}

void DecoderShelf::rebuild() {
  std::vector<ShelfDecoder> decoders{
      {.run = 0, .ref = {.name = tr("bundled").toStdString(), .folder = "default", .digest = {}}, .card = {}}};
  for (const auto& [id, record] : m_runs.records()) {
    if (record.kind != TrainDecoderRequest::kKind || record.isTrashed || record.status != RunStatus::Done) continue;
    if (const auto trained = m_runs.peek<TrainDecoderResult>(id))
      decoders.push_back({.run = id,
                          .ref = {.name = trained->card.name, .folder = trained->folder, .digest = trained->digest},
                          .card = trained->card});
  }
  if (decoders == m_decoders) return;
  m_decoders = std::move(decoders);
  Q_EMIT changed();
}

}  // namespace patchbay::ui
