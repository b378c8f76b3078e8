#pragma once

/// The prompts of the benchmark, the same that tests/bench/bench.json gives to the peer. Token counts are for the
/// default model.
namespace patchbay::cli::bench {

inline constexpr const char* kScopeSource =
    "The Eiffel Tower is located in the city of Paris, which is the capital of the country called France and its";
inline constexpr const char* kScopeTarget = "cat -> cat; 1135 -> 1135; hello -> hello; ?";
/// 16 tokens.
inline constexpr const char* kGenerate =
    "The old lighthouse keeper climbed the stairs every evening, and when he finally reached the";
/// 32 tokens.
inline constexpr const char* kLens =
    "Rivers carve valleys over thousands of years. Water runs downhill, picks up sand and gravel, and grinds the ro"
    "ck beneath it. Where the slope is steep";
/// 15 tokens each, one apart.
inline constexpr const char* kClean = "The young doctor from Japan said that she now usually speaks to her patients in";
inline constexpr const char* kCorrupt =
    "The young doctor from France said that she now usually speaks to her patients in";
inline constexpr const char* kAnswer = " Japanese";
inline constexpr const char* kWrong = " French";
/// 60 tokens.
inline constexpr const char* kHeads =
    "Rivers carve valleys over thousands of years. Water runs downhill, picks up sand and gravel, and grinds the ro"
    "ck beneath it. Where the slope is steep the channel is narrow and fast; where the land flattens the river slow"
    "s, spreads and drops what it carries. People have always settled";
/// Repeated until a prompt is long enough.
inline constexpr const char* kParagraph =
    "Rivers carve valleys over thousands of years. Water runs downhill, picks up sand and gravel, and grinds the ro"
    "ck beneath it. Where the slope is steep the channel is narrow and fast; where the land flattens the river slow"
    "s, spreads and drops what it carries. People have always settled beside rivers, because they give water to dri"
    "nk, soil to farm, fish to eat and a road to travel. Bridges, mills and harbours followed, and in time whole ci"
    "ties grew around a single crossing. ";

}  // namespace patchbay::cli::bench
