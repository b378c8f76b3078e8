#pragma once

#include <memory>

#include <QWidget>

#include "core/data/results.h"
#include "ui/plots/figure.h"
#include "ui/plots/heat_map_data.h"

class QTableView;

namespace patchbay::ui {

class GenerationText;
class HeatMap;
class LinePlot;
class MarkedLabel;
class ProbabilityBars;
class ResultTableModel;

/// One way to show a Patchscope. A page also takes a result that is still growing: what is missing stays empty.
class PatchscopePage : public QWidget {
  Q_OBJECT
public:
  using QWidget::QWidget;

  /// `answerName` is the title of the template the target came from.
  virtual void setResult(const std::shared_ptr<const PatchscopeResult>& result, const QString& answerName) = 0;
  /// Shows a token and a layer of the source as selected; layer -1 for none. Emits nothing.
  virtual void setPlace(int token, int layer) = 0;
  [[nodiscard]] virtual Figure figure() const = 0;

Q_SIGNALS:
  /// By the person: a row, a grid cell or the curve's cursor.
  void placeChosen(int token, int layer);
  /// The pointer rests on a cell of the result, -1 when it left; `area` of the row or cell in global coordinates.
  void cellHovered(int index, const QPoint& globalPosition, const QRect& area);
  void menuAsked(const QPoint& globalPosition);
  void pooledChanged();
};

/// One cell: what it says, and beside it the same cell's logit lens, the target without patch and the source itself.
class PatchscopeCellPage : public PatchscopePage {
  Q_OBJECT
public:
  explicit PatchscopeCellPage(QWidget* parent = nullptr);
  void setResult(const std::shared_ptr<const PatchscopeResult>& result, const QString& answerName) override;
  void setPlace(int token, int layer) override;
  [[nodiscard]] Figure figure() const override;

private:
  std::shared_ptr<const PatchscopeResult> m_result;
  QString m_answerName;
  GenerationText* m_text;
  ProbabilityBars* m_answer;
  ProbabilityBars* m_lens;
  ProbabilityBars* m_unpatched;
  ProbabilityBars* m_source;
};

/// All layers of one token: a table, highest layer first, and the curve of both read-outs.
class PatchscopeColumnPage : public PatchscopePage {
  Q_OBJECT
public:
  explicit PatchscopeColumnPage(QWidget* parent = nullptr);
  /// The table of layers, owned here.
  [[nodiscard]] QTableView* table() const { return m_table; }
  void setResult(const std::shared_ptr<const PatchscopeResult>& result, const QString& answerName) override;
  void setPlace(int token, int layer) override;
  [[nodiscard]] Figure figure() const override;

protected:
  void resizeEvent(QResizeEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

private:
  void hoverRow(const QPoint& position);
  /// Rows as high as lets every layer be seen, within what can be read.
  void fitRows();

  std::shared_ptr<const PatchscopeResult> m_result;
  ResultTableModel* m_model;
  QTableView* m_table;
  LinePlot* m_curve;
  MarkedLabel* m_control;
};

/// Source layers against target layers, or tokens of the source against its layers.
class PatchscopeGridPage : public PatchscopePage {
  Q_OBJECT
public:
  explicit PatchscopeGridPage(QWidget* parent = nullptr);
  void setResult(const std::shared_ptr<const PatchscopeResult>& result, const QString& answerName) override;
  void setPlace(int token, int layer) override;
  [[nodiscard]] Figure figure() const override;
  void setMap(MapName map);
  /// The word that colours tell of, by its index among those asked for; -1: the first word that is said.
  void setAsked(int asked);
  [[nodiscard]] MapScale scale() const;
  [[nodiscard]] bool isPooled() const;
  /// Target layer of the chosen cell; -1 before one is chosen.
  [[nodiscard]] int targetLayer() const { return m_targetLayer; }
  /// The row in which the next source layer is shown.
  void setTargetLayer(int layer);

private:
  void chooseCell(Cell cell);
  /// What was read and written there, and what it said.
  void showCell(Cell cell);

  std::shared_ptr<const PatchscopeResult> m_result;
  int m_targetLayer = -1;
  MapName m_map = MapName::Cividis;
  int m_asked = -1;
  HeatMap* m_grid;
  MarkedLabel* m_place;
  MarkedLabel* m_control;
  GenerationText* m_text;
};

}  // namespace patchbay::ui
