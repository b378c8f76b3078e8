#include "ui/panels/train_view.h"

#include <algorithm>
#include <chrono>

#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QItemSelectionModel>
#include <QPlainTextEdit>
#include <QStackedWidget>
#include <QTableView>

#include "ui/bridge/engine_client.h"
#include "ui/models/result_table_model.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/picture.h"
#include "ui/panels/train_form.h"
#include "ui/state/action_registry.h"
#include "ui/state/kept.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/widgets/button.h"
#include "ui/widgets/format.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kExampleHeight = 132, kCountsWidth = 380;
constexpr int kPages = 3;
/// After the last letter of a path, before what lies there is read.
constexpr std::chrono::milliseconds kRest{300};

}  // namespace

TrainView::TrainView(const Workbench& workbench, QWidget* parent)
    : TrainView(workbench, new TrainForm(workbench), parent) {}

TrainView::TrainView(const Workbench& workbench, TrainForm* form, QWidget* parent)
    : FormView(workbench, form, tr("training form"), parent),
      m_form(form),
      m_pages(new SegmentedControl({tr("Loss"), tr("Answers"), tr("Questions")}, this)),
      m_stack(new QStackedWidget(content())),
      m_statement(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_loss(new LinePlot(content())),
      m_place(new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, content())),
      m_folder(new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, content())),
      m_keep(new Button(tr("Keep as it is"), QStringLiteral("decoder"), Button::Kind::Plain, this)),
      m_ask(new Button(tr("Ask it"), QStringLiteral("ask"), Button::Kind::Plain, this)),
      m_sampleWords(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_samples(new QTableView(content())),
      m_sampleModel(new ResultTableModel(this)),
      m_questionWords(new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, content())),
      m_counts(new QTableView(content())),
      m_countModel(new ResultTableModel(this)),
      m_examples(new QTableView(content())),
      m_exampleModel(new ResultTableModel(this)),
      m_example(new QPlainTextEdit(content())) {
  m_pages->setObjectName(QStringLiteral("trainPages"));
  header()->addWidget(m_pages);
  header()->addStretch(1);
  header()->addWidget(m_keep);
  header()->addWidget(m_ask);
  buildContent();
  connect(m_pages, &SegmentedControl::chosen, this, [this](int page) {
    choosePage(static_cast<Page>(page));
    Q_EMIT stateChanged();
  });
  m_look.setSingleShot(true);
  m_look.setInterval(kRest);
  connect(&m_look, &QTimer::timeout, this, &TrainView::lookAtQuestions);
  connect(m_form, &RunForm::edited, &m_look, qOverload<>(&QTimer::start));
  connect(m_form, &TrainForm::filesAsked, this,
          [this] { bench().actions->trigger(QStringLiteral("train.choose-questions")); });
  connect(bench().selection, &Selection::referenceChanged, this, [this] { drawLoss(); });
  showRun(0);
}

void TrainView::buildContent() {
  m_statement->setObjectName(QStringLiteral("trainStatement"));
  m_folder->setObjectName(QStringLiteral("trainFolder"));
  m_keep->setObjectName(QStringLiteral("trainKeep"));
  m_keep->setToolTip(tr("Take no more steps: what was learned so far becomes the decoder"));
  m_ask->setObjectName(QStringLiteral("trainAsk"));
  m_ask->setToolTip(tr("Put questions to this decoder"));
  m_stack->addWidget(lossPage());
  m_stack->addWidget(answersPage());
  m_stack->addWidget(questionsPage());
  auto* column = new QVBoxLayout(content());
  column->setContentsMargins(kInset, 0, kInset, 8);
  column->setSpacing(6);
  column->addWidget(m_statement);
  column->addWidget(m_stack, 1);
  column->addWidget(m_folder);
  connect(m_keep, &Button::clicked, this, &TrainView::keepAsItIs);
  connect(m_ask, &Button::clicked, this, [this] { bench().actions->trigger(QStringLiteral("train.ask")); });
}

QWidget* TrainView::lossPage() {
  auto* page = new QWidget(m_stack);
  m_loss->setObjectName(QStringLiteral("trainLoss"));
  m_place->setObjectName(QStringLiteral("trainPlace"));
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(6);
  column->addWidget(m_loss, 1);
  column->addWidget(m_place);
  connect(m_loss, &LinePlot::cursorMoved, this, &TrainView::showStep);
  return page;
}

QWidget* TrainView::answersPage() {
  auto* page = new QWidget(m_stack);
  m_sampleWords->setObjectName(QStringLiteral("trainSampleWords"));
  m_samples->setObjectName(QStringLiteral("trainSamples"));
  m_samples->setModel(m_sampleModel);
  dressTable(m_samples);
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(6);
  column->addWidget(m_sampleWords);
  column->addWidget(m_samples, 1);
  return page;
}

QWidget* TrainView::questionsPage() {
  auto* page = new QWidget(m_stack);
  m_questionWords->setObjectName(QStringLiteral("trainQuestionWords"));
  m_counts->setObjectName(QStringLiteral("trainCounts"));
  m_counts->setModel(m_countModel);
  m_counts->setFixedWidth(kCountsWidth);
  dressTable(m_counts);
  m_examples->setObjectName(QStringLiteral("trainExamples"));
  m_examples->setModel(m_exampleModel);
  m_examples->setSelectionBehavior(QAbstractItemView::SelectRows);
  dressTable(m_examples);
  m_example->setObjectName(QStringLiteral("trainExample"));
  m_example->setAccessibleName(tr("What the decoder gets of the chosen example"));
  m_example->setReadOnly(true);
  m_example->setTabChangesFocus(true);
  m_example->setFont(dataFont(12));
  m_example->setFixedHeight(kExampleHeight);
  auto* right = new QVBoxLayout;
  right->setSpacing(6);
  right->addWidget(m_examples, 1);
  right->addWidget(m_example);
  auto* tables = new QHBoxLayout;
  tables->setSpacing(10);
  tables->addWidget(m_counts);
  tables->addLayout(right, 1);
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(6);
  column->addWidget(m_questionWords);
  column->addLayout(tables, 1);
  connect(m_examples->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& row) { showExample(row.row()); });
  return page;
}

QString TrainView::kind() const { return QLatin1String(TrainDecoderRequest::kKind); }

EmptyText TrainView::emptyText() const {
  return {QStringLiteral("train"),
          tr("Train a decoder of your own"),
          tr("It learns to answer questions about states. An hour on two cores is a good beginning."),
          {},
          {}};
}

void TrainView::setQuestions(const QString& path) { m_form->setQuestions(path); }

void TrainView::choosePage(Page page) {
  m_page = page;
  m_pages->setCurrent(static_cast<int>(page));
  m_stack->setCurrentIndex(static_cast<int>(page));
  // What there is to learn from can be looked at before there is a training.
  setContentAlwaysShown(page == Page::Questions);
  refresh();
  lookAtQuestions();
}

void TrainView::lookAtQuestions() {
  if (m_page != Page::Questions) return;
  const PreviewQuestionsRequest wanted = m_form->questions();
  if (wanted.model.fingerprint.empty() || m_previewed == wanted) return;
  m_previewed = wanted;
  m_questionWords->setText(tr("Reading the questions"));
  Reply<PreviewQuestionsRequest> reply;
  reply.onOutcome = [this, wanted](Outcome<QuestionPreview> found) {
    if (m_previewed == wanted) showQuestions(std::move(found));
  };
  const std::string key = QStringLiteral("train.questions.%1").arg(reinterpret_cast<quintptr>(this)).toStdString();
  bench().engine->run(wanted, {.title = tr("Reading the questions").toStdString(), .replaceKey = key}, this,
                      std::move(reply));
}

void TrainView::showQuestions(Outcome<QuestionPreview> found) {
  // What failed is tried again at the next look.
  if (!found) m_previewed.reset();
  if (found.isCancelled()) return;
  m_preview = std::make_shared<const QuestionPreview>(found ? std::move(*found) : QuestionPreview());
  m_questionWords->setText(found.isError()
                               ? QString::fromStdString(found.error().message())
                               : tr("Learned from + held out. The first prompts of this training, as the decoder "
                                    "meets them:"));
  m_countModel->setTable(countTable(m_preview));
  m_counts->resizeColumnsToContents();
  m_exampleModel->setTable(exampleTable(m_preview));
  m_examples->resizeColumnsToContents();
  showExample(0);
}

void TrainView::showExample(int row) {
  if (!m_preview || row < 0 || row >= static_cast<int>(m_preview->examples.size())) return m_example->clear();
  const PreviewedExample& shown = m_preview->examples[static_cast<std::size_t>(row)];
  m_example->setPlainText(tr("The model reads: %1\u27e6%2\u27e7%3\nThe decoder sees: %4\nIt is to answer: %5")
                              .arg(QString::fromStdString(shown.before), QString::fromStdString(shown.about),
                                   QString::fromStdString(shown.behind), QString::fromStdString(shown.decoderSees),
                                   QString::fromStdString(shown.example.answer)));
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

void TrainView::runChosen() {
  FormView::runChosen();
  lookAtQuestions();
}

void TrainView::resultShown() {
  if (shownRun() == 0) m_result.reset();
  m_ask->setEnabled(m_result && m_isFinished);
  m_keep->setVisible(stopped().has_value());
  m_statement->setVisible(m_result != nullptr);
  m_folder->setText(m_result ? tr("kept in %1").arg(asData(QString::fromStdString(m_result->folder))) : QString());
  if (!m_result) return;
  m_statement->setText(trainingStatement(*m_result, m_isFinished));
  drawLoss();
  m_sampleWords->setText(sampleStatement(m_result->curves));
  m_sampleModel->setTable(sampleTable(m_result));
  m_samples->resizeColumnsToContents();
}

void TrainView::drawLoss() {
  if (!m_result) return;
  const RunId pinned = bench().selection->reference() ? bench().selection->reference()->run : 0;
  const RunRecord* record = pinned != 0 && pinned != shownRun() ? bench().runs->record(pinned) : nullptr;
  const bool isTraining = record && record->kind == TrainDecoderRequest::kKind;
  const auto other = isTraining ? bench().runs->result<TrainDecoderResult>(pinned) : nullptr;
  m_loss->setData(lossPlot(*m_result, other.get(), runName(pinned)));
}

void TrainView::showStep(int step) {
  if (!m_result) return;
  const auto& points = m_result->curves.points;
  const auto found = std::ranges::find_if(points, [step](const auto& point) { return point.step >= step; });
  if (found == points.end()) return;
  m_place->setText(tr("step %1: loss %2, learning rate %3, %4 tokens/s")
                       .arg(asData(QString::number(found->step)), asData(formatNumber(found->loss, 3)),
                            asData(formatCompact(found->learningRate)), asData(formatCompact(found->tokensPerSecond))));
}

std::optional<TrainDecoderRequest> TrainView::stopped() const {
  const RunRecord* record = run() != 0 ? bench().runs->record(run()) : nullptr;
  if (!record || record->status == RunStatus::Done || bench().runs->isActive(run())) return std::nullopt;
  const auto request = bench().runs->request(run());
  const auto* training = request ? std::get_if<TrainDecoderRequest>(&*request) : nullptr;
  if (!training) return std::nullopt;
  const QDir folder(QString::fromStdString(training->folder));
  return QFileInfo::exists(folder.filePath(QStringLiteral("training.safetensors"))) ? std::optional(*training)
                                                                                    : std::nullopt;
}

void TrainView::keepAsItIs() {
  auto ended = stopped();
  if (!ended) return;
  ended->isEnded = true;
  startRun(*ended);
}

QString TrainView::runTitle(const AnyRequest& request) const {
  return tr("Decoder · %1").arg(QString::fromStdString(std::get<TrainDecoderRequest>(request).name));
}

Json TrainView::viewState() const {
  Json state = FormView::viewState();
  state["page"] = static_cast<int>(m_page);
  return state;
}

void TrainView::restoreViewState(const Json& state) {
  FormView::restoreViewState(state);
  if (const auto page = kept<int>(state, "page"); page && *page >= 0 && *page < kPages)
    choosePage(static_cast<Page>(*page));
}

ResultTable TrainView::resultTable() const {
  if (m_page == Page::Questions) return m_preview ? exampleTable(m_preview) : ResultTable{};
  if (!m_result) return {};
  return m_page == Page::Answers ? sampleTable(m_result) : curveTable(m_result);
}

QString TrainView::copyText() const { return m_result ? withoutMarks(m_statement->text()) : QString(); }

Figure TrainView::exportFigure() {
  if (!m_result) return {};
  const Figure figure =
      m_page == Page::Answers ? tableFigure(sampleTable(m_result), std::max(960, width())) : m_loss->figure();
  return withCaption(figure, caption() + QStringLiteral(" · ") + withoutMarks(m_statement->text()));
}

}  // namespace patchbay::ui
