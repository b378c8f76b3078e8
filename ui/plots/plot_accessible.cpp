#include "ui/plots/plot_accessible.h"

#include <QtGui/QAccessible>
#include <QtWidgets/QAccessibleWidget>

#include "ui/plots/bar_plot.h"
#include "ui/plots/line_plot.h"
#include "ui/plots/scatter_plot.h"

namespace patchbay::ui {

namespace {

QAccessibleInterface* makeChart(const QString&, QObject* object) {
  if (!qobject_cast<LinePlot*>(object) && !qobject_cast<BarPlot*>(object) && !qobject_cast<ScatterPlot*>(object))
    return nullptr;
  return new QAccessibleWidget(static_cast<QWidget*>(object), QAccessible::Chart);
}

}  // namespace

void installPlotAccessibility() { QAccessible::installFactory(makeChart); }

}  // namespace patchbay::ui
