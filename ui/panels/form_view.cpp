#include "ui/panels/form_view.h"

#include <QSignalBlocker>
#include <QVBoxLayout>

#include "ui/state/kept.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"

namespace patchbay::ui {

FormView::FormView(const Workbench& workbench, RunForm* form, const QString& editWords, QWidget* parent)
    : ResultView(workbench, parent), m_form(form), m_trail(*this, *bench().undo) {
  // Without a window around it the view shows its form itself.
  static_cast<QVBoxLayout*>(layout())->insertWidget(0, form);
  m_trail.settle(FormView::editState());
  connect(form, &RunForm::runAsked, this, &FormView::start);
  connect(form, &RunForm::edited, this, [this, editWords](const QString& typed) { noteEdit(editWords, typed); });
}

FormView::~FormView() { delete m_form.data(); }

Json FormView::editState() const {
  Json draft = m_form ? m_form->draft() : Json::object();
  draft.erase("model");  // comes and goes by itself
  return {{"draft", std::move(draft)}};
}

void FormView::noteEdit(const QString& words, const QString& typed) {
  m_trail.edited(words, editState(), typed);
  Q_EMIT stateChanged();
}

void FormView::runChosen() {
  const auto request = run() == 0 ? Outcome<AnyRequest>(Cancelled{}) : bench().runs->request(run());
  if (!m_form || !request) return;
  const QSignalBlocker quiet(m_form);
  if (m_form->showRequest(*request)) settleEdits();
}

std::optional<AnyRequest> FormView::wanted() const { return m_form ? m_form->wanted() : std::nullopt; }

void FormView::start() {
  if (const auto asked = wanted()) startRun(*asked);
}

void FormView::startRun(const AnyRequest& request) {
  RunStart how;
  how.title = runTitle(request);
  if (run() != 0) how.parent = run();
  how.replaceKey = replaceKey();
  const RunId id = bench().runs->start(request, how);
  showRun(id);
  bench().selection->selectRun(id);
}

Json FormView::viewState() const {
  Json state = ResultView::viewState();
  if (m_form) state["draft"] = m_form->draft();
  return state;
}

void FormView::restoreViewState(const Json& state) {
  ResultView::restoreViewState(state);
  const auto draft = kept<Json>(state, "draft");
  if (!draft || !m_form) return;
  const QSignalBlocker quiet(m_form);
  m_form->setDraft(*draft);
  settleEdits();
  Q_EMIT stateChanged();
}

}  // namespace patchbay::ui
