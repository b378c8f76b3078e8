#include "core/decoder/example_maker.h"

#include <algorithm>
#include <array>
#include <random>

#include "core/decoder/token_range.h"

namespace patchbay {
namespace {

constexpr std::size_t kChoices = 8;
constexpr int kShortestPassage = 5;  // tokens
constexpr int kItemQuestions = 3;    // of a person's own about one prompt, side by side

/// How many of a hundred groups are chats, and how many repetitions. A chat gives three or four examples, two of them
/// evidence; another text gives two.
constexpr std::uint64_t kGroups = 100, kChatGroups = 56, kRepeatGroups = 16;

std::uint64_t mixed(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  // SplitMix64 over the three numbers.
  std::uint64_t x = seed;
  for (const std::uint64_t next : {stream, index}) {
    x += 0x9e3779b97f4a7c15ULL * (next + 1);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    x ^= x >> 31;
  }
  return x;
}

const std::vector<std::string>& textsOf(const HeldApart& texts, ExampleSplit split) {
  return split == ExampleSplit::Train || texts.heldOut.empty() ? texts.seen : texts.heldOut;
}

const std::vector<QuestionValue>& valuesOf(const QuestionFamily& family, ExampleSplit split) {
  return split == ExampleSplit::UnseenValue ? family.heldOutValues : family.values;
}

/// The first token of a text is an attention sink and is never read: what stands there could not be asked for.
std::vector<std::string> readableWordings(const QuestionFamily& family, ExampleSplit split) {
  std::vector<std::string> readable = textsOf(family.wordings, split);
  if (family.isPlain)
    std::erase_if(readable, [](const std::string& wording) { return wording.starts_with("{value}"); });
  return readable.empty() ? textsOf(family.wordings, split) : readable;
}

ExampleWindow windowOf(const QuestionItem& item) {
  return item.fromMessage > 0 ? ExampleWindow::After : ExampleWindow::Evidence;
}

std::string trimmed(std::string text) {
  const std::size_t first = text.find_first_not_of(" \n\t"), last = text.find_last_not_of(" \n\t");
  return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
}

/// Where a message of a chat begins in the rendered text, npos where the template changed it. Templates trim what they
/// write: messages are found by their words, one behind the other.
std::size_t placeOfMessage(const Prompt& prompt, std::size_t index, const std::string& rendered) {
  std::size_t place = 0;
  for (std::size_t i = 0; i <= index && place != std::string::npos; ++i) {
    const std::string words = trimmed(prompt.messages[i].content);
    place = rendered.find(words, place);
    if (place != std::string::npos && i < index) place += words.size();
  }
  return place;
}

/// The bytes of the rendered text that are handed over; begin npos where they are not found.
std::pair<std::size_t, std::size_t> bytesOf(const QuestionItem& item, const std::string& rendered) {
  std::size_t begin = 0;
  if (item.prompt.isChat) {
    const auto& messages = item.prompt.messages;
    auto message = static_cast<std::size_t>(item.fromMessage);
    if (!item.about.empty()) {
      // Not in a header, nor in a message that the template puts in front.
      const auto holds = [&](const ChatMessage& each) { return each.content.find(item.about) != std::string::npos; };
      message = static_cast<std::size_t>(std::ranges::find_if(messages, holds) - messages.begin());
    }
    begin = message < messages.size() ? placeOfMessage(item.prompt, message, rendered) : std::string::npos;
  }
  if (item.about.empty() || begin == std::string::npos) return {begin, rendered.size()};
  begin = rendered.find(item.about, begin);
  return {begin, begin == std::string::npos ? begin : begin + item.about.size()};
}

}  // namespace

/// Draws that are the same on every machine, which the standard's distributions do not promise.
class ExampleMaker::Random {
public:
  explicit Random(std::uint64_t seed) : m_engine(seed) {}
  /// From `low` to `high`, inclusive.
  int between(int low, int high) {
    return high <= low ? low : low + static_cast<int>(m_engine() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool coin() { return (m_engine() >> 20 & 1) != 0; }
  std::size_t index(std::size_t count) {
    return static_cast<std::size_t>(m_engine() % std::max<std::size_t>(count, 1));
  }
  template <typename T>
  const T& of(const std::vector<T>& list) {
    return list[index(list.size())];
  }

private:
  std::mt19937_64 m_engine;
};

/// A prompt that says a value, and the tokens that do.
struct ExampleMaker::Scene {
  const QuestionFamily* family = nullptr;
  const QuestionValue* value = nullptr;
  ExampleSplit split = ExampleSplit::Train;
  Prompt prompt;
  std::vector<std::int32_t> ids;
  IndexRange evidence;    // that hold the value, or the whole text where every word may show it
  bool isSpread = false;  // the latter
};

ExampleMaker::ExampleMaker(const QuestionData& data, ModelText text, std::uint64_t seed)
    : m_data(data), m_text(std::move(text)), m_seed(seed) {
  for (const QuestionItem& item : data.items) (item.isHeldOut ? m_heldOutItems : m_seenItems).push_back(&item);
}

ExampleMaker::Random ExampleMaker::randomOf(std::uint64_t stream, std::uint64_t index) const {
  return Random(mixed(m_seed, stream, index));
}

Outcome<ExampleMaker::Scene> ExampleMaker::scene(const QuestionFamily& family, ExampleSplit split,
                                                 Random& random) const {
  Scene scene;
  scene.family = &family;
  scene.value = &random.of(valuesOf(family, split));
  scene.split = split;
  std::string text, wording;
  scene.isSpread = family.wordings.seen.empty();
  if (scene.isSpread) {
    const HeldApart& texts = scene.value->texts;
    text = random.of(split == ExampleSplit::Train || texts.heldOut.empty() ? texts.seen : texts.heldOut);
  } else {
    wording = random.of(readableWordings(family, split));
    text = withValue(wording, scene.value->text);
  }
  if (family.isPlain)
    scene.prompt = Prompt::plain(text);
  else
    scene.prompt = {.isChat = true,
                    .text = {},
                    .messages = {{"system", text}, {"user", random.of(textsOf(m_data.stimuli, split))}}};
  const auto rendered = m_text.render(scene.prompt);
  if (!rendered) return rendered.failure<Scene>();
  auto ids = m_text.encode(scene.prompt);
  if (!ids) return ids.failure<Scene>();
  scene.ids = std::move(*ids);
  const std::size_t begin = rendered->find(text);
  if (begin == std::string::npos) {
    return Error{.code = "DATA-02",
                 .what = "the model's chat template leaves out or changes the system message",
                 .file = {},
                 .field = "system message",
                 .found = "another text",
                 .expected = text,
                 .advice = "This model cannot be taught with system messages; choose another one."};
  }
  const std::size_t place = scene.isSpread ? 0 : wording.find("{value}");
  const std::size_t size = scene.isSpread ? text.size() : scene.value->text.size();
  scene.evidence = tokensOfBytes(*m_text.tokenizer, scene.ids, *rendered, begin + place, begin + place + size);
  return scene;
}

DecoderExample ExampleMaker::ask(const Scene& scene, ExampleWindow window, const std::string& kind,
                                 Random& random) const {
  const bool isTraining = scene.split == ExampleSplit::Train;
  DecoderExample example{.family = scene.family->id,
                         .kind = kind,
                         .window = window,
                         .split = scene.split,
                         .prompt = scene.prompt,
                         .firstToken = 1,
                         .lastToken = 1,
                         .question = {},
                         .answer = scene.value->text,
                         .choices = {}};
  const int tokens = static_cast<int>(scene.ids.size()), last = tokens - 1;
  if (window == ExampleWindow::Evidence) {
    const int spread = scene.evidence.last - scene.evidence.first + 1;
    const int least = scene.isSpread ? std::min(4, spread) : std::min(spread, kWindowTokens);
    const int count = isTraining ? random.between(least, kWindowTokens) : kWindowTokens;
    // The window holds the evidence, or lies inside it where the evidence is everywhere.
    const int low = scene.isSpread ? scene.evidence.first : scene.evidence.first - (count - least);
    const int high = scene.isSpread ? scene.evidence.last - count + 1 : scene.evidence.first;
    example.firstToken = std::clamp(random.between(low, high), 1, last);
    example.lastToken = std::min(example.firstToken + count - 1, last);
  } else if (window == ExampleWindow::After) {
    const int count = isTraining ? random.between(kWindowTokens / 2, kWindowTokens) : kWindowTokens;
    example.firstToken = std::min(scene.evidence.last + 1, last);
    example.lastToken = std::min(scene.evidence.last + count, last);
  } else {
    example.firstToken = std::max(tokens - kWindowTokens, 1);
    example.lastToken = last;
  }
  const std::vector<QuestionValue>& pool = valuesOf(*scene.family, scene.split);
  const auto answerOf = [&](const QuestionValue& value) {
    const auto fact = value.facts.find(kind);
    return fact == value.facts.end() ? value.text : fact->second;
  };
  const std::string& question = random.of(textsOf(scene.family->questions.at(kind), scene.split));
  if (kind == "yes_no") {
    const bool isYes = random.coin();
    const QuestionValue* asked = scene.value;
    while (!isYes && asked->text == scene.value->text) asked = &random.of(pool);
    example.question = withValue(question, asked->text);
    example.answer = isYes ? "Yes" : "No";
    example.choices = {"Yes", "No"};
    return example;
  }
  example.question = question;
  example.answer = answerOf(*scene.value);
  if (isTraining) return example;
  std::vector<std::string> others;
  for (const QuestionValue& value : pool)
    if (const std::string other = answerOf(value); other != example.answer) others.push_back(other);
  example.choices = {example.answer};
  while (example.choices.size() < kChoices && !others.empty()) {
    const std::size_t index = random.index(others.size());
    example.choices.push_back(others[index]);
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(index));
  }
  std::swap(example.choices.front(), example.choices[random.index(example.choices.size())]);
  return example;
}

Outcome<DecoderExample> ExampleMaker::aboutPassage(const std::string& passage, const std::string& kind,
                                                   ExampleSplit split, Random& random) const {
  DecoderExample example{.family = "passage",
                         .kind = kind,
                         .window = ExampleWindow::Evidence,
                         .split = split,
                         .prompt = Prompt::plain(passage),
                         .firstToken = 1,
                         .lastToken = 1,
                         .question = random.of(textsOf(m_data.questions.at(kind), split)),
                         .answer = {},
                         .choices = {}};
  const auto ids = m_text.encode(example.prompt);
  if (!ids) return ids.failure<DecoderExample>();
  const auto& tokenizer = *m_text.tokenizer;
  const int last = static_cast<int>(ids->size()) - 1;
  if (kind == "repeat") {
    const int count = random.between(1, std::min(kWindowTokens, last));
    example.firstToken = random.between(1, last - count + 1);
    example.lastToken = example.firstToken + count - 1;
    example.answer = trimmed(tokenizer.decode(
        std::span(*ids).subspan(static_cast<std::size_t>(example.firstToken), static_cast<std::size_t>(count))));
    if (example.answer.empty()) example.answer = ".";
    return example;
  }
  // The next word: the window ends where a word begins behind it.
  std::vector<int> ends;
  for (int token = kShortestPassage; token < last; ++token)
    if (tokenizer.bytesOf((*ids)[static_cast<std::size_t>(token + 1)]).starts_with(' ')) ends.push_back(token);
  example.lastToken = ends.empty() ? last : random.of(ends);
  example.firstToken = std::max(1, example.lastToken - kWindowTokens + 1);
  const std::string rest =
      trimmed(tokenizer.decode(std::span(*ids).subspan(static_cast<std::size_t>(example.lastToken + 1))));
  example.answer = rest.substr(0, rest.find_first_of(" ,.;:!?\""));
  if (example.answer.empty()) example.answer = ".";
  return example;
}

Outcome<DecoderExample> ExampleMaker::ofItem(const QuestionItem& item, const QuestionAnswer& asked) const {
  DecoderExample example{.family = item.family,
                         .kind = kOwnKind,
                         .window = windowOf(item),
                         .split = item.isHeldOut ? ExampleSplit::Unseen : ExampleSplit::Train,
                         .prompt = item.prompt,
                         .question = asked.question,
                         .answer = asked.answer,
                         .choices = asked.choices};
  const auto rendered = m_text.render(item.prompt);
  if (!rendered) return rendered.failure<DecoderExample>();
  const auto ids = m_text.encode(item.prompt);
  if (!ids) return ids.failure<DecoderExample>();
  const auto [begin, end] = bytesOf(item, *rendered);
  if (begin == std::string::npos) {
    return Error{.code = "DATA-02",
                 .what = "the model's chat template leaves out or changes what a question is about",
                 .file = {},
                 .field = item.label.substr(0, 60),
                 .found = rendered->substr(0, 120),
                 .expected = item.about.empty() ? "the messages as they are" : item.about.substr(0, 120),
                 .advice = "Take the question out, or choose another model."};
  }
  const IndexRange tokens = tokensOfBytes(*m_text.tokenizer, *ids, *rendered, begin, end);
  const int last = static_cast<int>(ids->size()) - 1;
  example.lastToken = std::clamp(tokens.last, std::min(1, last), last);
  example.firstToken =
      std::clamp(std::max(tokens.first, example.lastToken - kMostItemTokens + 1), std::min(1, last), example.lastToken);
  return example;
}

Outcome<std::vector<DecoderExample>> ExampleMaker::itemGroup(Random& random) const {
  const QuestionItem& item = *random.of(m_seenItems);
  std::vector<DecoderExample> examples;
  const int asked = std::min<int>(kItemQuestions, static_cast<int>(item.questions.size()));
  // Neighbours of a random first question: none comes twice.
  const std::size_t first = random.index(item.questions.size());
  for (int i = 0; i < asked; ++i) {
    auto made = ofItem(item, item.questions[(first + static_cast<std::size_t>(i)) % item.questions.size()]);
    if (!made) return made.failure<std::vector<DecoderExample>>();
    examples.push_back(std::move(*made));
  }
  return examples;
}

Outcome<std::vector<DecoderExample>> ExampleMaker::group(std::uint64_t index) const {
  Random random = randomOf(0, index);
  if (!m_seenItems.empty() && (m_data.families.empty() || random.coin())) return itemGroup(random);
  const auto sort = static_cast<std::uint64_t>(random.between(0, static_cast<int>(kGroups) - 1));
  std::vector<DecoderExample> examples;
  if (sort >= kChatGroups && (sort < kChatGroups + kRepeatGroups || random.index(5) == 0)) {
    const std::string kind = sort < kChatGroups + kRepeatGroups ? "repeat" : "next_word";
    const std::string& passage = random.of(m_data.passages.seen);
    for (int i = 0; i < 2; ++i) {
      auto made = aboutPassage(passage, kind, ExampleSplit::Train, random);
      if (!made) return made.failure<std::vector<DecoderExample>>();
      examples.push_back(std::move(*made));
    }
    return examples;
  }
  const bool isChat = sort < kChatGroups && m_text.chatTemplate != nullptr;
  std::vector<const QuestionFamily*> families;
  const auto take = [&](bool arePlain) {
    for (const QuestionFamily& family : m_data.families)
      if (family.isPlain == arePlain) families.push_back(&family);
  };
  take(!isChat);
  if (families.empty()) take(isChat);  // data of one sort alone
  const auto found = scene(*random.of(families), ExampleSplit::Train, random);
  if (!found) return found.failure<std::vector<DecoderExample>>();
  std::vector<std::string> facts;
  for (const auto& [kind, wordings] : found->family->questions)
    if (kind != "yes_no") facts.push_back(kind);
  const auto add = [&](ExampleWindow window, const std::string& kind) {
    examples.push_back(ask(*found, window, kind, random));
  };
  add(ExampleWindow::Evidence, random.of(facts));
  add(ExampleWindow::Evidence, "yes_no");
  if (found->family->isPlain) return examples;
  add(ExampleWindow::After, random.of(facts));
  if (random.coin()) add(ExampleWindow::After, "yes_no");
  return examples;
}

std::vector<const QuestionFamily*> ExampleMaker::placedFamilies() const {
  std::vector<const QuestionFamily*> families;
  for (const QuestionFamily& family : m_data.families)
    if (!family.wordings.seen.empty() && (family.isPlain || m_text.chatTemplate)) families.push_back(&family);
  return families;
}

Outcome<ExampleMaker::Placed> ExampleMaker::placed(std::uint64_t index) const {
  Random random = randomOf(2, index);
  return placed(*random.of(placedFamilies()), random);
}

Outcome<ExampleMaker::Placed> ExampleMaker::placed(const QuestionFamily& family, std::uint64_t index) const {
  Random random = randomOf(3, index);
  return placed(family, random);
}

Outcome<ExampleMaker::Placed> ExampleMaker::placed(const QuestionFamily& family, Random& random) const {
  auto made = scene(family, ExampleSplit::Train, random);
  if (!made) return made.failure<Placed>();
  return Placed{.ids = std::move(made->ids), .words = made->evidence, .value = made->value->text};
}

std::vector<ExampleMaker::Cell> ExampleMaker::cells() const {
  std::vector<Cell> cells;
  for (const QuestionItem* item : m_heldOutItems) {
    const Cell cell{.family = item->family, .window = windowOf(*item), .kind = kOwnKind, .split = ExampleSplit::Unseen};
    if (!std::ranges::count(cells, cell)) cells.push_back(cell);
  }
  for (const ExampleSplit split : {ExampleSplit::Unseen, ExampleSplit::UnseenValue}) {
    for (const QuestionFamily& family : m_data.families) {
      if (valuesOf(family, split).size() < 2 || (!family.isPlain && !m_text.chatTemplate)) continue;
      for (const ExampleWindow window : {ExampleWindow::Evidence, ExampleWindow::After, ExampleWindow::Tail}) {
        if (family.isPlain && window != ExampleWindow::Evidence) continue;
        for (const auto& [kind, wordings] : family.questions) cells.push_back({family.id, window, kind, split});
      }
    }
    if (split == ExampleSplit::UnseenValue) continue;
    for (const auto& [kind, wordings] : m_data.questions) cells.push_back({"", ExampleWindow::Evidence, kind, split});
  }
  return cells;
}

Outcome<DecoderExample> ExampleMaker::example(const Cell& cell, std::uint64_t index) const {
  std::uint64_t stream = 1;
  for (const char letter : cell.family + "/" + cell.kind) stream = stream * 131 + static_cast<unsigned char>(letter);
  stream = stream * 16 + static_cast<std::uint64_t>(cell.window) * 4 + static_cast<std::uint64_t>(cell.split);
  Random random = randomOf(stream, index);
  if (cell.kind == kOwnKind) {
    std::vector<const QuestionItem*> items;
    for (const QuestionItem* item : m_heldOutItems)
      if (item->family == cell.family && windowOf(*item) == cell.window) items.push_back(item);
    const QuestionItem& item = *random.of(items);
    return ofItem(item, random.of(item.questions));
  }
  const QuestionFamily* family = m_data.family(cell.family);
  if (!family) return aboutPassage(random.of(textsOf(m_data.passages, cell.split)), cell.kind, cell.split, random);
  const auto found = scene(*family, cell.split, random);
  if (!found) return found.failure<DecoderExample>();
  return ask(*found, cell.window, cell.kind, random);
}

}  // namespace patchbay
