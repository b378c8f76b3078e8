#include "ui/panels/train_view.h"

#include <algorithm>

#include <QHBoxLayout>

#include "ui/panels/train_form.h"
#include "ui/plots/line_plot.h"
#include "ui/state/action_registry.h"
#include "ui/state/run_book.h"
#include "ui/widgets/button.h"
#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
/// Points over which the second line is a mean.
constexpr int kSmooth = 10;

std::shared_ptr<const LinePlotData> lossPlot(const TrainDecoderResult& result) {
  auto plot = std::make_shared<LinePlotData>();
  plot->title = TrainView::tr("Loss by step");
  plot->xName = TrainView::tr("step");
  plot->yName = TrainView::tr("loss");
  plot->yUnit = TrainView::tr("nats");
  LineSeries each{.name = TrainView::tr("ten steps"), .role = LineRole::Control, .x = {}, .y = {}};
  LineSeries mean{.name = TrainView::tr("a hundred"), .role = LineRole::ThisRun, .x = {}, .y = {}};
  double sum = 0;
  for (std::size_t i = 0; i < result.points.size(); ++i) {
    const TrainingPoint& point = result.points[i];
    each.x.push_back(static_cast<double>(point.step));
    each.y.push_back(point.loss);
    sum += point.loss;
    if (i >= kSmooth) sum -= result.points[i - kSmooth].loss;
    mean.x.push_back(static_cast<double>(point.step));
    mean.y.push_back(sum / static_cast<double>(std::min<std::size_t>(i + 1, kSmooth)));
  }
  plot->series = {std::move(each), std::move(mean)};
  return plot;
}

}  // namespace

TrainView::TrainView(const Workbench& workbench, QWidget* parent)
    : FormView(workbench, new TrainForm(workbench), tr("training form"), parent),
      m_statement(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_loss(new LinePlot(content())),
      m_place(new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, content())),
      m_folder(new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, content())),
      m_ask(new Button(tr("Ask it"), QStringLiteral("ask"), Button::Kind::Plain, content())) {
  header()->addStretch(1);
  buildContent();
  showRun(0);
}

void TrainView::buildContent() {
  m_statement->setObjectName(QStringLiteral("trainStatement"));
  m_loss->setObjectName(QStringLiteral("trainLoss"));
  m_place->setObjectName(QStringLiteral("trainPlace"));
  m_folder->setObjectName(QStringLiteral("trainFolder"));
  m_ask->setObjectName(QStringLiteral("trainAsk"));
  m_ask->setToolTip(tr("Put questions to this decoder"));
  auto* line = new QHBoxLayout;
  line->addWidget(m_place, 1);
  line->addWidget(m_ask);
  auto* column = new QVBoxLayout(content());
  column->setContentsMargins(kInset, 0, kInset, 8);
  column->setSpacing(6);
  column->addWidget(m_statement);
  column->addWidget(m_loss, 1);
  column->addLayout(line);
  column->addWidget(m_folder);
  connect(m_ask, &Button::clicked, this, [this] { bench().actions->trigger(QStringLiteral("train.ask")); });
  connect(m_loss, &LinePlot::cursorMoved, this, [this](int step) {
    if (!m_result) return;
    const auto found = std::ranges::find_if(m_result->points, [step](const auto& point) { return point.step >= step; });
    if (found == m_result->points.end()) return;
    m_place->setText(tr("step %1: loss %2, learning rate %3, %4 tokens/s")
                         .arg(asData(QString::number(found->step)), asData(formatNumber(found->loss, 3)),
                              asData(formatCompact(found->learningRate)),
                              asData(formatCompact(found->tokensPerSecond))));
  });
}

QString TrainView::kind() const { return QLatin1String(TrainDecoderRequest::kKind); }

EmptyText TrainView::emptyText() const {
  return {QStringLiteral("train"),
          tr("Train a decoder of your own"),
          tr("It learns to answer questions about states. An hour on two cores is a good beginning."),
          {},
          {}};
}

bool TrainView::readResult() {
  const auto result = bench().runs->result<TrainDecoderResult>(run());
  if (!result) return false;
  m_result = result;
  // What a stopped run had streamed is a result too.
  const RunRecord* record = bench().runs->record(run());
  m_isFinished = record && record->status == RunStatus::Done;
  return true;
}

bool TrainView::readStream(const StreamedTokens&) {
  const auto part = bench().runs->partial<TrainDecoderResult>(run());
  if (!part) return false;
  m_result = part;
  m_isFinished = false;
  return true;
}

QString TrainView::statement() const {
  const auto number = [](auto value) { return asData(formatCount(static_cast<std::int64_t>(value))); };
  if (m_isFinished) {
    const DecoderCard& card = m_result->card;
    return tr("%1: %2 questions in %3 steps, %4 · rank %5")
        .arg(QString::fromStdString(card.name), number(card.examples), number(card.steps),
             asData(formatSeconds(card.seconds)), number(card.recipe.rank));
  }
  if (m_result->points.empty()) return tr("Training");
  const TrainingPoint& last = m_result->points.back();
  return tr("Step %1: loss %2, %3 tokens/s")
      .arg(number(last.step), asData(formatNumber(last.loss, 3)), asData(formatCompact(last.tokensPerSecond)));
}

void TrainView::resultShown() {
  if (shownRun() == 0) m_result.reset();
  m_ask->setEnabled(m_result && m_isFinished);
  if (!m_result) return;
  m_statement->setText(statement());
  m_loss->setData(lossPlot(*m_result));
  m_folder->setText(tr("kept in %1").arg(asData(QString::fromStdString(m_result->folder))));
}

QString TrainView::runTitle(const AnyRequest& request) const {
  return tr("Decoder · %1").arg(QString::fromStdString(std::get<TrainDecoderRequest>(request).name));
}

ResultTable TrainView::resultTable() const {
  ResultTable table;
  if (!m_result) return table;
  table.rows = static_cast<int>(m_result->points.size());
  const auto column = [this](const QString& name, const QString& unit, auto TrainingPoint::*field, int decimals) {
    return ResultColumn{name, unit,
                        [result = m_result, field](int row) {
                          return QVariant(static_cast<double>(result->points[static_cast<std::size_t>(row)].*field));
                        },
                        decimals};
  };
  table.columns = {column(tr("step"), {}, &TrainingPoint::step, 0),
                   column(tr("loss"), tr("nats"), &TrainingPoint::loss, 4),
                   column(tr("learning rate"), {}, &TrainingPoint::learningRate, 6),
                   column(tr("speed"), tr("tokens/s"), &TrainingPoint::tokensPerSecond, 1)};
  return table;
}

QString TrainView::copyText() const { return m_result ? withoutMarks(m_statement->text()) : QString(); }

Figure TrainView::exportFigure() {
  if (!m_result) return {};
  return withCaption(m_loss->figure(), caption() + QStringLiteral(" · ") + withoutMarks(m_statement->text()));
}

}  // namespace patchbay::ui
