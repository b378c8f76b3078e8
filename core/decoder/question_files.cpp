#include "core/decoder/question_files.h"

#include <algorithm>
#include <filesystem>

#include "core/checkpoint/mapped_file.h"

namespace patchbay {
namespace {

namespace fs = std::filesystem;

constexpr const char* kQuestions = "qa.json";
constexpr std::size_t kMostBytes = std::size_t{64} << 20;

Outcome<std::string> textOf(const std::string& path) {
  const auto file = MappedFile::open(path);
  if (!file) return file.failure<std::string>();
  const std::string_view text = (*file)->text();
  if (text.size() > kMostBytes) {
    return Error{.code = "DATA-04",
                 .what = "the file is too large",
                 .file = path,
                 .field = "size",
                 .found = std::to_string(text.size() >> 20) + " MB",
                 .expected = "at most " + std::to_string(kMostBytes >> 20) + " MB",
                 .advice = "Divide it, or leave some of the questions out."};
  }
  return std::string(text);
}

Outcome<std::vector<QuestionItem>> readFolder(const std::string& folder) {
  std::vector<std::string> lists;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(folder, failure))
    if (entry.path().extension() == ".json" && entry.path().filename() != kQuestions)
      lists.push_back(entry.path().string());
  std::ranges::sort(lists);
  const std::string questionsPath = folder + "/" + kQuestions;
  if (lists.empty() || !fs::exists(questionsPath)) {
    return Error{.code = "DATA-05",
                 .what = "this folder holds no questions",
                 .file = folder,
                 .field = {},
                 .found = lists.empty() ? "no list of items" : "no qa.json",
                 .expected = "qa.json, and one list of items or more beside it",
                 .advice = "Choose a folder in LatentQA's layout, or a file of JSON lines."};
  }
  const auto questions = textOf(questionsPath);
  if (!questions) return questions.failure<std::vector<QuestionItem>>();
  const auto answers = readLatentAnswers(*questions, questionsPath);
  if (!answers) return answers.failure<std::vector<QuestionItem>>();
  std::vector<QuestionItem> all;
  for (const std::string& path : lists) {
    const auto text = textOf(path);
    if (!text) return text.failure<std::vector<QuestionItem>>();
    auto items = readLatentItems(*text, path, *answers);
    if (!items) return items;
    all.insert(all.end(), std::make_move_iterator(items->begin()), std::make_move_iterator(items->end()));
  }
  // A label is on one side in all lists.
  holdOut(all);
  return all;
}

}  // namespace

Outcome<std::vector<QuestionItem>> readQuestions(const std::string& path) {
  std::error_code failure;
  if (fs::is_directory(path, failure)) return readFolder(path);
  if (fs::path(path).filename() == kQuestions) return readFolder(fs::path(path).parent_path().string());
  const auto text = textOf(path);
  if (!text) return text.failure<std::vector<QuestionItem>>();
  return readQuestionLines(*text, path);
}

Outcome<QuestionData> questionsFor(const std::string& path, bool withBuiltin) {
  if (path.empty()) return builtinQuestionData();
  auto items = readQuestions(path);
  if (!items) return items.failure<QuestionData>();
  QuestionData data = withBuiltin ? builtinQuestionData() : QuestionData();
  data.items = std::move(*items);
  return data;
}

Outcome<QuestionData> questionsFor(const TrainDecoderRequest& request) {
  auto data = questionsFor(request.data, request.withBuiltin);
  // A training that takes no step more learns nothing more; its file may be gone.
  if (data.isError() && request.isEnded) return QuestionData();
  return data;
}

}  // namespace patchbay
