#pragma once

#include <string>

#include "core/data/decoder_requests.h"
#include "core/data/question_data.h"

namespace patchbay {

/// A person's own questions: a file of JSON lines, or a folder in LatentQA's layout, `qa.json` beside one list or more;
/// the path of that file stands for its folder.
/// Errors   those of MappedFile, readQuestionLines, readLatentAnswers and readLatentItems; DATA-04 too large a file;
///          DATA-05 the folder holds no such files.
[[nodiscard]] Outcome<std::vector<QuestionItem>> readQuestions(const std::string& path);

/// The questions of a file or folder, or those that come with the program, or both.   Errors  those of readQuestions.
[[nodiscard]] Outcome<QuestionData> questionsFor(const std::string& path, bool withBuiltin);
/// The questions that a training asks for; none for one that is ended when its file is gone.
[[nodiscard]] Outcome<QuestionData> questionsFor(const TrainDecoderRequest& request);

}  // namespace patchbay
