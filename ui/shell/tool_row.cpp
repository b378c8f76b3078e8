#include "ui/shell/tool_row.h"

#include <algorithm>
#include <thread>

#include <QAction>
#include <QFileInfo>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>

#include "ui/panels/run_view.h"
#include "ui/shell/action_binder.h"
#include "ui/shell/counted.h"
#include "ui/shell/memory_gauge.h"
#include "ui/shell/menu_button.h"
#include "ui/shell/view_area.h"
#include "ui/state/cost_estimate.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/widgets/button.h"
#include "ui/widgets/format.h"

namespace patchbay::ui {
namespace {

constexpr int kButtonHeight = 26;

QString workWords(const CostEstimate& cost) {
  switch (cost.work) {
    case CostEstimate::Work::Passes: return counted(cost.count, ToolRow::tr("1 pass"), ToolRow::tr("%1 passes"));
    case CostEstimate::Work::Cells: return counted(cost.count, ToolRow::tr("1 cell"), ToolRow::tr("%1 cells"));
    case CostEstimate::Work::Tokens: return counted(cost.count, ToolRow::tr("1 token"), ToolRow::tr("%1 tokens"));
  }
  return {};
}

QFrame* separator(QWidget* parent) {
  auto* line = new QFrame(parent);
  line->setObjectName(QStringLiteral("separator"));
  line->setFixedSize(1, 18);
  return line;
}

}  // namespace

ToolRow::ToolRow(const Workbench& bench, ActionBinder& binder, const ViewArea& views, QWidget* parent)
    : QWidget(parent),
      m_bench(bench),
      m_binder(binder),
      m_views(views),
      m_model(new MenuButton(tr("No model"), QStringLiteral("model"), this)),
      m_device(new MenuButton(tr("CPU"), QStringLiteral("device"), this)),
      m_hint(new QLabel(this)) {
  setObjectName(QStringLiteral("toolRow"));
  setAttribute(Qt::WA_StyledBackground);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(8, 0, 12, 0);
  row->setSpacing(6);
  for (MenuButton* button : {m_model, m_device}) {
    button->setFixedHeight(kButtonHeight);
    button->setMenu(new QMenu(button));
    row->addWidget(button);
  }
  m_model->setObjectName(QStringLiteral("modelButton"));
  m_device->setObjectName(QStringLiteral("deviceButton"));
  connect(m_model->menu(), &QMenu::aboutToShow, this, &ToolRow::fillModelMenu);
  connect(m_device->menu(), &QMenu::aboutToShow, this, &ToolRow::fillDeviceMenu);
  row->addSpacing(6);
  m_run = new Button(tr("Run"), QStringLiteral("run"), Button::Kind::Primary, this);
  m_run->setObjectName(QStringLiteral("runButton"));
  m_run->setFixedHeight(kButtonHeight);
  connect(m_run, &Button::clicked, this, [this] { m_bench.actions->trigger(QStringLiteral("analyse.run")); });
  row->addWidget(m_run);
  m_hint->setObjectName(QStringLiteral("runHint"));
  m_hint->setProperty("muted", true);
  row->addSpacing(3);
  row->addWidget(m_hint);
  row->addSpacing(3);
  m_stop = addAction(*row, QStringLiteral("edit.stop"), tr("Stop"), QStringLiteral("stopButton"));
  row->addWidget(separator(this));
  addAction(*row, QStringLiteral("edit.undo"), tr("Undo"), QStringLiteral("undoButton"));
  addAction(*row, QStringLiteral("edit.redo"), tr("Redo"), QStringLiteral("redoButton"));
  row->addWidget(separator(this));
  m_pin = addAction(*row, QStringLiteral("view.pin"), tr("Pin"), QStringLiteral("pinButton"));
  row->addStretch(1);
  auto* gauge = new MemoryGauge(this);
  row->addWidget(gauge);
  connect(gauge, &MemoryGauge::clicked, this, [this, gauge] { showMemory(*gauge); });
  connect(m_bench.models, &ModelShelf::currentChanged, this, &ToolRow::refresh);
  connect(m_bench.models, &ModelShelf::loadingChanged, this, &ToolRow::refresh);
  connect(m_bench.prompt, &PromptState::tokenizedChanged, this, &ToolRow::refreshRun);
  connect(m_bench.actions, &ActionRegistry::refreshed, this, &ToolRow::refreshRun);
  // Queued: the engine is told of a new number of threads first.
  connect(m_bench.settings, &Settings::changed, this, &ToolRow::refresh, Qt::QueuedConnection);
  refresh();
}

Button* ToolRow::addAction(QHBoxLayout& row, const QString& id, const QString& words, const QString& name) {
  const Action* known = m_bench.actions->find(id);
  auto* button = new Button(words, known->icon, Button::Kind::Flat, this);
  button->setObjectName(name);
  button->setFixedHeight(kButtonHeight);
  button->setCheckable(static_cast<bool>(known->isChecked));
  connect(button, &Button::clicked, this, [this, id] { m_bench.actions->trigger(id); });
  QAction* action = m_binder.action(id);
  const auto follow = [button, action] {
    button->setEnabled(action->isEnabled());
    button->setChecked(action->isChecked());
    const QString keys = action->shortcut().toString(QKeySequence::NativeText);
    button->setToolTip(keys.isEmpty() ? action->toolTip() : QStringLiteral("%1 (%2)").arg(action->toolTip(), keys));
  };
  connect(action, &QAction::changed, button, follow);
  follow();
  row.addWidget(button);
  return button;
}

void ToolRow::fillModelMenu() {
  QMenu& menu = *m_model->menu();
  menu.clear();
  const ModelCard* current = m_bench.models->current();
  for (const ModelCard& card : m_bench.models->models()) {
    QAction* entry = menu.addAction(displayName(card), this,
                                    [this, key = card.ref.fingerprint] { m_bench.models->setCurrent(key); });
    entry->setCheckable(true);
    entry->setChecked(current && current->ref.fingerprint == card.ref.fingerprint);
  }
  menu.addSeparator();
  for (const QString& path : m_bench.models->recentPaths()) {
    QAction* entry = menu.addAction(QFileInfo(path).fileName(), this, [this, path] { m_bench.models->load(path); });
    entry->setToolTip(path);
  }
  menu.addSeparator();
  for (const char* id : {"model.open", "model.open-folder", "model.default", "model.facts", "model.free"}) {
    menu.addAction(m_binder.action(QString::fromLatin1(id)));
  }
}

void ToolRow::addDevices(QMenu& menu) {
  const std::vector<DeviceFact> devices = m_bench.models->devices();
  if (devices.size() < 2 && m_bench.settings->computeDevice() == QLatin1String("cpu")) return;
  for (const DeviceFact& device : devices) {
    for (const QString& type : {QStringLiteral("f32"), QStringLiteral("bf16")}) {
      // On a processor bfloat16 is no faster.
      if (device.id == "cpu" && type != QLatin1String("f32")) continue;
      QAction* entry = menu.addAction(QStringLiteral("%1 · %2").arg(QString::fromStdString(device.name), type), this,
                                      [this, id = device.id, type] { m_bench.models->computeOn(id, type); });
      entry->setCheckable(true);
      entry->setChecked(m_bench.settings->computeDevice().toStdString() == device.id &&
                        m_bench.settings->computeType() == type);
    }
  }
  menu.addSeparator();
}

void ToolRow::fillDeviceMenu() {
  QMenu& menu = *m_device->menu();
  menu.clear();
  addDevices(menu);
  const int most = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const int chosen = m_bench.settings->threads();
  QAction* automatic = menu.addAction(tr("Automatic"), this, [this] { m_bench.settings->setThreads(0); });
  automatic->setCheckable(true);
  automatic->setChecked(chosen == 0);
  for (int threads = 1; threads <= most; threads = threads < 4 ? threads + 1 : threads * 2) {
    QAction* entry = menu.addAction(counted(threads, tr("1 thread"), tr("%1 threads")), this,
                                    [this, threads] { m_bench.settings->setThreads(threads); });
    entry->setCheckable(true);
    entry->setChecked(chosen == threads);
  }
}

void ToolRow::showMemory(const MemoryGauge& gauge) {
  const auto size = [](std::int64_t bytes) { return formatBytes(static_cast<double>(bytes)); };
  const MemoryFact memory = EngineClient::memory();
  auto* menu = new QMenu(this);
  menu->setObjectName(QStringLiteral("memoryMenu"));
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->addSection(tr("%1 used by this program, %2 free").arg(size(memory.residentBytes), size(memory.availableBytes)));
  const ModelCard* current = m_bench.models->current();
  std::int64_t weights = 0;
  for (const ModelCard& card : m_bench.models->models()) {
    weights += card.residentBytes;
    QAction* entry = menu->addAction(
        tr("%1 · %2 · weights %3").arg(displayName(card), QString::fromStdString(card.dtype), size(card.residentBytes)),
        this, [this, key = card.ref.fingerprint] { m_bench.models->setCurrent(key); });
    entry->setCheckable(true);
    entry->setChecked(current && current->ref.fingerprint == card.ref.fingerprint);
    entry->setToolTip(QString::fromStdString(card.ref.path));
  }
  if (!current) menu->addAction(tr("No model is held"))->setEnabled(false);
  // Mapped weights that were not read yet take no memory.
  menu->addAction(tr("Everything else · %1").arg(size(std::max<std::int64_t>(0, memory.residentBytes - weights))))
      ->setEnabled(false);
  menu->addSeparator();
  menu->addAction(m_binder.action(QStringLiteral("model.free")));
  menu->popup(gauge.mapToGlobal(QPoint(0, gauge.height())));
}

void ToolRow::refresh() {
  const ModelCard* card = m_bench.models->current();
  const bool isLoading = !card && m_bench.models->isLoading();
  m_model->setText(card ? displayName(*card) : isLoading ? loadingName(m_bench.models->loadingPath()) : tr("No model"));
  m_device->setText(
      card ? QStringLiteral("%1 · %2").arg(QString::fromStdString(card->device), QString::fromStdString(card->dtype))
           : QStringLiteral("CPU · f32"));
  m_device->setToolTip(counted(m_bench.engine->threadCount(), tr("1 thread"), tr("%1 threads")));
  refreshRun();
}

QString ToolRow::runHint() const {
  const ModelCard* card = m_bench.models->current();
  if (!card) return m_bench.models->isLoading() ? tr("waits for the model") : tr("needs a model");
  const auto* view = m_views.activeView();
  const auto wanted = view ? view->wanted() : std::nullopt;
  int tokens = m_bench.prompt->tokenCount();
  // A list and a fit bring their texts; a grid has its prompts in a form of its own, of which the changed one counts.
  const auto* explored = wanted ? std::get_if<ExploreRequest>(&*wanted) : nullptr;
  const bool bringsTexts =
      wanted && (std::visit([](const auto& typed) { return kBringsTexts<std::decay_t<decltype(typed)>>; }, *wanted) ||
                 (explored && !(explored->texts.empty() && explored->others.empty())));
  if (bringsTexts) tokens = std::max(1, tokens);
  if (const auto* grid = wanted ? std::get_if<PatchGridRequest>(&*wanted) : nullptr) {
    const auto changed = m_bench.engine->tokenize(grid->model.fingerprint,
                                                  grid->mode == GridMode::Denoise ? grid->corrupt : grid->clean);
    tokens = changed ? static_cast<int>(changed->tokens.size()) : 0;
  }
  if (tokens == 0) return {};
  const CostEstimate cost =
      wanted ? requestCost(*card, *wanted, tokens, *m_bench.runs) : lensCost(*card, tokens, *m_bench.runs);
  const QString costs = tr("~%1 · %2").arg(formatSeconds(cost.seconds), formatBytes(cost.bytes));
  return cost.count > 0 ? tr("%1 · %2").arg(costs, workWords(cost)) : costs;
}

void ToolRow::refreshRun() {
  const QString id = QStringLiteral("analyse.run");
  const bool enabled = m_bench.actions->isEnabled(id);
  m_run->setEnabled(enabled);
  const Action* run = m_bench.actions->find(id);
  m_run->setToolTip(enabled || !run->disabledReason ? run->tip : run->disabledReason());
  m_hint->setText(runHint());
}

}  // namespace patchbay::ui
