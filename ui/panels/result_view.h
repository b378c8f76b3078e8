#pragma once

#include <memory>

#include <QTimer>

#include "core/data/any_request.h"
#include "core/data/generation.h"
#include "ui/models/result_table.h"
#include "ui/panels/run_view.h"
#include "ui/widgets/empty_panel.h"

class QHBoxLayout;
class QStackedWidget;
class QTableView;
class QToolButton;

namespace patchbay::ui {

class ErrorPanel;
class HoverCard;
class ResultTableModel;
class WarningStrip;

/// A view of one run's result: a row of controls, the warnings of the run, and below them one of the picture, the
/// table, the error or the empty panel.
///
/// The old result stays at full strength until the first part of the next one arrives. Keys that the focused plot does
/// not use go to the action registry; T shows the table, H hides the hover card.
class ResultView : public RunView {
  Q_OBJECT
public:
  explicit ResultView(const Workbench& bench, QWidget* parent = nullptr);

  void showRun(RunId id) override;
  [[nodiscard]] RunId run() const override { return m_run; }
  /// The run whose result is on screen; another than `run()` while a new one is under way, 0 for none.
  [[nodiscard]] RunId shownRun() const { return m_shownRun; }
  [[nodiscard]] QString csv() const override;
  [[nodiscard]] QAbstractItemModel* table() override;

  [[nodiscard]] bool isTableShown() const { return m_isTableShown; }
  void setTableShown(bool shown);
  [[nodiscard]] Json viewState() const override;
  void restoreViewState(const Json& state) override;
  [[nodiscard]] std::string editId() const override { return m_editId; }

protected:
  /// Takes the result of `run()` from the run book if it is in memory; false while it is not.
  virtual bool readResult() = 0;
  /// The numbers on screen; empty while there are none.
  [[nodiscard]] virtual ResultTable resultTable() const = 0;
  /// Part of a continuation of `run()`. True when the view now shows it.
  virtual bool readStream(const StreamedTokens& tokens);
  /// The run changed and its result may not be there yet.
  virtual void runChosen() {}
  /// Called after any change of what is on screen.
  virtual void resultShown() {}
  /// What stands there before the first run.
  [[nodiscard]] virtual EmptyText emptyText() const = 0;
  /// What stands there while a run has nothing to show yet.
  [[nodiscard]] virtual QString runningText() const { return tr("The result appears here when all of it is there."); }

  void keyPressEvent(QKeyEvent* event) override;
  void showEvent(QShowEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;
  /// Single letters typed in this table act as in a plot, instead of searching it.
  void takeLettersOf(QWidget* table);
  /// A table of words and numbers as all views show theirs; letters are taken too.
  void dressTable(QTableView* table);

  /// A card for what the pointer is over, with the key H to hide and show it; one a view.
  [[nodiscard]] HoverCard* addHoverCard();
  /// The row of controls, 32 px; the table button stands at its right end.
  [[nodiscard]] QHBoxLayout* header() { return m_header; }
  /// The widget for the result. Its layout is the view's own.
  [[nodiscard]] QWidget* content() { return m_content; }
  /// A column of controls left of the result; it stays beside tables and errors too.
  void setSide(QWidget* side);
  /// Keeps the content on screen also without a run, for views with a form.
  void setContentAlwaysShown(bool always);
  /// Shows what there is for the present run.
  void refresh();
  /// "SmolLM2-135M-Instruct · Logit lens #14 · f32", for pictures.
  [[nodiscard]] QString caption() const;

private:
  void buildTable();
  void onRunChanged(RunId id);
  void showPage();
  void showError();
  void showEmpty();
  void showWarnings();
  /// The zoomed parts of the grids of this view by their names, and back. What is plain is not told.
  [[nodiscard]] Json gridParts() const;
  void restoreGridParts(const Json& parts);
  [[nodiscard]] bool wasStopped() const;
  /// The remedy that stands at `index` of the error panel.
  void remedy(int index);
  void takeOffer();
  void runAgain();

  QHBoxLayout* m_header;
  QHBoxLayout* m_body;
  WarningStrip* m_warnings;
  QStackedWidget* m_stack;
  QWidget* m_content;
  QWidget* m_errorPage;
  ErrorPanel* m_error;
  EmptyPanel* m_empty;
  QTableView* m_tableView;
  ResultTableModel* m_tableModel;
  QToolButton* m_tableButton;
  HoverCard* m_hoverCard = nullptr;
  std::string m_editId;
  RunId m_run = 0;
  RunId m_shownRun = 0;
  QTimer m_streamed;
  QString m_offer;         ///< action of the empty panel's button; empty: run again
  QStringList m_remedies;  ///< actions of the error panel's buttons; an empty one runs again
  bool m_isTableShown = false;
  bool m_isContentAlwaysShown = false;
};

}  // namespace patchbay::ui
