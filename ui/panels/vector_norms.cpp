#include "ui/panels/vector_norms.h"

#include <cmath>

#include <QCoreApplication>

#include "ui/widgets/format.h"

namespace patchbay::ui {

std::vector<double> vectorNorms(const SteeringVector& vector) {
  std::vector<double> norms;
  for (int layer = 0; layer < vector.layers(); ++layer) {
    double sum = 0;
    for (const float value : vector.rows.row(layer)) sum += static_cast<double>(value) * static_cast<double>(value);
    norms.push_back(std::sqrt(sum));
  }
  return norms;
}

std::shared_ptr<const LinePlotData> vectorNormPlot(const SteeringVector& vector, const QString& name) {
  auto plot = std::make_shared<LinePlotData>();
  plot->title = QCoreApplication::translate("VectorNorms", "norm of %1 by layer").arg(name);
  plot->xName = QCoreApplication::translate("VectorNorms", "layer");
  plot->xLabel = [](double x) { return QStringLiteral("L%1").arg(qRound(x)); };
  plot->yLabel = [](double y) { return formatCompact(y); };
  LineSeries line{name, LineRole::ThisRun, {}, vectorNorms(vector)};
  for (std::size_t layer = 0; layer < line.y.size(); ++layer) line.x.push_back(static_cast<double>(layer));
  plot->series.push_back(std::move(line));
  return plot;
}

}  // namespace patchbay::ui
