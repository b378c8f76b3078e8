#include "ui/panels/lens_curve.h"

#include <QCoreApplication>

#include "ui/panels/cell_verbs.h"
#include "ui/panels/lens_picture.h"
#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("LensCurve", text); }

QString nameOf(const LensCurve& curve, const LensCurve& first) {
  const QString kind = curve.lens->ahead > 0             ? words("future +%1").arg(curve.lens->ahead)
                       : !curve.lens->steeredBy.empty()  ? words("steered")
                       : curve.lens->patches > 0         ? words("patched")
                       : !curve.lens->translator.empty() ? words("tuned")
                                                         : words("raw");
  const QString name = runName(curve.run) + QLatin1Char(' ') + kind;
  if (!curve.isPinned) return name;
  const QString token = trackedText(*curve.lens, curve.tracked);
  if (token == trackedText(*first.lens, first.tracked)) return words("%1, pinned").arg(name);
  return words("%1 %2, pinned").arg(runName(curve.run), token);
}

}  // namespace

std::shared_ptr<const LinePlotData> lensCurvePlot(const std::vector<LensCurve>& curves) {
  auto plot = std::make_shared<LinePlotData>();
  if (curves.empty()) return plot;
  const LensCurve& first = curves.front();
  plot->title =
      words("p(%1) by layer, at token %2").arg(asData(trackedText(*first.lens, first.tracked))).arg(first.token);
  plot->xName = words("layer");
  plot->yRange = {0.0, 1.0};
  plot->xLabel = [](double x) { return QStringLiteral("L%1").arg(qRound(x)); };
  plot->yLabel = [](double y) { return formatCompact(y); };
  for (const LensCurve& curve : curves) {
    LineSeries line{nameOf(curve, first), curve.isPinned ? LineRole::Pinned : LineRole::ThisRun, {}, {}};
    for (const float p : lensCourse(*curve.lens, LensMetric::TrackedP, curve.tracked, curve.token)) {
      line.x.push_back(static_cast<double>(line.x.size()));
      line.y.push_back(static_cast<double>(p));
    }
    plot->series.push_back(std::move(line));
  }
  return plot;
}

}  // namespace patchbay::ui
