#include <cmath>

#include <QCoreApplication>

#include "app/composition.h"
#include "app/tour.h"
#include "app/tour_script.h"
#include "ui/panels/run_view.h"
#include "ui/shell/main_window.h"
#include "ui/shell/view_area.h"
#include "ui/widgets/format.h"

/// The second half of the walk: what is written, by the person and by the model.
namespace patchbay {
namespace {

QString words(const char* text) { return QCoreApplication::translate("TourScript", text); }

const QString kSteeredPrompt = QStringLiteral("The food at the restaurant was");
const QString kTowards = QStringLiteral(
    "I love this, it is wonderful\nWhat a beautiful and happy day\nI am so glad and thankful\nThis is the best thing ever");
const QString kAway = QStringLiteral(
    "I hate this, it is terrible\nWhat an ugly and sad day\nI am so angry and bitter\nThis is the worst thing ever");
const QString kQuestion = QStringLiteral("What is the capital of Japan?");

/// Where the strength slider has a value: it goes from -12 to 12 between insets of 16 px.
QPoint sliderPoint(const QWidget& slider, double strength) {
  constexpr double kInset = 16, kEnd = 12;
  return {qRound(kInset + (strength + kEnd) / (2 * kEnd) * (slider.width() - 2 * kInset)), 12};
}

}  // namespace

void TourScript::addNote(std::deque<TourBeat>& beats) {
  const auto write = [this] {
    if (auto* grid = m_hands.find("lensGrid")) m_hands.hover(*grid, {1, 1});
    auto* notes = m_hands.find("notesText");
    m_hands.click(*notes);
    m_hands.type(*notes, m_note);
  };
  const auto isKept = [this] {
    const RunRecord* record = m_bench.runs->record(m_france);
    return record && record->note == m_note.toStdString() && !m_hands.find("hoverCard");
  };
  beats.push_back({.step = words("written note"), .act = write, .until = isKept});
  beats.push_back({.step = words("note"),
                   .act = [this] { m_hands.find("lensGrid")->setFocus(); },
                   .until = [this] { return isIdle(); },
                   .picture = QStringLiteral("note"),
                   .seen = [this] { return words("note on %1: \"%2\"").arg(ui::runLabel(m_france), m_note); }});
}

void TourScript::makeVector() {
  m_hands.typeOver(*m_hands.find("steerStrengthField"), QStringLiteral("1"));
  m_hands.key(*m_hands.find("vectorRead"), Qt::Key_Down);
  m_hands.typeOver(*m_hands.find("vectorName"), QStringLiteral("joy"));
  m_hands.typeOver(*m_hands.find("vectorPositives"), kTowards);
  m_hands.typeOver(*m_hands.find("vectorNegatives"), kAway);
  m_hands.click(*m_hands.find("vectorMake"));
}

void TourScript::addSteering(std::deque<TourBeat>& beats) {
  const auto open = [this] {
    m_hands.typeOver(*m_hands.find("promptField"), kSteeredPrompt);
    m_bench.actions->trigger(QStringLiteral("intervene.steering"));
  };
  const auto isSteered = [this](double strength) {
    return [this, strength] {
      const RunId run = shownRun();
      const auto request = run > 0 && isDone(run) ? m_bench.runs->request(run) : Outcome<AnyRequest>(Cancelled{});
      if (!request || !std::holds_alternative<SteerRequest>(*request) || !m_bench.runs->peek<SteerResult>(run))
        return false;
      m_run = run;
      return std::abs(static_cast<double>(std::get<SteerRequest>(*request).setting.strength) - strength) < 0.01;
    };
  };
  beats.push_back(
      {.step = words("steering view"), .act = open, .until = [this] { return m_hands.find("vectorMake"); }});
  beats.push_back({.step = words("steering vector"),
                   .act = [this] { makeVector(); },
                   .until = isSteered(1),
                   .picture = QStringLiteral("steering"),
                   .alsoDark = true,
                   .seen = [this] { return steerWords(); }});
  const auto slide = [this] {
    auto* slider = m_hands.find("steerStrength");
    m_hands.press(*slider, sliderPoint(*slider, 1));
    m_hands.drag(*slider, sliderPoint(*slider, 0));
    m_hands.drag(*slider, sliderPoint(*slider, -1));
    m_hands.release(*slider, sliderPoint(*slider, -1));
  };
  beats.push_back({.step = words("other strength"),
                   .act = slide,
                   .until = isSteered(-1),
                   .picture = QStringLiteral("steering-away"),
                   .seen = [this] { return steerWords(); }});
}

QString TourScript::steerWords() const {
  const auto result = m_bench.runs->peek<SteerResult>(m_run);
  const auto request = m_bench.runs->request(m_run);
  if (!result || !request) return {};
  const auto strength = static_cast<double>(std::get<SteerRequest>(*request).setting.strength);
  const auto text = [](const Generation& made) { return QString::fromStdString(made.text).simplified(); };
  return words("strength %1: plain \"%2\" steered \"%3\"")
      .arg(ui::formatSigned(strength, 1), text(result->plain), text(result->steered));
}

void TourScript::addChat(std::deque<TourBeat>& beats) {
  const auto ask = [this] {
    m_bench.actions->trigger(QStringLiteral("analyse.chat"));
    m_hands.key(*m_hands.find("promptMode"), Qt::Key_Right);
    m_hands.typeOver(*m_hands.find("promptField"), kQuestion);
    m_hands.click(*m_hands.find("runButton"));
  };
  const auto isAnswered = [this] {
    if (shownRun() <= 0 || !isDone(shownRun()) || !m_bench.runs->peek<GenerateResult>(shownRun())) return false;
    m_run = shownRun();
    return true;
  };
  beats.push_back(
      {.step = words("chat"), .act = ask, .until = isAnswered, .picture = QStringLiteral("chat"), .seen = [this] {
         const auto result = m_bench.runs->peek<GenerateResult>(m_run);
         return words("\"%1\" is answered \"%2\"")
             .arg(kQuestion, QString::fromStdString(result->generation.text).simplified());
       }});
}

void TourScript::addFacts(std::deque<TourBeat>& beats) {
  beats.push_back({.step = words("model facts"),
                   .act = [this] { m_bench.actions->trigger(QStringLiteral("model.facts")); },
                   .until = [this] { return m_hands.find("modelTensors"); },
                   .picture = QStringLiteral("model-facts"),
                   .seen =
                       [this] {
                         const ModelCard* card = m_bench.models->current();
                         return words("%1, %2 layers, width %3, vocabulary %4")
                             .arg(ui::displayName(*card))
                             .arg(card->layers)
                             .arg(card->width)
                             .arg(card->vocabulary);
                       }});
}

void TourScript::addClosing(std::deque<TourBeat>& beats) {
  const auto close = [this] {
    m_runs = m_bench.runs->records().size();
    m_tabs = m_window.views().tabCount();
    m_window.close();
  };
  beats.push_back({.step = words("closed window"), .act = close, .until = [this] { return m_isClosed; }});
}

void TourScript::addReturn(std::deque<TourBeat>& beats, const TourScript& before) {
  const auto isBack = [this, runs = before.m_runs, tabs = before.m_tabs] {
    return m_bench.session->isOpen() && m_bench.models->isReady() && isIdle() &&
           m_bench.runs->records().size() == runs && m_window.views().tabCount() == tabs;
  };
  beats.push_back(
      {.step = words("opened again"), .until = isBack, .picture = QStringLiteral("opened-again"), .seen = [this] {
         return words("%1 runs, %2 tabs, %3 vector, nothing computed again")
             .arg(m_bench.runs->records().size())
             .arg(m_window.views().tabCount())
             .arg(m_bench.vectors->vectors().size());
       }});
  beats.push_back(
      {.step = words("closed again"), .act = [this] { m_window.close(); }, .until = [this] { return m_isClosed; }});
}

}  // namespace patchbay
