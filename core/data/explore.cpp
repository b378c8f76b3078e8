#include "core/data/explore.h"

#include <algorithm>

#include "core/data/named_arrays.h"

namespace patchbay {
namespace {

constexpr NamedArray<ExploreResult> kArrays[] = {{"norms", &ExploreResult::norms},
                                                 {"points", &ExploreResult::points},
                                                 {"explained", &ExploreResult::explained},
                                                 {"cosines", &ExploreResult::cosines},
                                                 {"channels", &ExploreResult::channels},
                                                 {"channel_share", &ExploreResult::channelShare},
                                                 {"channel_mean", &ExploreResult::channelMean}};

/// The first field that does not fit the others, "" when all fit.
std::string misfit(const ExploreResult& result) {
  const std::int64_t layers = result.norms.extent(0), places = std::ssize(result.places),
                     compared = std::ssize(result.compared), channels = result.channels.extent(1);
  const auto is = [](const HostArray& array, std::vector<std::int64_t> shape) { return array.shape() == shape; };
  if (places < 1) return "places";
  if (layers < 1 || !is(result.norms, {layers, places})) return "norms";
  if (!is(result.points, {layers, places, 3})) return "points";
  if (!is(result.explained, {layers, 3})) return "explained";
  if (!is(result.cosines, {layers, compared, compared})) return "cosines";
  if (channels < 1 || !is(result.channels, {layers, channels})) return "channels";
  if (!is(result.channelShare, {layers, channels})) return "channel_share";
  if (!is(result.channelMean, {layers, channels})) return "channel_mean";
  const auto isPlace = [&](const ExploredPlace& place) {
    return place.text >= 0 && place.text < std::ssize(result.texts) && place.token >= 0 &&
           place.token < std::ssize(result.texts[static_cast<std::size_t>(place.text)].tokens);
  };
  if (!std::ranges::all_of(result.places, isPlace)) return "places";
  if (result.grown < 0 || (result.grown > 0 && result.grown > std::ssize(result.texts.front().tokens))) return "grown";
  if (!std::ranges::all_of(result.compared, [&](int place) { return place >= 0 && place < places; })) return "compared";
  return {};
}

}  // namespace

const TokenFact& ExploreResult::tokenOf(int place) const {
  const ExploredPlace& at = places[static_cast<std::size_t>(place)];
  return texts[static_cast<std::size_t>(at.text)].tokens[static_cast<std::size_t>(at.token)];
}

bool ExploreResult::isOther(int place) const {
  return texts[static_cast<std::size_t>(places[static_cast<std::size_t>(place)].text)].isOther;
}

ResultDocument ExploreResult::toDocument() const {
  return {.body = {{"texts", texts},
                   {"places", places},
                   {"compared", compared},
                   {"site", site},
                   {"width", width},
                   {"left_out", leftOut},
                   {"grown", grown},
                   {"seconds", seconds}},
          .arrays = arraysOf(*this, kArrays)};
}

Outcome<ExploreResult> ExploreResult::fromDocument(const ResultDocument& document) {
  return resultFrom<ExploreResult>(document, kArrays, &misfit, [](const Json& body, ExploreResult& result) {
    body.at("texts").get_to(result.texts);
    body.at("places").get_to(result.places);
    body.at("compared").get_to(result.compared);
    body.at("site").get_to(result.site);
    body.at("width").get_to(result.width);
    body.at("left_out").get_to(result.leftOut);
    result.grown = body.value("grown", 0);
    body.at("seconds").get_to(result.seconds);
  });
}

}  // namespace patchbay
