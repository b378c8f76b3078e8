#include "app/cli/command.h"

#include <charconv>
#include <fstream>
#include <iostream>
#include <sstream>

#include "core/analysis/map_file.h"
#include "core/analysis/soft_prompt_trainer.h"
#include "core/checkpoint/array_file.h"
#include "core/checkpoint/whole_file.h"
#include "core/engine/engine.h"

namespace patchbay::cli {

JobContext& context() {
  static JobContext instance;
  return instance;
}

Exit fail(const Error& error) {
  std::cerr << "patchbay-cli: " << error.message() << '\n';
  return Exit::Failed;
}

void ModelOptions::addTo(CLI::App& app) {
  app.add_option("--model", model, "GGUF file, Hugging Face folder, folder of a LoRA adapter, or 'default'")
      ->capture_default_str();
  app.add_option("--threads", threads, "threads of one computation")->check(CLI::Range(1, 1024));
  app.add_option("--device", device, "what computes: cpu, or a CUDA device such as cuda:0")->capture_default_str();
  app.add_option("--dtype", dtype, "what it computes in: f32 or bf16")
      ->check(CLI::IsMember({"f32", "bf16"}))
      ->capture_default_str();
}

std::vector<std::string> knownModels() {
  const auto known = defaultModelPath();
  return known ? std::vector{*known} : std::vector<std::string>();
}

std::string ModelOptions::path() const { return model == "default" ? defaultModelPath().value_or(model) : model; }

Outcome<std::shared_ptr<LanguageModel>> ModelOptions::load() const {
  if (threads > 0) at::set_num_threads(threads);
  return loadModel(path(), {.dtype = dtype, .device = device, .known = knownModels()}, context());
}

Outcome<std::shared_ptr<LanguageModel>> ModelOptions::loadOther(const std::string& name) const {
  ModelOptions other = *this;
  other.model = name;
  return other.load();
}

void OutputOptions::addTo(CLI::App& app) {
  app.add_flag("--jsonl", lines, "one JSON document a line for each part of the result");
  addJsonFlag(app);
}

void addJsonFlag(CLI::App& app) {
  app.add_flag_function(
      "--json", [](std::int64_t) {}, "one JSON document (the default)");
}

void print(const Json& json) { std::cout << dumpJson(json) << '\n'; }

Json toJson(const TokenFact& token) {
  Json json = {{"id", token.id}, {"token", token.text}};
  if (!token.bytesHex.empty()) json["bytes_hex"] = token.bytesHex;
  if (token.isSpecial) json["special"] = true;
  return json;
}

Json toJson(const RankedToken& token) {
  Json json = toJson(token.token);
  json["logit"] = token.logit;
  json["p"] = token.p;
  return json;
}

Json toJson(const std::vector<RankedToken>& tokens) {
  Json list = Json::array();
  for (const RankedToken& token : tokens) list.push_back(toJson(token));
  return list;
}

Outcome<std::vector<int>> parseIndices(std::string_view text, const char* option) {
  std::vector<int> indices;
  if (text == "all") return indices;
  const auto wrong = [&](std::string_view part) {
    return Error{.code = "CLI-01",
                 .what = "this is not a list of numbers",
                 .file = {},
                 .field = option,
                 .found = "'" + std::string(part) + "'",
                 .expected = "all, or a form such as 3-7,9 or -1",
                 .advice = "Correct the option."};
  };
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    int first = 0;
    const char* end = part.data() + part.size();
    auto [next, code] = std::from_chars(part.data(), end, first);
    if (code != std::errc()) return wrong(part);
    int last = first;
    if (next != end) {
      if (*next != '-') return wrong(part);
      const auto [stop, second] = std::from_chars(next + 1, end, last);
      if (second != std::errc() || stop != end || first < 0 || last < first || last - first > 1'000'000)
        return wrong(part);
    }
    for (int index = first; index <= last; ++index) indices.push_back(index);
    if (comma == std::string_view::npos) return indices;
    text.remove_prefix(comma + 1);
  }
}

void PromptOptions::addTo(CLI::App& app) {
  auto* prompt = app.add_option("--prompt", text, "plain text");
  auto* chat = app.add_option("--chat", chatFile, "file with a JSON list of {role, content}")->excludes(prompt);
  prompt->excludes(chat);
  app.add_flag("--plain-special", plainSpecial, "read special tokens written in the text as plain text");
}

Outcome<Prompt> PromptOptions::read() const {
  Prompt prompt = Prompt::plain(text);
  prompt.parseSpecial = !plainSpecial;
  if (chatFile.empty()) return prompt;
  const auto content = readTextFile(chatFile);
  if (!content) return content.failure<Prompt>();
  const auto json = parseJson(*content, chatFile);
  if (!json) return json.failure<Prompt>();
  auto messages = fromJson<std::vector<ChatMessage>>(*json, chatFile);
  if (!messages) return messages.failure<Prompt>();
  prompt.isChat = true;
  prompt.messages = std::move(messages).value();
  return prompt;
}

Outcome<std::string> readTextFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  if (stream) text << stream.rdbuf();
  if (stream && !text.fail()) return text.str();
  return Error{.code = "CLI-02",
               .what = "the file cannot be read",
               .file = path,
               .field = {},
               .found = {},
               .expected = "a text file",
               .advice = "Check the path."};
}

Outcome<MapRef> readMapFor(const std::string& path, const ModelRef& source, const ModelRef& target) {
  auto map = readMap(path);
  if (!map) return map.failure<MapRef>();
  if (map->source.fingerprint != source.fingerprint || map->target.fingerprint != target.fingerprint)
    std::cerr << "warning: the map was fitted on " << map->source.name << " and " << map->target.name << "\n";
  map->source = source;
  map->target = target;
  return MapRef::of(std::make_shared<const AffineMap>(std::move(*map)));
}

Outcome<SoftPromptRef> readPromptFor(const std::string& path, const ModelRef& model) {
  auto prompt = readSoftPrompt(path);
  if (!prompt) return prompt.failure<SoftPromptRef>();
  if (prompt->model.fingerprint != model.fingerprint)
    std::cerr << "warning: the prompt was learned with " << prompt->model.name << "\n";
  prompt->model = model;
  return SoftPromptRef::of(std::make_shared<const SoftPrompt>(std::move(*prompt)));
}

Outcome<Done> addLines(const std::string& path, std::vector<std::string>& texts) {
  if (path.empty()) return Done{};
  const auto content = readTextFile(path);
  if (!content) return content.failure<Done>();
  std::istringstream lines(*content);
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) texts.push_back(line);
  return Done{};
}

Outcome<Done> writeTextFile(const std::string& path, const std::string& text) {
  std::ofstream stream(path);
  stream << text << '\n';
  stream.close();
  return stream ? Outcome<Done>(Done{}) : cannotWrite(path, std::strerror(errno));
}

std::string checkArraysName(const std::string& path) {
  return path.ends_with(".npz") || path.ends_with(".safetensors") ? std::string()
                                                                  : std::string("must end in .npz or .safetensors");
}

Outcome<Done> writeArrays(const std::string& path, const ResultDocument& document) {
  return path.ends_with(".npz") ? writeNpz(path, {.arrays = document.arrays, .metadata = {}})
                                : writeSafetensors(path, {.arrays = document.arrays, .metadata = {}});
}

Json toJson(const MeasuredShare& share) {
  if (share.items == 0) return nullptr;
  return {{"share", share.share()}, {"low", share.low()}, {"high", share.high()}, {"items", share.items}};
}

Json toJson(const HostArray& array) {
  return {{"shape", array.shape()},
          {"axes", array.axes()},
          {"unit", array.unit()},
          {"values", std::vector<float>(array.values().begin(), array.values().end())}};
}

Outcome<SteerArgument> parseSteer(const std::string& text, int layers) {
  const auto wrong = [&](const std::string& found) {
    return Error{.code = "CLI-04",
                 .what = "this is not a steering setting",
                 .file = {},
                 .field = "--steer",
                 .found = found,
                 .expected = "FILE@LAYERS:STRENGTH",
                 .advice = "For example vector.safetensors@14:4"};
  };
  const std::size_t at = text.rfind('@');
  const std::size_t colon = text.rfind(':');
  if (at == std::string::npos || colon == std::string::npos || colon < at) return wrong("'" + text + "'");
  SteerArgument argument{.file = text.substr(0, at), .setting = {}};
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data() + colon + 1, end, argument.setting.strength);
  if (code != std::errc() || stop != end) return wrong("strength '" + text.substr(colon + 1) + "'");
  auto named = parseIndices(std::string_view(text).substr(at + 1, colon - at - 1), "--steer");
  if (!named) return named.failure<SteerArgument>();
  argument.setting.layers = std::move(named).value();
  if (argument.setting.layers.empty())
    for (int layer = 0; layer < layers; ++layer) argument.setting.layers.push_back(layer);
  return argument;
}

}  // namespace patchbay::cli
