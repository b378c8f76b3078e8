#include "ui/panels/wish_view.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QHeaderView>
#include <QTableView>

#include "ui/models/result_table_model.h"
#include "ui/panels/picture.h"
#include "ui/panels/wish_form.h"
#include "ui/state/action_registry.h"
#include "ui/state/model_shelf.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/state/vector_shelf.h"
#include "ui/widgets/button.h"
#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kArmsWidth = 356, kLeastPlot = 140, kLeastText = 200;

}  // namespace

WishView::WishView(const Workbench& workbench, QWidget* parent)
    : FormView(workbench, new WishForm(workbench), tr("wish"), parent),
      m_statement(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_facts(new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, content())),
      m_descent(new LinePlot(content())),
      m_arms(new QTableView(content())),
      m_armModel(new ResultTableModel(this)),
      m_texts(new QTableView(content())),
      m_textModel(new ResultTableModel(this)),
      m_steer(new Button(tr("Steer with it"), QStringLiteral("steer"), Button::Kind::Plain, this)) {
  header()->addStretch(1);
  header()->addWidget(m_steer);
  buildContent();
  showRun(0);
}

void WishView::buildContent() {
  m_statement->setObjectName(QStringLiteral("wishStatement"));
  m_facts->setObjectName(QStringLiteral("wishFacts"));
  m_descent->setObjectName(QStringLiteral("wishDescent"));
  m_descent->setMinimumHeight(kLeastPlot);
  m_steer->setObjectName(QStringLiteral("wishSteer"));
  m_arms->setObjectName(QStringLiteral("wishArms"));
  m_arms->setModel(m_armModel);
  m_arms->setFixedWidth(kArmsWidth);
  dressTable(m_arms);
  m_texts->setObjectName(QStringLiteral("wishTexts"));
  m_texts->setModel(m_textModel);
  m_texts->setWordWrap(true);
  dressTable(m_texts);
  m_texts->verticalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  auto* above = new QHBoxLayout;
  above->setSpacing(10);
  above->addWidget(m_descent, 1);
  above->addWidget(m_arms);
  auto* rows = new QVBoxLayout(content());
  rows->setContentsMargins(kInset, 0, kInset, 6);
  rows->setSpacing(4);
  rows->addWidget(m_statement);
  rows->addLayout(above, 2);
  rows->addWidget(m_facts);
  rows->addWidget(m_texts, 3);
  connect(m_steer, &Button::clicked, this, [this] {
    if (m_result && !m_result->adapter.empty()) return bench().models->load(QString::fromStdString(m_result->adapter));
    bench().selection->selectRun(shownRun());
    bench().actions->trigger(QStringLiteral("intervene.steer-vector"));
  });
}

QString WishView::kind() const { return QLatin1String(DecoderVectorRequest::kKind); }

EmptyText WishView::emptyText() const {
  return {QStringLiteral("vector"),
          tr("A steering vector or an adapter from a wish"),
          tr("Say what the decoder should answer about the model's states. Experimental: read what the figures allow."),
          {},
          {}};
}

bool WishView::readResult() {
  const auto result = bench().runs->result<DecoderVectorResult>(run());
  if (!result) return false;
  m_result = result;
  const RunRecord* record = bench().runs->record(run());
  // One that ends here is a vector of the session; one of before may have been removed from the Library.
  if (m_watched == run() && record && record->status == RunStatus::Done) {
    m_watched = 0;
    if (!isOfAdapter()) (void)bench().vectors->add(std::shared_ptr<const SteeringVector>(m_result, &m_result->vector));
  }
  return true;
}

bool WishView::readStream(const StreamedTokens& tokens) {
  const auto part = tokens.as<DecoderVectorResult>();
  if (!part) return false;
  m_result = part;
  m_watched = run();
  return true;
}

bool WishView::isOfAdapter() const {
  const auto request = run() == 0 ? Outcome<AnyRequest>(Cancelled{}) : bench().runs->request(run());
  const auto* wish = request ? std::get_if<DecoderVectorRequest>(&*request) : nullptr;
  return wish && wish->rank > 0;
}

void WishView::resultShown() {
  if (shownRun() == 0) m_result.reset();
  m_steer->setText(isOfAdapter() ? tr("Open it as a model") : tr("Steer with it"));
  m_steer->setEnabled(m_result && !bench().runs->isActive(run()) && shownRun() == run() &&
                      !(isOfAdapter() && m_result->adapter.empty()));
  if (!m_result) return;
  m_statement->setText(wishStatement(*m_result));
  m_descent->setData(descentPlot(*m_result));
  m_armModel->setTable(wishArmTable(m_result));
  m_arms->resizeColumnsToContents();
  m_textModel->setTable(wishTextTable(m_result));
  const int columns = std::max(1, m_textModel->columnCount());
  const int width = std::max(kLeastText, (m_texts->viewport()->width() - 1) / columns);
  for (int column = 0; column < columns; ++column) m_texts->setColumnWidth(column, width);
  QStringList facts;
  for (const std::string& warning : m_result->warnings) facts << QString::fromStdString(warning);
  if (m_result->outcome(WishArm::MeanDifference))
    facts << tr("cosine with the mean difference %1").arg(asData(formatNumber(m_result->cosine, 2)));
  if (!m_result->adapter.empty()) facts << tr("in %1").arg(asData(QString::fromStdString(m_result->adapter)));
  if (!m_result->outcomes.empty())
    facts << tr(
        "wish: how much more the plain model expects the text when it is told the wish; greedy texts of "
        "prompts that the descent never saw");
  m_facts->setText(facts.join(QStringLiteral(" · ")));
}

QString WishView::runTitle(const AnyRequest& request) const {
  return tr("Wish · %1").arg(QString::fromStdString(std::get<DecoderVectorRequest>(request).answer));
}

ResultTable WishView::resultTable() const { return m_result ? descentTable(m_result) : ResultTable{}; }

QString WishView::copyText() const { return m_result ? withoutMarks(m_statement->text()) : QString(); }

Figure WishView::exportFigure() {
  if (!m_result) return {};
  std::vector<Figure> parts{m_descent->figure()};
  if (!m_result->outcomes.empty()) {
    parts.push_back(tableFigure(wishArmTable(m_result), std::max(480, width() / 2)));
    parts.push_back(tableFigure(wishTextTable(m_result), std::max(960, width())));
  }
  return withCaption(stacked(std::move(parts)), caption() + QStringLiteral(" · ") + withoutMarks(m_statement->text()));
}

}  // namespace patchbay::ui
