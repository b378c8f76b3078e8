#include "core/data/site.h"

#include <array>
#include <charconv>

namespace patchbay {
namespace {

constexpr std::array<SiteFact, 15> kSites = {{
    {Site::Embed, "embed", "[T, D]", "token embedding, input of block 0", false, false, true},
    {Site::ResidPre, "resid_pre", "[T, D]", "residual stream before the block", true, false, true},
    {Site::AttnOut, "attn_out", "[T, D]", "what attention adds", true, false, true},
    {Site::ResidMid, "resid_mid", "[T, D]", "residual stream between attention and MLP", true, false, true},
    {Site::MlpOut, "mlp_out", "[T, D]", "what the MLP adds", true, false, true},
    {Site::ResidPost, "resid_post", "[T, D]", "residual stream after the block", true, false, true},
    {Site::Q, "q", "[H, T, K]", "queries after the rotary step, per query head", true, true, false},
    {Site::K, "k", "[Hkv, T, K]", "keys after the rotary step, per key-value head", true, true, false},
    {Site::V, "v", "[Hkv, T, K]", "values, per key-value head", true, true, false},
    {Site::AttnPattern, "attn_pattern", "[H, T, T]", "attention weights, query by key", true, true, false},
    {Site::Z, "z", "[H, T, K]", "mixed values of a head, before the output projection", true, true, false},
    {Site::HeadOut, "head_out", "[H, T, D]", "what one head adds, after the output projection", true, true, true},
    {Site::MlpAct, "mlp_act", "[T, F]", "MLP neurons after the gate", true, false, false},
    {Site::FinalNorm, "final_norm", "[T, D]", "residual stream after the final norm", false, false, false},
    {Site::Logits, "logits", "[T, V]", "unnormalised log-probabilities of the next token", false, false, false},
}};

Error placeError(std::string_view text, std::string_view part) {
  return {.code = "PLACE-01",
          .what = "this is not a place in a model",
          .file = {},
          .field = std::string(text),
          .found = "'" + std::string(part) + "'",
          .expected = "a form such as t4.L12.resid_post",
          .advice = "Use tN for tokens, LN for layers, HN for heads, then the site."};
}

std::optional<int> parseInt(std::string_view text) {
  int value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<IndexRange> parseRange(std::string_view text) {
  const std::size_t dash = text.find('-', 1);
  if (dash == std::string_view::npos) {
    const auto single = parseInt(text);
    if (!single) return std::nullopt;
    return IndexRange{*single, *single};
  }
  const auto first = parseInt(text.substr(0, dash));
  const auto last = parseInt(text.substr(dash + 1));
  if (!first || !last) return std::nullopt;
  return IndexRange{*first, *last};
}

std::string formatRange(IndexRange range) {
  std::string text = std::to_string(range.first);
  if (range.last != range.first) text += "-" + std::to_string(range.last);
  return text;
}

/// Takes one dotted part into `place`; false when it is none of tN, LN, HN, site.
bool takePart(std::string_view part, Place& place) {
  if (const auto site = siteByName(part)) {
    place.site = *site;
    return true;
  }
  if (part.size() < 2) return false;
  const auto range = parseRange(part.substr(1));
  if (!range) return false;
  if (part[0] == 't')
    place.tokens = range;
  else if (part[0] == 'L')
    place.layers = range;
  else if (part[0] == 'H' && range->first == range->last)
    place.head = range->first;
  else
    return false;
  return true;
}

}  // namespace

std::span<const SiteFact> allSites() { return kSites; }

const SiteFact& factOf(Site site) { return kSites[static_cast<std::size_t>(site)]; }

std::optional<Site> siteByName(std::string_view name) {
  if (name.starts_with("hook_")) name.remove_prefix(5);
  for (const SiteFact& fact : kSites)
    if (fact.name == name) return fact.site;
  return std::nullopt;
}

Outcome<Place> parsePlace(std::string_view text) {
  Place place;
  std::string_view rest = text;
  bool isLensName = false;
  bool hasSite = false;
  while (!rest.empty()) {
    const std::size_t dot = rest.find('.');
    const std::string_view part = rest.substr(0, dot);
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    hasSite = siteByName(part).has_value();
    if (part == "blocks") {
      isLensName = true;
    } else if (isLensName && !place.layers && parseInt(part)) {
      place.layers = IndexRange{*parseInt(part), *parseInt(part)};
    } else if (!takePart(part, place)) {
      return placeError(text, part);
    }
  }
  if (!hasSite) return placeError(text, "no site at the end");
  const SiteFact& fact = factOf(place.site);
  if (place.layers && !fact.perLayer) return placeError(text, "a layer at a site without layers");
  if (place.head && !fact.perHead) return placeError(text, "a head at a site without heads");
  return place;
}

std::string formatPlace(const Place& place) {
  std::string text;
  if (place.tokens) text += "t" + formatRange(*place.tokens) + ".";
  if (place.layers) text += "L" + formatRange(*place.layers) + ".";
  if (place.head) text += "H" + std::to_string(*place.head) + ".";
  return text + std::string(factOf(place.site).name);
}

std::string formatCell(int token, int layer, Site site) {
  return formatPlace(
      {.tokens = IndexRange{token, token}, .layers = IndexRange{layer, layer}, .head = {}, .site = site});
}

}  // namespace patchbay
