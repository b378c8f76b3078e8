#include <iostream>

#include "app/cli/command.h"

namespace patchbay::cli {
namespace {

/// Calls `answer` with every line of standard input parsed as JSON, and prints what it gives.
template <typename Answer>
Exit forEachLine(const Answer& answer) {
  std::size_t number = 0;
  for (std::string line; std::getline(std::cin, line);) {
    context().checkpoint();
    const std::string name = "standard input line " + std::to_string(++number);
    const auto json = parseJson(line, name);
    if (!json) return fail(json);
    const Outcome<Json> result = answer(*json, name);
    if (!result) return fail(result);
    print(*result);
  }
  return Exit::Done;
}

Outcome<Json> tokenizeLine(const ModelText& text, const Json& line, const std::string& name, EncodeOptions options) {
  const auto words = fromJson<std::string>(line, name);
  if (!words) return words.failure<Json>();
  const auto ids = text.tokenizer->encode(*words, options);
  Json tokens = Json::array();
  for (const TokenFact& fact : text.facts(ids)) tokens.push_back(fact.text);
  return Json{{"ids", ids}, {"tokens", tokens}};
}

Outcome<Json> renderLine(const ModelText& text, const Json& line, const std::string& name, bool addGenerationPrompt) {
  auto messages = fromJson<std::vector<ChatMessage>>(line, name);
  if (!messages) return messages.failure<Json>();
  Prompt prompt;
  prompt.isChat = true;
  prompt.messages = std::move(messages).value();
  prompt.addGenerationPrompt = addGenerationPrompt;
  auto rendered = text.render(prompt);
  if (!rendered) return rendered.failure<Json>();
  return Json{{"text", *rendered}};
}

}  // namespace

void addTextVerbs(CLI::App& app, std::vector<Verb>& verbs) {
  struct Options {
    ModelOptions model;
    bool plainSpecial = false;
    bool noGenerationPrompt = false;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* tokenize = app.add_subcommand("tokenize", "one JSON string a line on standard input -> ids and tokens");
  options->model.addTo(*tokenize);
  tokenize->add_flag("--plain-special", options->plainSpecial, "read special tokens written in the text as plain text");
  verbs.push_back({tokenize, [options] {
                     const auto text = openModelText(options->model.path(), context(), knownModels());
                     if (!text) return fail(text);
                     return forEachLine([&](const Json& line, const std::string& name) {
                       return tokenizeLine(*text, line, name,
                                           {.parseSpecial = !options->plainSpecial, .addSpecial = true});
                     });
                   }});
  CLI::App* render =
      app.add_subcommand("render-chat", "one JSON list of {role, content} a line on standard input -> text");
  options->model.addTo(*render);
  render->add_flag("--no-generation-prompt", options->noGenerationPrompt, "leave the assistant's header out");
  verbs.push_back({render, [options] {
                     const auto text = openModelText(options->model.path(), context(), knownModels());
                     if (!text) return fail(text);
                     return forEachLine([&](const Json& line, const std::string& name) {
                       return renderLine(*text, line, name, !options->noGenerationPrompt);
                     });
                   }});
}

}  // namespace patchbay::cli
