#pragma once

#include <QWidget>

#include "core/data/model_card.h"
#include "ui/state/workbench.h"

class QLabel;

namespace patchbay::ui {

/// The frame of a form that says what a run asks. It stands in the head of the window, in place of the prompt; undo in
/// its fields belongs to the window's history.
class RunForm : public QWidget {
  Q_OBJECT
public:
  RunForm(const Workbench& bench, QWidget* parent);

Q_SIGNALS:
  /// Enter in a field.
  void runAsked();
  /// The person changed a field. `typed` names the field that is being typed in, empty for a choice.
  void edited(const QString& typed);

protected:
  [[nodiscard]] const Workbench& bench() const { return m_bench; }
  /// The name of a row, as wide as those of the prompt strip.
  [[nodiscard]] QLabel* rowLabel(const QString& words);
  /// 0 while the model is not loaded.
  [[nodiscard]] int layerCount(const ModelRef& model) const;

  bool eventFilter(QObject* watched, QEvent* event) override;
  void paintEvent(QPaintEvent*) override;

private:
  Workbench m_bench;
};

}  // namespace patchbay::ui
