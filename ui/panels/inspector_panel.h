#pragma once

#include <utility>
#include <vector>

#include <QWidget>

#include "ui/panels/inspector_facts.h"

class QGridLayout;
class QLabel;
class QStackedWidget;
class QToolButton;
class QVBoxLayout;

namespace patchbay::ui {

class EmptyPanel;
class MarkedLabel;
class ProbabilityBars;
class SparkRow;
class VerbButton;

/// Facts about the selection and what can be done with it.
class InspectorPanel : public QWidget {
  Q_OBJECT
public:
  explicit InspectorPanel(const Workbench& bench, QWidget* parent = nullptr);

  /// Everything the panel says, for the clipboard.
  [[nodiscard]] QString copyText() const;

protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

private:
  void buildFacts(QVBoxLayout* column);
  void buildVerbs(QVBoxLayout* column);
  void addVerb(QGridLayout* grid, const QString& words, const QString& icon, const QString& key, const char* name);
  void refresh();
  /// Enables the verbs as their actions are, and says why they are not.
  void showVerbs();
  void showCourses();
  void placeAxis();

  Workbench m_bench;
  InspectorFacts m_facts;
  QStackedWidget* m_stack;
  QWidget* m_page;
  EmptyPanel* m_empty;
  MarkedLabel* m_address = nullptr;
  QToolButton* m_copy = nullptr;
  MarkedLabel* m_words = nullptr;
  QLabel* m_more = nullptr;
  ProbabilityBars* m_bars = nullptr;
  QWidget* m_courses = nullptr;
  QVBoxLayout* m_courseRows = nullptr;
  std::vector<SparkRow*> m_rows;
  QWidget* m_axis = nullptr;
  MarkedLabel* m_axisFirst = nullptr;
  MarkedLabel* m_axisLast = nullptr;
  QWidget* m_verbs = nullptr;
  std::vector<std::pair<VerbButton*, QString>> m_verbKeys;  ///< with the key of the action
  QLabel* m_obstacle = nullptr;                             ///< why the verbs do not apply
};

}  // namespace patchbay::ui
