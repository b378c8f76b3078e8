#pragma once

#include <deque>
#include <memory>

#include "app/tour_hands.h"
#include "core/data/run_record.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/state/workbench.h"

namespace patchbay {

namespace ui {
class HeatMap;
class MainWindow;
class RunView;
}  // namespace ui

class Composition;
struct TourBeat;

/// What the tour walks: the main job as a list of beats on one window. The prompts and texts were chosen by what the
/// default model makes of them; every number printed is measured in the walk itself.
class TourScript {
public:
  /// Both are borrowed; the beats must not outlive the script.
  explicit TourScript(Composition& composition);

  /// From the recorded picture to the closed window.
  void addMainJob(std::deque<TourBeat>& beats);
  /// The window opened again on what `before` left.
  void addReturn(std::deque<TourBeat>& beats, const TourScript& before);

private:
  void addLens(std::deque<TourBeat>& beats);
  void addCell(std::deque<TourBeat>& beats);
  void addNote(std::deque<TourBeat>& beats);
  void addLargeWindow(std::deque<TourBeat>& beats);
  void addPatchscope(std::deque<TourBeat>& beats);
  void addQuestions(std::deque<TourBeat>& beats);
  void addSecondPrompt(std::deque<TourBeat>& beats);
  void addPatch(std::deque<TourBeat>& beats);
  void addSteering(std::deque<TourBeat>& beats);
  void addChat(std::deque<TourBeat>& beats);
  void addFacts(std::deque<TourBeat>& beats);
  void addClosing(std::deque<TourBeat>& beats);

  void makeVector();
  void changeFranceToJapan();
  [[nodiscard]] ui::RunView* view() const;
  [[nodiscard]] RunId shownRun() const;
  [[nodiscard]] bool isIdle() const;
  [[nodiscard]] bool isDone(RunId run) const;
  void goTo(RunId run) const;
  [[nodiscard]] QPoint cellPoint(const ui::HeatMap& grid, int layer, int token) const;
  void clickCell(int layer, int token) const;
  [[nodiscard]] QString lensWords(RunId run) const;
  [[nodiscard]] QString askWords() const;
  [[nodiscard]] QString patchscopeWords() const;
  [[nodiscard]] QString columnWords() const;
  [[nodiscard]] QString patchWords() const;
  [[nodiscard]] QString steerWords() const;

  ui::MainWindow& m_window;
  ui::Workbench m_bench;
  TourHands m_hands;
  RunId m_france = 0;
  RunId m_japan = 0;
  RunId m_run = 0;         ///< of the present step
  RunId m_lastAnswer = 0;  ///< before the present question
  QWidget* m_carrier = nullptr;
  QString m_note;
  std::size_t m_runs = 0;
  int m_tabs = 0;
  bool m_isClosed = false;
};

}  // namespace patchbay
