#include "ui/panels/result_view.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QSortFilterProxyModel>
#include <QStackedWidget>
#include <QTableView>
#include <QUuid>

#include "ui/models/result_table_model.h"
#include "ui/plots/heat_map.h"
#include "ui/state/action_registry.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/widgets/error_panel.h"
#include "ui/widgets/hover_card.h"
#include "ui/widgets/icon_button.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/warning_strip.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
/// Property of tables whose letters are keys of the view instead of a search.
constexpr const char* kLetters = "plotLetters";
constexpr double kMostCells = 1e6;  // in a row or column of a grid

}  // namespace

ResultView::ResultView(const Workbench& workbench, QWidget* parent)
    : RunView(workbench, parent),
      m_header(new QHBoxLayout),
      m_body(new QHBoxLayout),
      m_warnings(new WarningStrip(this)),
      m_stack(new QStackedWidget(this)),
      m_content(new QWidget),
      m_errorPage(new QWidget),
      m_error(new ErrorPanel),
      m_empty(new EmptyPanel({})),
      m_tableView(new QTableView),
      m_tableModel(new ResultTableModel(this)),
      m_tableButton(new IconButton(QStringLiteral("table"), tr("Show as table"), this)),
      m_editId(QUuid::createUuid().toString(QUuid::Id128).toStdString()) {
  setAutoFillBackground(true);
  setBackgroundRole(QPalette::Base);
  m_tableButton->setObjectName(QStringLiteral("viewTable"));
  m_tableButton->setCheckable(true);
  m_tableButton->setToolTip(tr("Show the numbers as a table (T)"));
  auto* headerRow = new QHBoxLayout;
  headerRow->setContentsMargins(kInset, 3, kInset, 3);
  headerRow->setSpacing(8);
  m_header->setSpacing(8);
  headerRow->addLayout(m_header, 1);
  headerRow->addWidget(m_tableButton);
  auto* errorLayout = new QVBoxLayout(m_errorPage);
  errorLayout->setContentsMargins(kInset, kInset, kInset, kInset);
  errorLayout->addWidget(m_error);
  errorLayout->addStretch(1);
  buildTable();
  for (QWidget* page : {m_content, m_errorPage, static_cast<QWidget*>(m_empty), static_cast<QWidget*>(m_tableView)})
    m_stack->addWidget(page);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(m_warnings);
  auto* rightSide = new QVBoxLayout;
  rightSide->setSpacing(0);
  rightSide->addLayout(headerRow);
  rightSide->addWidget(m_stack, 1);
  m_body->setSpacing(0);
  m_body->addLayout(rightSide, 1);
  column->addLayout(m_body, 1);
  m_warnings->setObjectName(QStringLiteral("viewWarning"));
  m_error->setObjectName(QStringLiteral("viewError"));
  m_empty->setObjectName(QStringLiteral("viewEmpty"));
  m_warnings->hide();

  connect(m_tableButton, &QToolButton::clicked, this, [this](bool checked) { setTableShown(checked); });
  connect(m_error, &ErrorPanel::remedyChosen, this, &ResultView::remedy);
  connect(m_empty, &EmptyPanel::offerTaken, this, &ResultView::takeOffer);
  connect(m_warnings, &WarningStrip::actionTaken, this, &ResultView::runAgain);
  connect(bench().runs, &RunBook::resultReady, this, [this](RunId id) {
    if (id == m_run) refresh();
  });
  connect(bench().runs, &RunBook::runChanged, this, &ResultView::onRunChanged);
  connect(bench().runs, &RunBook::runRemoved, this, [this](RunId id) {
    if (id == m_run) showRun(0);
  });
  connect(bench().runs, &RunBook::reset, this, [this] {
    if (!bench().runs->record(m_run)) showRun(0);
  });
  connect(bench().runs, &RunBook::tokensStreamed, this, [this](RunId id, const StreamedTokens& tokens) {
    if (id != m_run || !readStream(tokens)) return;
    m_shownRun = id;
    m_streamed.start();
  });
  // Many lanes come at once: they are drawn together.
  m_streamed.setSingleShot(true);
  m_streamed.setInterval(0);
  connect(&m_streamed, &QTimer::timeout, this, &ResultView::showPage);
  connect(bench().models, &ModelShelf::modelsChanged, this, [this] {
    if (m_stack->currentWidget() == m_errorPage) showPage();
  });
  connect(bench().models, &ModelShelf::currentChanged, this, [this] {
    if (m_shownRun == 0) showPage();
  });
}

void ResultView::setSide(QWidget* side) { m_body->insertWidget(0, side); }

void ResultView::buildTable() {
  auto* sorted = new QSortFilterProxyModel(this);
  sorted->setSourceModel(m_tableModel);
  sorted->setSortRole(ResultTableModel::SortRole);
  m_tableView->setObjectName(QStringLiteral("resultTable"));
  m_tableView->setModel(sorted);
  m_tableView->setSortingEnabled(true);
  sorted->sort(-1);
  m_tableView->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
  dressTable(m_tableView);
}

void ResultView::dressTable(QTableView* table) {
  table->setFrameShape(QFrame::NoFrame);
  table->setFont(dataFont(12));
  table->verticalHeader()->setDefaultSectionSize(rowHeight(24));
  table->verticalHeader()->hide();
  table->setShowGrid(false);
  table->setTabKeyNavigation(false);
  takeLettersOf(table);
}

void ResultView::showRun(RunId id) {
  m_run = id;
  if (id == 0) m_shownRun = 0;
  runChosen();
  refresh();
  Q_EMIT titleChanged();
}

bool ResultView::readStream(const StreamedTokens& tokens) {
  Q_UNUSED(tokens)
  return false;
}

void ResultView::refresh() {
  if (m_run != 0 && readResult()) m_shownRun = m_run;
  showPage();
  Q_EMIT stateChanged();
}

void ResultView::onRunChanged(RunId id) {
  if (id != m_run) return;
  showPage();
  Q_EMIT titleChanged();
  Q_EMIT stateChanged();
}

void ResultView::setContentAlwaysShown(bool always) {
  if (std::exchange(m_isContentAlwaysShown, always) != always) showPage();
}

void ResultView::showEvent(QShowEvent* event) {
  // The grids are those of the derived view, which is whole by now.
  for (HeatMap* grid : m_content->findChildren<HeatMap*>())
    connect(grid, &HeatMap::partChanged, this, &ResultView::stateChanged, Qt::UniqueConnection);
  RunView::showEvent(event);
}

void ResultView::showPage() {
  const RunRecord* record = bench().runs->record(m_run);
  const bool hasResult = m_shownRun != 0;
  showWarnings();
  m_tableModel->setTable(hasResult && m_isTableShown ? resultTable() : ResultTable{});
  m_tableButton->setEnabled(hasResult);
  // A finished run has an error too when its result cannot be read from the session.
  if (record && record->error && (record->status == RunStatus::Failed || m_shownRun != m_run)) {
    showError();
  } else if (hasResult && m_isTableShown) {
    m_stack->setCurrentWidget(m_tableView);
  } else if (hasResult || m_isContentAlwaysShown) {
    m_stack->setCurrentWidget(m_content);
  } else {
    showEmpty();
  }
  resultShown();
}

bool ResultView::wasStopped() const {
  const RunRecord* record = bench().runs->record(m_run);
  return record && (record->status == RunStatus::Cancelled || record->status == RunStatus::Interrupted);
}

void ResultView::showError() {
  const RunRecord& record = *bench().runs->record(m_run);
  QStringList words{tr("Run again")};
  m_remedies = {QString()};
  // Running again would fail again: the model comes first.
  if (!bench().models->find(record.model.fingerprint)) {
    words = QStringList{tr("Open model file…"), tr("Open model folder…")} + words;
    m_remedies = QStringList{QStringLiteral("model.open"), QStringLiteral("model.open-folder")} + m_remedies;
  }
  m_error->setError(*record.error, words);
  m_stack->setCurrentWidget(m_errorPage);
}

void ResultView::remedy(int index) {
  const QString action = m_remedies.value(index);
  if (action.isEmpty()) {
    runAgain();
  } else {
    bench().actions->trigger(action);
  }
}

void ResultView::showEmpty() {
  const RunRecord* record = bench().runs->record(m_run);
  m_offer.clear();
  if (wasStopped()) {
    const bool isInterrupted = record->status == RunStatus::Interrupted;
    m_empty->setText(
        {QStringLiteral("stop"), tr("Stopped before anything was measured"),
         isInterrupted ? tr("The program ended while it ran.") : tr("Nothing of it is kept but the request."),
         tr("Run again"), QStringLiteral("run")});
  } else if (record && !bench().runs->isActive(m_run)) {
    m_empty->setText(
        {QStringLiteral("session"), tr("Reading the result"), tr("It comes from the session file."), {}, {}});
  } else if (record) {
    m_empty->setText({QStringLiteral("run"), tr("Running"), runningText(), {}, {}});
  } else if (!bench().models->isReady()) {
    m_offer = QStringLiteral("model.open");
    m_empty->setText({QStringLiteral("model"), tr("No model loaded"),
                      tr("Recorded runs open without one; Run needs a model folder or GGUF file."),
                      tr("Open model file…"), QStringLiteral("model")});
  } else {
    m_empty->setText(emptyText());
  }
  m_stack->setCurrentWidget(m_empty);
}

void ResultView::takeOffer() {
  if (m_offer.isEmpty()) {
    runAgain();
  } else {
    bench().actions->trigger(m_offer);
  }
}

void ResultView::showWarnings() {
  const RunRecord* record = bench().runs->record(m_run);
  QStringList sentences;
  if (record) {
    for (const std::string& warning : record->warnings) sentences << QString::fromStdString(warning);
  }
  // Where there is no empty panel to say it.
  const bool isAside = wasStopped() && (m_shownRun != 0 || m_isContentAlwaysShown);
  if (isAside) sentences.prepend(tr("This run was stopped before it was done."));
  m_warnings->setWarning(sentences.join(QStringLiteral(" · ")), isAside ? tr("Run again") : QString());
}

void ResultView::runAgain() {
  const Outcome<RunId> again = bench().runs->rerun(m_run);
  if (!again) return;
  showRun(*again);
  bench().selection->selectRun(*again);
}

void ResultView::setTableShown(bool shown) {
  m_isTableShown = shown;
  m_tableButton->setChecked(shown);
  showPage();
  if (shown && m_shownRun != 0) m_tableView->resizeColumnsToContents();
  Q_EMIT stateChanged();
}

QString ResultView::csv() const { return m_shownRun == 0 ? QString() : csvOf(resultTable()); }

QAbstractItemModel* ResultView::table() {
  if (m_shownRun == 0) return nullptr;
  if (!m_isTableShown) m_tableModel->setTable(resultTable());
  return m_tableModel;
}

Json ResultView::viewState() const {
  Json state = {{"table", m_isTableShown}, {"id", m_editId}};
  if (Json parts = gridParts(); !parts.empty()) state["grids"] = std::move(parts);
  return state;
}

Json ResultView::gridParts() const {
  Json parts = Json::object();
  for (const HeatMap* grid : m_content->findChildren<HeatMap*>()) {
    const GridPart part = grid->part();
    if (part.zoom > 1) parts[grid->objectName().toStdString()] = {part.zoom, part.first.row, part.first.column};
  }
  return parts;
}

void ResultView::restoreGridParts(const Json& parts) {
  for (HeatMap* grid : m_content->findChildren<HeatMap*>()) {
    const auto part = kept<std::vector<double>>(parts, grid->objectName().toUtf8().constData());
    if (!part || part->size() != 3) continue;
    const auto place = [&part](std::size_t i) { return static_cast<int>(std::clamp((*part)[i], 0.0, kMostCells)); };
    grid->showPart({(*part)[0], {place(1), place(2)}});
  }
}

void ResultView::restoreViewState(const Json& state) {
  if (const auto id = kept<std::string>(state, "id"); id && !id->empty()) m_editId = *id;
  if (state.is_object()) restoreGridParts(state.value("grids", Json::object()));
  if (const auto table = kept<bool>(state, "table")) setTableShown(*table);
}

HoverCard* ResultView::addHoverCard() {
  m_hoverCard = new HoverCard(this);
  return m_hoverCard;
}

void ResultView::takeLettersOf(QWidget* table) {
  table->setProperty(kLetters, true);
  table->installEventFilter(this);
}

bool ResultView::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::KeyPress && watched->property(kLetters).toBool()) {
    auto* key = static_cast<QKeyEvent*>(event);
    // The space bar chooses in a table.
    const bool isLetter = !key->text().isEmpty() && key->text().front().isPrint() && key->key() != Qt::Key_Space;
    if (isLetter && (key->modifiers() & ~Qt::ShiftModifier) == Qt::NoModifier) {
      keyPressEvent(key);
      return key->isAccepted();
    }
  }
  return RunView::eventFilter(watched, event);
}

void ResultView::keyPressEvent(QKeyEvent* event) {
  // Letters in a field are text, also those that the field does not take.
  if (const QWidget* focus = focusWidget();
      focus && (focus->inherits("QAbstractSpinBox") || focus->inherits("QLineEdit"))) {
    RunView::keyPressEvent(event);
    return;
  }
  const QString key = QKeySequence(event->keyCombination()).toString(QKeySequence::PortableText);
  if (bench().actions->triggerPlotKey(key)) {
    event->accept();
  } else if (m_hoverCard && event->keyCombination() == QKeyCombination(Qt::Key_H)) {
    m_hoverCard->setAllowed(!m_hoverCard->isAllowed());
    event->accept();
  } else if (event->keyCombination() == QKeyCombination(Qt::Key_T)) {
    setTableShown(!m_isTableShown);
    event->accept();
  } else {
    RunView::keyPressEvent(event);
  }
}

QString ResultView::caption() const {
  const RunRecord* record = bench().runs->record(m_shownRun);
  if (!record) return {};
  QStringList facts{QString::fromStdString(record->model.name), tr("%1 #%2").arg(title()).arg(record->id)};
  if (!record->dtype.empty()) facts << QString::fromStdString(record->dtype);
  if (record->status == RunStatus::Recorded) facts << tr("recorded");
  return facts.join(QStringLiteral(" · "));
}

}  // namespace patchbay::ui
