#include "ui/panels/vector_norms.h"

#include <QCoreApplication>

#include "ui/widgets/format.h"

namespace patchbay::ui {

std::shared_ptr<const LinePlotData> vectorNormPlot(const SteeringVector& vector, const QString& name) {
  auto plot = std::make_shared<LinePlotData>();
  plot->title = QCoreApplication::translate("VectorNorms", "norm of %1 by layer").arg(name);
  plot->xName = QCoreApplication::translate("VectorNorms", "layer");
  plot->xLabel = [](double x) { return QStringLiteral("L%1").arg(qRound(x)); };
  plot->yLabel = [](double y) { return formatCompact(y); };
  LineSeries line{name, LineRole::ThisRun, {}, vector.norms()};
  for (std::size_t layer = 0; layer < line.y.size(); ++layer) line.x.push_back(static_cast<double>(layer));
  plot->series.push_back(std::move(line));
  return plot;
}

}  // namespace patchbay::ui
