#include "ui/panels/view_catalogue.h"

#include "ui/panels/ask_view.h"
#include "ui/panels/attention_view.h"
#include "ui/panels/attribution_view.h"
#include "ui/panels/compare_view.h"
#include "ui/panels/continuation_view.h"
#include "ui/panels/curve_view.h"
#include "ui/panels/explore_view.h"
#include "ui/panels/hop_view.h"
#include "ui/panels/lens_view.h"
#include "ui/panels/list_view.h"
#include "ui/panels/map_view.h"
#include "ui/panels/meta_view.h"
#include "ui/panels/model_view.h"
#include "ui/panels/neurons_view.h"
#include "ui/panels/patch_grid_view.h"
#include "ui/panels/patch_view.h"
#include "ui/panels/patchscope_view.h"
#include "ui/panels/probe_view.h"
#include "ui/panels/soft_prompt_view.h"
#include "ui/panels/steering_view.h"
#include "ui/panels/train_view.h"
#include "ui/panels/vector_view.h"
#include "ui/panels/view_factory.h"
#include "ui/panels/wish_view.h"

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
  factory.add(QLatin1String(PatchscopeListRequest::kKind), make<ListView>);
  factory.add(QLatin1String(AttentionRequest::kKind), make<AttentionView>);
  factory.add(QLatin1String(AttributionRequest::kKind), make<AttributionView>);
  factory.add(QLatin1String(NeuronsRequest::kKind), make<NeuronsView>);
  factory.add(QLatin1String(ExploreRequest::kKind), make<ExploreView>);
  factory.add(QLatin1String(MultiHopRequest::kKind), make<HopView>);
  factory.add(QLatin1String(ProbeRequest::kKind), make<ProbeView>);
  factory.add(QLatin1String(AskRequest::kKind), make<AskView>);
  factory.add(QLatin1String(TrainDecoderRequest::kKind), make<TrainView>);
  factory.add(QLatin1String(DecoderVectorRequest::kKind), make<WishView>);
  factory.add(QLatin1String(LearningCurveRequest::kKind), make<CurveView>);
  factory.add(QLatin1String(MetaModelRequest::kKind), make<MetaView>);
  factory.add(QLatin1String(FitMapRequest::kKind), make<MapView>);
  factory.add(QLatin1String(LearnPromptRequest::kKind), make<SoftPromptView>);
  factory.add(QLatin1String(SteerRequest::kKind), make<SteeringView>);
  factory.add(QLatin1String(GenerateRequest::kKind), make<ContinuationView>);
  factory.add(QLatin1String(MakeVectorRequest::kKind), make<VectorView>);
  factory.add(QLatin1String(CompareView::kKind), make<CompareView>);
  factory.add(QStringLiteral("model-facts"), make<ModelView>);
}

}  // namespace patchbay::ui
