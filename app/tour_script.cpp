#include "app/tour_script.h"

#include <algorithm>

#include <QCoreApplication>

#include "app/composition.h"
#include "app/tour.h"
#include "ui/panels/ask_picture.h"
#include "ui/panels/run_view.h"
#include "ui/plots/heat_map.h"
#include "ui/shell/main_window.h"
#include "ui/shell/view_area.h"
#include "ui/widgets/format.h"

namespace patchbay {
namespace {

QString words(const char* text) { return QCoreApplication::translate("TourScript", text); }

constexpr QSize kWindow{1280, 800};
constexpr QSize kWideWindow{1600, 1000};
/// Of "The capital of France is": the last token where the answer has formed, and the country early on.
constexpr int kLast = 4, kAnswerLayer = 24, kHoverLayer = 21;
constexpr int kCountry = 3, kCountryLayer = 8, kAskedLayer = 15;
const QString kCountryQuestion = QStringLiteral("Which country is named?");

QString ranked(const std::vector<RankedToken>& tokens) {
  if (tokens.empty()) return QStringLiteral("-");
  return QStringLiteral("%1 p %2").arg(ui::displayToken(tokens.front().token),
                                       ui::formatProbability(static_cast<double>(tokens.front().p)));
}

QString cellName(int token, int layer) { return QStringLiteral("t%1.L%2").arg(token).arg(layer); }

}  // namespace

TourScript::TourScript(Composition& composition)
    : m_window(composition.window()), m_bench(composition.bench()), m_hands(composition.window()) {
  QObject::connect(&m_window, &ui::MainWindow::closed, &m_window, [this] { m_isClosed = true; });
}

void TourScript::addMainJob(std::deque<TourBeat>& beats) {
  addLens(beats);
  addCell(beats);
  addNote(beats);
  addLargeWindow(beats);
  addPatchscope(beats);
  addQuestions(beats);
  addSecondPrompt(beats);
  addPatch(beats);
  addSteering(beats);
  addChat(beats);
  addFacts(beats);
  addClosing(beats);
}

ui::RunView* TourScript::view() const { return m_window.views().activeView(); }
RunId TourScript::shownRun() const { return view() ? view()->run() : 0; }
bool TourScript::isIdle() const { return m_bench.engine->jobs().empty(); }

bool TourScript::isDone(RunId run) const {
  const RunRecord* record = m_bench.runs->record(run);
  return record && record->status == RunStatus::Done && shownRun() == run && isIdle();
}

void TourScript::goTo(RunId run) const {
  if (!m_hands.clickTab(ui::runLabel(run))) m_bench.selection->selectRun(run);
}

QPoint TourScript::cellPoint(const ui::HeatMap& grid, int layer, int token) const {
  return grid.cellRect({layer, token}).center();
}

void TourScript::clickCell(int layer, int token) const {
  if (auto* grid = m_hands.find<ui::HeatMap>("lensGrid")) m_hands.click(*grid, cellPoint(*grid, layer, token));
}

void TourScript::addLens(std::deque<TourBeat>& beats) {
  beats.push_back({.step = words("recorded picture"),
                   .until = [this] { return shownRun() < 0; },
                   .picture = QStringLiteral("recorded"),
                   .seen = [this] { return words("recorded: %1").arg(lensWords(shownRun())); }});
  beats.push_back({.step = words("measured picture"),
                   .until = [this] { return shownRun() > 0 && isDone(shownRun()); },
                   .picture = QStringLiteral("measured"),
                   .alsoDark = true,
                   .seen =
                       [this] {
                         m_france = shownRun();
                         return words("measured now: %1").arg(lensWords(m_france));
                       }});
  const auto edit = [this] {
    auto* field = m_hands.find("promptField");
    m_hands.typeOver(*field, QStringLiteral("The Eiffel Tower is in the city of"));
    m_hands.key(*field, Qt::Key_Return);
    m_run = m_bench.selection->run();
  };
  beats.push_back({.step = words("edited prompt"),
                   .act = edit,
                   .until = [this] { return isDone(m_run) && m_run != m_france; },
                   .picture = QStringLiteral("edited-prompt"),
                   .seen = [this] { return lensWords(m_run); }});
}

void TourScript::addCell(std::deque<TourBeat>& beats) {
  const auto hover = [this] {
    if (auto* grid = m_hands.find<ui::HeatMap>("lensGrid")) m_hands.hover(*grid, cellPoint(*grid, kHoverLayer, kLast));
  };
  const auto seen = [this] {
    const auto lens = m_bench.runs->peek<LensResult>(m_france);
    const auto top = [&](int layer) { return ranked({lens->ranked(layer, kLast, 0)}); };
    m_note = words("L%1 still says %2; the model's answer is %3.")
                 .arg(QString::number(kAnswerLayer), top(kAnswerLayer), ranked(lens->next));
    return words("selected %1: %2; hovered %3: %4")
        .arg(cellName(kLast, kAnswerLayer), top(kAnswerLayer), cellName(kLast, kHoverLayer), top(kHoverLayer));
  };
  beats.push_back({.step = words("back to the first prompt"),
                   .act = [this] { goTo(m_france); },
                   .until = [this] { return isDone(m_france); }});
  beats.push_back({.step = words("cell"),
                   .act = [this] { clickCell(kAnswerLayer, kLast); },
                   .again = hover,
                   .until = [this] { return m_hands.find("hoverCard") && m_bench.selection->state().isCell(); },
                   .picture = QStringLiteral("cell"),
                   .alsoDark = true,
                   .seen = seen});
}

void TourScript::addLargeWindow(std::deque<TourBeat>& beats) {
  beats.push_back(
      {.step = words("large window"),
       .act = [this] { m_window.resize(kWideWindow); },
       .until = [this] { return isIdle(); },
       .picture = QStringLiteral("large-window"),
       .seen =
           [this] {
             return words("%1 x %2 pixels, %3").arg(m_window.width()).arg(m_window.height()).arg(lensWords(m_france));
           }});
  beats.push_back({.step = words("window as before"),
                   .act = [this] { m_window.resize(kWindow); },
                   .until = [this] { return isIdle(); }});
}

void TourScript::addPatchscope(std::deque<TourBeat>& beats) {
  const auto ask = [this](Qt::KeyboardModifiers modifiers, const char* action) {
    return [this, modifiers, action] {
      auto* grid = m_hands.find("lensGrid");
      grid->setFocus();
      const RunId before = m_bench.selection->run();
      m_hands.key(*grid, Qt::Key_P, modifiers);
      // Letters need the focus, which a window in the background does not get.
      if (m_bench.selection->run() == before) m_bench.actions->trigger(QLatin1String(action));
      m_run = m_bench.selection->run();
    };
  };
  const auto isThere = [this] { return m_run != m_france && isDone(m_run); };
  beats.push_back({.step = words("Patchscope of the cell"),
                   .act = ask(Qt::NoModifier, "analyse.patchscope"),
                   .until = isThere,
                   .picture = QStringLiteral("patchscope"),
                   .alsoDark = true,
                   .seen = [this] { return patchscopeWords(); }});
  beats.push_back({.step = words("back to the lens"),
                   .act = [this] { goTo(m_france); },
                   .until = [this] { return isDone(m_france); }});
  beats.push_back({.step = words("Patchscope of all layers"),
                   .act = ask(Qt::ShiftModifier, "analyse.patchscope-layers"),
                   .until = isThere,
                   .picture = QStringLiteral("patchscope-layers"),
                   .alsoDark = true,
                   .seen = [this] { return columnWords(); }});
}

void TourScript::addQuestions(std::deque<TourBeat>& beats) {
  const auto ask = [this](int token) {
    return [this, token] {
      m_lastAnswer = m_run;
      clickCell(kAskedLayer, token);
      m_bench.actions->trigger(QStringLiteral("analyse.ask"));
      auto* question = m_hands.find("askQuestion");
      m_hands.typeOver(*question, kCountryQuestion);
      m_hands.key(*question, Qt::Key_Return);
    };
  };
  const auto isAnswered = [this] {
    const RunId run = shownRun();
    if (run <= 0 || run == m_lastAnswer || !isDone(run) || !m_bench.runs->peek<AskResult>(run)) return false;
    m_run = run;
    return true;
  };
  const auto back = TourBeat{.step = words("back to the lens"),
                             .act = [this] { goTo(m_france); },
                             .until = [this] { return isDone(m_france) && m_hands.find("lensGrid"); }};
  beats.push_back(back);
  beats.push_back({.step = words("question that the cell answers"),
                   .act = ask(kCountry),
                   .until = isAnswered,
                   .picture = QStringLiteral("ask"),
                   .alsoDark = true,
                   .seen = [this] { return askWords(); }});
  beats.push_back(back);
  // Before the country is named, nothing can say which it will be.
  beats.push_back({.step = words("question that the cell cannot answer"),
                   .act = ask(kCountry - 1),
                   .until = isAnswered,
                   .picture = QStringLiteral("ask-in-vain"),
                   .seen = [this] { return askWords(); }});
}

void TourScript::changeFranceToJapan() {
  auto* field = m_hands.find("promptField");
  m_hands.click(*field);
  m_hands.key(*field, Qt::Key_Home);
  for (int word = 0; word < kCountry; ++word) m_hands.key(*field, Qt::Key_Right, Qt::ControlModifier);
  m_hands.key(*field, Qt::Key_Right, Qt::ControlModifier | Qt::ShiftModifier);
  m_hands.type(*field, QStringLiteral("Japan "));
  m_hands.key(*field, Qt::Key_Return);
  m_japan = m_bench.selection->run();
}

void TourScript::addSecondPrompt(std::deque<TourBeat>& beats) {
  beats.push_back({.step = words("back to the prompt"),
                   .act = [this] { goTo(m_france); },
                   .until = [this] { return isDone(m_france); }});
  beats.push_back({.step = words("second prompt"),
                   .act = [this] { changeFranceToJapan(); },
                   .until = [this] { return m_japan != m_france && isDone(m_japan); },
                   .picture = QStringLiteral("second-prompt"),
                   .seen = [this] { return lensWords(m_japan); }});
}

void TourScript::addPatch(std::deque<TourBeat>& beats) {
  const auto overTab = [this] {
    m_hands.drag(*m_carrier, m_carrier->mapFromGlobal(m_hands.tabPosition(ui::runLabel(m_france))));
  };
  const auto take = [this, overTab] {
    clickCell(kCountryLayer, kCountry);
    auto* grid = m_hands.find<ui::HeatMap>("lensGrid");
    const QPoint at = cellPoint(*grid, kCountryLayer, kCountry);
    m_carrier = grid;
    m_hands.press(*grid, at);
    m_hands.drag(*grid, at + QPoint(12, 12));
    overTab();
  };
  const auto drop = [this] {
    auto* grid = m_hands.find<ui::HeatMap>("lensGrid");
    const QPoint at = m_carrier->mapFromGlobal(grid->mapToGlobal(cellPoint(*grid, kCountryLayer, kCountry)));
    m_hands.drag(*m_carrier, at);
    m_hands.release(*m_carrier, at);
    m_run = m_bench.selection->run();
  };
  beats.push_back({.step = words("carried cell"), .act = take, .again = overTab, .until = [this] {
                     return shownRun() == m_france && m_hands.find("lensGrid");
                   }});
  beats.push_back({.step = words("activation patch"),
                   .act = drop,
                   .until = [this] { return m_run != m_france && isDone(m_run); },
                   .picture = QStringLiteral("patch"),
                   .alsoDark = true,
                   .seen = [this] { return patchWords(); }});
}

QString TourScript::lensWords(RunId run) const {
  const auto lens = m_bench.runs->peek<LensResult>(run);
  if (!lens) return {};
  return words("%1 layers x %2 tokens, next token %3")
      .arg(lens->layers)
      .arg(lens->tokenCount())
      .arg(ranked(lens->next));
}

QString TourScript::patchscopeWords() const {
  const auto result = m_bench.runs->peek<PatchscopeResult>(m_run);
  if (!result || result->cells.empty()) return {};
  const PatchscopeCell& cell = result->cells.front();
  return words("%1 says %2; ten tokens: \"%3\"; unpatched %4")
      .arg(cellName(result->sourceToken, cell.sourceLayer), ranked(cell.top),
           QString::fromStdString(cell.generation.text).simplified(), ranked(result->unpatched));
}

QString TourScript::askWords() const {
  const auto result = m_bench.runs->peek<AskResult>(m_run);
  if (!result || result->spans.empty()) return {};
  const QString said = QString::fromStdString(result->answer.generation.text).simplified();
  return words("%1 asked \"%2\": \"%3\". %4")
      .arg(cellName(result->spans.front().firstToken, result->spans.front().layer), kCountryQuestion, said,
           ui::verdictWords(*result));
}

QString TourScript::columnWords() const {
  const auto result = m_bench.runs->peek<PatchscopeResult>(m_run);
  if (!result || result->sourceNext.empty()) return {};
  const auto firstLayer = [](const std::vector<float>& chances) {
    const auto found = std::ranges::find_if(chances, [](float p) { return p >= 0.5F; });
    return found == chances.end() ? QStringLiteral("-") : QStringLiteral("L%1").arg(found - chances.begin());
  };
  return words("%1 layers; %2 passes p .5 at %3 by token identity, at %4 by logit lens")
      .arg(QString::number(result->cells.size()), ui::displayToken(result->sourceNext.front().token),
           firstLayer(result->finalTokenP), firstLayer(result->finalTokenLensP));
}

QString TourScript::patchWords() const {
  const auto result = m_bench.runs->peek<PatchResult>(m_run);
  if (!result) return {};
  return words("%1 of Japan in France: %2 becomes %3, KL %4 bit")
      .arg(cellName(kCountry, kCountryLayer), ranked(result->plain), ranked(result->patched),
           ui::formatNumber(static_cast<double>(result->klBits), 2));
}

}  // namespace patchbay
