#pragma once

#include "core/data/decoder_requests.h"
#include "core/data/question_data.h"
#include "core/jobs/job_context.h"

/// A training that a tiny model takes a second for.
namespace patchbay::testing {

/// Four values that a prompt may hold, asked for in one way.
inline QuestionData letterQuestions() {
  QuestionData data;
  QuestionFamily family;
  family.id = "letter";
  family.title = "Letter";
  family.isPlain = true;
  for (const char* value : {"u", "v", "w", "z"}) family.values.push_back({.text = value, .facts = {}, .texts = {}});
  family.wordings.seen = {"it is {value} now", "so {value} it was", "and {value} came"};
  family.questions["open"].seen = {"Which?"};
  family.questions["yes_no"].seen = {"Is it {value}?"};
  data.families = {family};
  data.stimuli.seen = {"Go."};
  data.passages.seen = {"it is so and it was so and it came to be so"};
  data.questions["repeat"].seen = {"Again?"};
  data.questions["next_word"].seen = {"Next?"};
  return data;
}

inline TrainDecoderRequest letterTraining(const std::string& folder, std::int64_t steps) {
  TrainDecoderRequest made;
  made.name = "tiny";
  made.folder = folder;
  made.recipe.readLayers = {1};
  made.recipe.rank = 8;
  made.recipe.alpha = 16;
  made.recipe.training.steps = steps;
  made.recipe.training.batch = 16;
  made.recipe.training.workers = 2;
  made.recipe.training.schedule = {.learningRate = 1e-2, .warmUp = 10};
  return made;
}

/// Stops the job of a context when so many of its steps are done.
inline void stopAfter(JobContext& context, int steps) {
  context.addProgressSink([&context, steps](const Progress& progress) {
    if (progress.phase == "Training" && progress.done >= steps) context.cancel();
  });
}

}  // namespace patchbay::testing
