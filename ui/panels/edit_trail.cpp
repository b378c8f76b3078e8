#include "ui/panels/edit_trail.h"

#include "ui/panels/run_view.h"
#include "ui/state/undo_history.h"

namespace patchbay::ui {

void EditTrail::edited(const QString& words, Json now, const QString& typed) {
  const QString merge =
      typed.isEmpty() ? QString() : QString::fromStdString(m_view.editId()) + QLatin1Char('/') + typed;
  m_undo.record(QStringLiteral("view"), words, entry(m_known), entry(now), merge);
  m_known = std::move(now);
}

Json EditTrail::entry(const Json& state) const {
  return {{"view", m_view.editId()}, {"kind", m_view.kind().toStdString()}, {"run", m_view.run()}, {"state", state}};
}

}  // namespace patchbay::ui
