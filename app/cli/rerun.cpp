#include "app/cli/rerun.h"

#include <cmath>
#include <type_traits>
#include <variant>

#include "app/cli/engine_call.h"
#include "core/data/any_request.h"

namespace patchbay::cli {
namespace {

/// Numbers that differ by more than this share of 1 + |x| differ.
constexpr double kTolerance = 1e-3;
/// Ranks and ids of near ties may change places: a run agrees when no more than this share of its values differ.
constexpr double kMostDiffering = 1e-3;

/// How far two results are apart.
struct Difference {
  std::int64_t values = 0, differing = 0;
  double largest = 0;  ///< of |a - b| / (1 + |a|)

  void number(double a, double b) {
    ++values;
    if (std::isnan(a) && std::isnan(b)) return;
    const double apart = std::abs(a - b) / (1 + std::abs(a));
    if (!(apart <= kTolerance)) ++differing;
    if (apart > largest) largest = apart;
  }
  void same(bool isSame) {
    ++values;
    if (!isSame) ++differing;
  }
  [[nodiscard]] bool agrees() const {
    return static_cast<double>(differing) <= kMostDiffering * static_cast<double>(values);
  }
};

void compare(const Json& a, const Json& b, Difference& difference) {
  if (a.is_number() && b.is_number()) return difference.number(a.get<double>(), b.get<double>());
  // Results of newer versions say more.
  if (a.type() != b.type() || (!a.is_object() && a.size() != b.size())) return difference.same(false);
  if (a.is_array()) {
    for (std::size_t i = 0; i < a.size(); ++i) compare(a[i], b[i], difference);
  } else if (a.is_object()) {
    for (const auto& [key, value] : a.items()) {
      if (key == "seconds") continue;
      b.contains(key) ? compare(value, b[key], difference) : difference.same(false);
    }
  } else {
    difference.same(a == b);
  }
}

void compare(const ResultDocument& a, const ResultDocument& b, Difference& difference) {
  compare(a.body, b.body, difference);
  for (const auto& [name, array] : a.arrays) {
    const auto other = b.arrays.find(name);
    if (other == b.arrays.end() || other->second.shape() != array.shape()) {
      difference.same(false);
      continue;
    }
    for (std::size_t i = 0; i < array.values().size(); ++i)
      difference.number(array.values()[i], other->second.values()[i]);
  }
}

/// Gives a request the vector that its JSON only names by `hash`.
Outcome<Done> fillVector(SessionStore& store, const RunRecord& run, const std::string& hash,
                         std::shared_ptr<const SteeringVector>& vector) {
  auto vectors = store.vectors();
  if (!vectors) return vectors.failure<Done>();
  for (StoredVector& stored : *vectors) {
    if (stored.hash != hash) continue;
    vector = std::make_shared<const SteeringVector>(std::move(stored.vector));
    return Done{};
  }
  return Error{.code = "STORE-07",
               .what = "the vector of this run was removed from the session",
               .file = store.path(),
               .field = "run " + std::to_string(run.id),
               .found = hash,
               .expected = "a vector of the session",
               .advice = {}};
}

/// Gives a request the fitted map or learned prompt that its JSON only names: the result of `Fit` with its hash.
template <typename Fit, typename Ref>
Outcome<Done> fillFitted(SessionStore& store, Ref& wanted) {
  using Fitted = typename Fit::Result;
  if (wanted.isEmpty()) return Done{};
  const auto runs = store.runs();
  if (!runs) return runs.template failure<Done>();
  for (const RunRecord& run : *runs) {
    // What was stopped may have left something to read with.
    if (run.kind != Fit::kKind || (run.status != RunStatus::Done && run.status != RunStatus::Cancelled)) continue;
    const auto document = store.result(run.id);
    if (!document) continue;
    auto fitted = Fitted::fromDocument(*document);
    if (!fitted) continue;  // a damaged one is told of by its own run
    if (fitted->hash != wanted.hash) continue;
    wanted = Ref::of(std::make_shared<const Fitted>(std::move(*fitted)));
    return Done{};
  }
  return Error{.code = "STORE-07",
               .what = "what this run was made with was removed from the session",
               .file = store.path(),
               .field = Fit::kKind,
               .found = wanted.name,
               .expected = "its run in the session",
               .advice = {}};
}

/// The second model of a request, which this command does not open.
const ModelRef* secondModel(const AnyRequest& request) {
  if (const auto* scope = std::get_if<PatchscopeRequest>(&request)) return &scope->targetModel;
  if (const auto* list = std::get_if<PatchscopeListRequest>(&request)) return &list->targetModel;
  if (const auto* fit = std::get_if<FitMapRequest>(&request)) return &fit->target;
  if (const auto* meta = std::get_if<MetaModelRequest>(&request)) return &meta->reader;
  if (const auto* asked = std::get_if<AskRequest>(&request)) return &asked->reader;
  return nullptr;
}

/// Runs the request of a stored run again on `model`, and compares.
Outcome<Difference> repeat(SessionStore& store, Engine& engine, const ModelRef& model, const RunRecord& run) {
  const auto stored = store.result(run.id);
  if (!stored) return stored.failure<Difference>();
  auto request = requestFromJson(run.kind, run.request);
  if (!request) return request.failure<Difference>();
  return std::visit(
      [&](auto& typed) -> Outcome<Difference> {
        typed.model = model;
        if constexpr (std::is_same_v<std::decay_t<decltype(typed)>, SteerRequest>) {
          if (const auto filled = fillVector(store, run, typed.vectorHash, typed.vector); !filled)
            return filled.template failure<Difference>();
        }
        if constexpr (requires { typed.steering; }) {
          Steering& steering = typed.steering;
          if (!steering.isEmpty())
            if (const auto filled = fillVector(store, run, steering.vectorHash, steering.vector); !filled)
              return filled.template failure<Difference>();
        }
        MapRef* map = nullptr;
        if constexpr (requires { typed.affine; }) map = &typed.affine;
        if constexpr (requires { typed.translator; }) map = &typed.translator;
        if (map)
          if (const auto filled = fillFitted<FitMapRequest>(store, *map); !filled)
            return filled.template failure<Difference>();
        if constexpr (requires { typed.aheadPrompt; })
          if (const auto filled = fillFitted<LearnPromptRequest>(store, typed.aheadPrompt); !filled)
            return filled.template failure<Difference>();
        const auto result = ask(engine, std::move(typed));
        if (!result) return result.template failure<Difference>();
        Difference difference;
        compare(*stored, result->toDocument(), difference);
        return difference;
      },
      *request);
}

}  // namespace

Exit rerunSession(SessionStore& store, const ModelOptions& options) {
  const auto runs = store.runs();
  if (!runs) return fail(runs);
  Engine engine;
  if (options.threads > 0) engine.setThreadCount(options.threads);
  const auto model =
      ask(engine, LoadModelRequest{.path = options.path(), .dtype = options.dtype, .device = options.device});
  if (!model) return fail(model);
  Json list = Json::array();
  int agreeing = 0, differing = 0, failed = 0, left = 0;
  for (const RunRecord& run : *runs) {
    if (run.status != RunStatus::Done) continue;
    if (run.model.fingerprint != model->ref.fingerprint) {
      ++left;
      list.push_back({{"run", run.id}, {"kind", run.kind}, {"left", "made with " + run.model.name}});
      continue;
    }
    const auto request = requestFromJson(run.kind, run.request);
    const ModelRef* second = request ? secondModel(*request) : nullptr;
    if (second && !second->fingerprint.empty() && second->fingerprint != model->ref.fingerprint) {
      ++left;
      list.push_back({{"run", run.id}, {"kind", run.kind}, {"left", "made with " + second->name + " too"}});
      continue;
    }
    // A wish for an adapter writes files, as the other trainings do.
    const auto* wish = request ? std::get_if<DecoderVectorRequest>(&*request) : nullptr;
    if (request && isTraining(*request) && !(wish && wish->rank == 0)) {
      ++left;
      list.push_back({{"run", run.id}, {"kind", run.kind}, {"left", "a training is not repeated"}});
      continue;
    }
    const auto difference = repeat(store, engine, model->ref, run);
    if (difference.isCancelled()) return Exit::Cancelled;
    if (!difference) {
      ++failed;
      fail(difference);
      list.push_back({{"run", run.id}, {"kind", run.kind}, {"failed", difference.error().message()}});
      continue;
    }
    difference->agrees() ? ++agreeing : ++differing;
    list.push_back({{"run", run.id},
                    {"kind", run.kind},
                    {"agrees", difference->agrees()},
                    {"values", difference->values},
                    {"differing", difference->differing},
                    {"largest_difference", difference->largest}});
  }
  print({{"model", model->ref.name},
         {"agreeing", agreeing},
         {"differing", differing},
         {"failed", failed},
         {"left", left},
         {"runs", list}});
  return differing == 0 && failed == 0 && agreeing > 0 ? Exit::Done : Exit::Failed;
}

}  // namespace patchbay::cli
