#include "ui/panels/soft_prompt_view.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QTableView>

#include "ui/models/result_table_model.h"
#include "ui/models/run_words.h"
#include "ui/panels/picture.h"
#include "ui/panels/soft_prompt_form.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/widgets/button.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kLeastPlot = 160, kFigureWidth = 900;

QStringList distances() {
  QStringList names;
  for (int ahead = 0; ahead <= LearnPromptRequest::kMostAhead; ++ahead) names << aheadName(ahead);
  return names;
}

}  // namespace

SoftPromptView::SoftPromptView(const Workbench& workbench, QWidget* parent)
    : FormView(workbench, new SoftPromptForm(workbench), tr("form of learned prompts"), parent),
      m_distances(new SegmentedControl(distances(), this)),
      m_use(new Button(tr("Read the prompt with it"), QStringLiteral("lens"), Button::Kind::Plain, this)),
      m_statement(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_shares(new LinePlot(content())),
      m_descent(new LinePlot(content())),
      m_table(new QTableView(content())),
      m_tableModel(new ResultTableModel(this)) {
  m_distances->setObjectName(QStringLiteral("promptDistance"));
  m_use->setObjectName(QStringLiteral("promptUse"));
  header()->addWidget(m_distances);
  header()->addStretch(1);
  header()->addWidget(m_use);
  buildContent();
  connect(m_distances, &SegmentedControl::chosen, this, [this](int ahead) {
    // A shorter prompt has nothing to show there.
    m_ahead = m_result && m_result->isMeasured() ? std::min(ahead, m_result->ahead()) : ahead;
    resultShown();
    Q_EMIT stateChanged();
  });
  connect(m_use, &Button::clicked, this, &SoftPromptView::useInLens);
  connect(bench().models, &ModelShelf::modelsChanged, this, &SoftPromptView::showUse);
  connect(bench().prompt, &PromptState::promptChanged, this, &SoftPromptView::showUse);
  showRun(0);
}

void SoftPromptView::buildContent() {
  m_statement->setObjectName(QStringLiteral("promptStatement"));
  m_shares->setObjectName(QStringLiteral("promptShares"));
  m_shares->setMinimumHeight(kLeastPlot);
  m_descent->setObjectName(QStringLiteral("promptDescent"));
  m_descent->setMinimumHeight(kLeastPlot);
  m_table->setObjectName(QStringLiteral("promptTable"));
  m_table->setModel(m_tableModel);
  dressTable(m_table);
  auto* rows = new QVBoxLayout(content());
  rows->setContentsMargins(kInset, 0, kInset, 6);
  rows->setSpacing(6);
  rows->addWidget(m_statement);
  rows->addWidget(m_shares, 3);
  rows->addWidget(m_descent, 2);
  rows->addWidget(m_table, 2);
}

QString SoftPromptView::kind() const { return QLatin1String(LearnPromptRequest::kKind); }

EmptyText SoftPromptView::emptyText() const {
  return {QStringLiteral("lens"),
          tr("What does a state know of the tokens to come?"),
          tr("Press Learn: a prompt is learned behind which a state says what the model would say, and a future lens "
             "reads with it."),
          {},
          {}};
}

QString SoftPromptView::runTitle(const AnyRequest& request) const {
  return tr("Learned prompt · %1").arg(QString::fromStdString(std::get<LearnPromptRequest>(request).name));
}

bool SoftPromptView::readResult() {
  const auto result = bench().runs->result<SoftPrompt>(run());
  if (!result) return false;
  m_result = result;
  return true;
}

bool SoftPromptView::readStream(const StreamedTokens& tokens) {
  const auto part = tokens.as<SoftPrompt>();
  if (!part) return false;
  m_result = part;
  return true;
}

void SoftPromptView::resultShown() {
  if (shownRun() == 0) m_result.reset();
  const bool isMeasured = m_result && m_result->isMeasured();
  m_distances->setEnabled(isMeasured);
  showUse();
  m_shares->setVisible(isMeasured);
  m_table->setVisible(isMeasured);
  if (!m_result) return;
  m_statement->setText(promptStatement(*m_result));
  m_descent->setData(promptDescent(*m_result));
  if (!isMeasured) return;
  const int ahead = std::min(m_ahead, m_result->ahead());
  m_distances->setCurrent(ahead);
  m_shares->setData(promptShares(*m_result, ahead));
  m_tableModel->setTable(promptTable(m_result));
  m_table->resizeColumnsToContents();
}

void SoftPromptView::showUse() {
  // Only what the session keeps can be read with tomorrow.
  const bool isKept = m_result && bench().runs->peek<SoftPrompt>(shownRun()) == m_result;
  m_use->setEnabled(isKept && bench().models->find(m_result->model.fingerprint) &&
                    !bench().prompt->prompt().headline().empty());
}

void SoftPromptView::useInLens() {
  const ModelCard* card = m_result ? bench().models->find(m_result->model.fingerprint) : nullptr;
  if (!card || bench().prompt->prompt().headline().empty()) return;
  LensRequest lens;
  lens.model = card->ref;
  lens.prompt = bench().prompt->prompt();
  lens.ahead = m_result->isMeasured() ? std::clamp(m_ahead, 1, m_result->ahead()) : 1;
  lens.aheadPrompt = SoftPromptRef::of(m_result);
  const RunId id = bench().runs->start(
      lens, RunStart{.title = lensTitle(lens), .parent = shownRun(), .replaceKey = QStringLiteral("lens")});
  bench().selection->selectRun(id);
}

Json SoftPromptView::viewState() const {
  Json state = FormView::viewState();
  state["ahead"] = m_ahead;
  return state;
}

void SoftPromptView::restoreViewState(const Json& state) {
  FormView::restoreViewState(state);
  if (const auto ahead = kept<int>(state, "ahead")) m_ahead = std::clamp(*ahead, 0, LearnPromptRequest::kMostAhead);
  resultShown();
  Q_EMIT stateChanged();
}

ResultTable SoftPromptView::resultTable() const { return m_result ? promptTable(m_result) : ResultTable{}; }

QString SoftPromptView::copyText() const { return m_result ? withoutMarks(m_statement->text()) : QString(); }

Figure SoftPromptView::exportFigure() {
  if (!m_result) return {};
  std::vector<Figure> parts;
  if (m_result->isMeasured()) parts.push_back(m_shares->figure());
  parts.push_back(m_descent->figure());
  if (m_result->isMeasured()) parts.push_back(tableFigure(promptTable(m_result), std::max(kFigureWidth, width())));
  return withCaption(stacked(std::move(parts)), caption() + QStringLiteral(" · ") + copyText());
}

}  // namespace patchbay::ui
