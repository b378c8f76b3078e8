#include "core/data/presets.h"

#include <algorithm>
#include <array>

namespace patchbay {
namespace {

constexpr std::array<PatchscopePreset, 8> kPresets = {{
    {"token-identity", "Token identity", "cat -> cat\n1135 -> 1135\nhello -> hello\n?", 10,
     "A neutral place in which the next-token information of the state finishes computing; early layers answer \" ->\"."},
    {"token-identity-random", "Token identity, random words", "", 10,
     "The same over words drawn from the vocabulary: what holds for several draws is not owed to the words of one prompt. "
     "Choosing it again draws again.",
     true},
    {"entity-description", "Entity description",
     "Syria: Country in the Middle East, Leonardo DiCaprio: American actor, Samsung: South Korean multinational major "
     "appliance and consumer electronics corporation, x",
     50, "Asks for a description of the entity whose last token was read; best from the first ten layers."},
    {"attribute-largest-city", "Attribute: largest city", "The largest city in x", 20,
     "Zero-shot feature extraction: the relation text asks, the state stands in for x."},
    {"attribute-currency", "Attribute: currency", "The official currency of x", 20,
     "Zero-shot feature extraction: the relation text asks, the state stands in for x."},
    {"attribute-ceo", "Attribute: chief executive", "The name of the CEO of x", 20,
     "Zero-shot feature extraction: the relation text asks, the state stands in for x."},
    {"multi-hop", "Second hop: chief executive", "The current CEO of ", 20,
     "The source names the first hop (\"the company that created Visual Basic\"), the target asks for the second. The best of "
     "many layer pairs always flatters: compare with the unpatched answer."},
    {"single-token", "Bare question mark", "?", 10,
     "An ablation: no context at all. The patch lands on position 0, an attention sink, so expect less than token identity."},
}};

}  // namespace

std::span<const PatchscopePreset> patchscopePresets() { return kPresets; }

const PatchscopePreset& presetById(std::string_view id) {
  const auto found = std::ranges::find(kPresets, id, &PatchscopePreset::id);
  return found != kPresets.end() ? *found : kPresets.front();
}

}  // namespace patchbay
