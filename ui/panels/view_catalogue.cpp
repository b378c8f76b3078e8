#include "ui/panels/view_catalogue.h"

#include "ui/panels/continuation_view.h"
#include "ui/panels/lens_view.h"
#include "ui/panels/model_view.h"
#include "ui/panels/patch_grid_view.h"
#include "ui/panels/patch_view.h"
#include "ui/panels/patchscope_view.h"
#include "ui/panels/steering_view.h"
#include "ui/panels/vector_view.h"
#include "ui/panels/view_factory.h"

namespace patchbay::ui {
namespace {

template <typename View>
RunView* make(const Workbench& bench, QWidget* parent) {
  return new View(bench, parent);
}

}  // namespace

void addViews(ViewFactory& factory) {
  factory.add(QLatin1String(LensRequest::kKind), make<LensView>);
  factory.add(QLatin1String(PatchscopeRequest::kKind), make<PatchscopeView>);
  factory.add(QLatin1String(PatchRequest::kKind), make<PatchView>);
  factory.add(QLatin1String(PatchGridRequest::kKind), make<PatchGridView>);
  factory.add(QLatin1String(SteerRequest::kKind), make<SteeringView>);
  factory.add(QLatin1String(GenerateRequest::kKind), make<ContinuationView>);
  factory.add(QLatin1String(MakeVectorRequest::kKind), make<VectorView>);
  factory.add(QStringLiteral("model-facts"), make<ModelView>);
}

}  // namespace patchbay::ui
