#include <QtTest>

#include <set>

#include "core/data/any_request.h"
#include "core/data/presets.h"
#include "core/data/run_record.h"

using namespace patchbay;

namespace {

const ModelRef kModel{"f00d", "SmolLM2", "models/a.gguf"};

/// The request after a way through text.
template <typename Request>
Request throughText(const Request& request) {
  return *fromJson<Request>(*parseJson(dumpJson(Json(request)), "request"), "request");
}

template <typename Request>
bool defaultsSurvive() {
  return throughText(Request()) == Request() && *fromJson<Request>(Json::object(), "x") == Request();
}

}  // namespace

class TestRequests : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void everyRequestSurvivesWithDefaults() {
    QVERIFY(defaultsSurvive<LoadModelRequest>());
    QVERIFY(defaultsSurvive<LensRequest>());
    QVERIFY(defaultsSurvive<PatchscopeRequest>());
    QVERIFY(defaultsSurvive<PatchRequest>());
    QVERIFY(defaultsSurvive<PatchGridRequest>());
    QVERIFY(defaultsSurvive<PatchscopeListRequest>());
    QVERIFY(defaultsSurvive<AttentionRequest>());
    QVERIFY(defaultsSurvive<AttributionRequest>());
    QVERIFY(defaultsSurvive<FitMapRequest>());
    QVERIFY(defaultsSurvive<LearnPromptRequest>());
    QVERIFY(defaultsSurvive<MakeVectorRequest>());
    QVERIFY(defaultsSurvive<SteerRequest>());
    QVERIFY(defaultsSurvive<GenerateRequest>());
  }

  void everyFieldSurvives() {
    Prompt chat;
    chat.isChat = true;
    chat.messages = {{"system", "Be brief."}, {"user", "Hi \xF0\x9F\x98\x80"}};
    chat.addGenerationPrompt = false;
    chat.parseSpecial = false;
    QCOMPARE(chat.headline(), std::string("Hi \xF0\x9F\x98\x80"));

    const LoadModelRequest load{"default", "bf16"};
    QVERIFY(throughText(load) == load);
    const LensRequest lens{kModel, chat, "head_out", 2, 7, {3, 5}, {"tuned", "ab12", nullptr}};
    QVERIFY(throughText(lens) == lens);
    const PatchscopeRequest scope{kModel,
                                  chat,
                                  -2,
                                  {1, 2},
                                  "token-identity",
                                  Prompt::plain("cat->cat; ?"),
                                  -1,
                                  {4},
                                  StateMap::Affine,
                                  3,
                                  5,
                                  {"f2", "other", "o.gguf"},
                                  {"map", "cd34", nullptr}};
    QVERIFY(throughText(scope) == scope);
    const PatchRequest patch{kModel, chat, 1, 2, Prompt::plain("b"), 3, 4, "mlp_out", 6, 8};
    QVERIFY(throughText(patch) == patch);
    const PatchscopeListRequest list{
        kModel,         {"l", "List", "x is", "{subject} is", {{"the cat", "cat", {"feline", "pet"}}}},
        {1, 2},         3,
        StateMap::Zero, 4,
        false,          9};
    QVERIFY(throughText(list) == list);
    const AttentionRequest attention{kModel, chat, {4}, 8};
    QVERIFY(throughText(attention) == attention);
    const AttributionRequest attribution{kModel, chat, -2, " a", " b", false};
    QVERIFY(throughText(attribution) == attribution);
    const FitMapRequest fit{kModel, {"f2", "other", ""}, "map", MapPairs::AllPairs, {1}, {2}, MapMethod::Kl, {"t"},
                            7,      "m.safetensors"};
    QVERIFY(throughText(fit) == fit);
    const ExploreRequest explore{kModel, chat, {"a"}, {"b"}, "mlp_out", true, true, 5};
    QVERIFY(throughText(explore) == explore);
    const LearnPromptRequest learn{kModel, "soft", "tell me x", 2, 30, 4, 0.05, {1, 3}, {"t"}, 9};
    QVERIFY(throughText(learn) == learn);
    const MakeVectorRequest make{kModel, "happy", {"a", "b"}, {"c"}, ReadPosition::MeanWithoutFirst};
    QVERIFY(throughText(make) == make);
    const Sampling sampling{64, 0.7F, 40, 0.9F, 0xFFFFFFFFFFFFFFFFULL, true, false};
    const SteerRequest steer{kModel,  chat, "happy", "abc", nullptr, {{3, 4}, -2.5F, SteerTokens::LastOnly, true},
                             sampling};
    QVERIFY(throughText(steer) == steer);
    const GenerateRequest generate{kModel, chat, sampling};
    QVERIFY(throughText(generate) == generate);
  }

  void theNumbersOfAVectorStayOutOfTheRequest() {
    SteerRequest with;
    with.vector = std::make_shared<const SteeringVector>();
    QVERIFY(with == SteerRequest());
    QVERIFY(!Json(with).contains("vector"));
  }

  void wrongTypesAreErrors() {
    QCOMPARE(fromJson<LensRequest>(Json{{"topK", "many"}}, "x").error().code, std::string("JSON-04"));
    QCOMPARE(fromJson<PatchRequest>(Json::array({1}), "x").error().code, std::string("JSON-04"));
    QCOMPARE(fromJson<PatchscopeRequest>(Json{{"source", 3}}, "x").error().code, std::string("JSON-04"));
  }

  void kindsAreDistinct() {
    const std::set<std::string> kinds = {
        LoadModelRequest::kKind,      LensRequest::kKind,      PatchscopeRequest::kKind,  PatchRequest::kKind,
        MakeVectorRequest::kKind,     SteerRequest::kKind,     GenerateRequest::kKind,    PatchGridRequest::kKind,
        PatchscopeListRequest::kKind, AttentionRequest::kKind, AttributionRequest::kKind, FitMapRequest::kKind,
        LearnPromptRequest::kKind};
    QCOMPARE(kinds.size(), std::size_t{13});
  }

  void everyStatusHasAWord() {
    for (const RunStatus status : {RunStatus::Queued, RunStatus::Running, RunStatus::Done, RunStatus::Failed,
                                   RunStatus::Cancelled, RunStatus::Interrupted, RunStatus::Recorded})
      QVERIFY(Json(status).get<RunStatus>() == status);
  }

  void aModelCardSurvives() {
    ModelCard card;
    card.ref = kModel;
    card.layers = 30;
    card.tensors = {{"token_embd.weight", {49152, 576}, "Q4_1", 1234}};
    card.warnings = {"one"};
    QVERIFY(throughText(card) == card);
  }

  void presetsAreFoundById() {
    std::set<std::string_view> ids;
    for (const PatchscopePreset& preset : patchscopePresets()) {
      ids.insert(preset.id);
      QVERIFY(&presetById(preset.id) == &preset);
      QVERIFY(!preset.title.empty() && preset.target.empty() == preset.isDrawn);
    }
    QCOMPARE(ids.size(), patchscopePresets().size());
    QVERIFY(&presetById("no such preset") == &patchscopePresets().front());
  }
};

QTEST_APPLESS_MAIN(TestRequests)
#include "tst_requests.moc"
