#pragma once

#include <QByteArray>
#include <QString>
#include <QtTest/QtTest>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "core/checkpoint/checkpoint.h"
#include "core/data/json.h"
#include "core/jobs/job_context.h"
#include "core/text/tokenizer.h"

namespace patchbay::test {

inline QString shown(const std::string& text) { return QString::fromStdString(text); }

/// A golden file of tests/golden/text; null when it cannot be read.
inline Json goldenFile(const std::string& name) {
  std::ifstream file(std::string(PATCHBAY_SOURCE_DIR) + "/tests/golden/text/" + name, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  const Outcome<Json> json = parseJson(content.str(), name);
  return json ? *json : Json();
}

/// The tokenizer of a golden file that carries its own tokenizer.json.
inline std::shared_ptr<const Tokenizer> smallTokenizer(const std::string& name) {
  VocabularyFile file;
  file.file = name;
  file.tokenizerJson = goldenFile(name).at("tokenizer");
  const auto opened = Tokenizer::open(file);
  if (!opened) {
    qCritical("%s", opened.error().message().c_str());
    return nullptr;
  }
  return *opened;
}

/// The vocabulary of the default model, whose path PATCHBAY_DEFAULT_MODEL names.
inline Outcome<VocabularyFile> defaultVocabulary() {
  const QByteArray path = qgetenv("PATCHBAY_DEFAULT_MODEL");
  if (path.isEmpty()) {
    return Error{.code = "TEST-01",
                 .what = "PATCHBAY_DEFAULT_MODEL is not set",
                 .file = {},
                 .field = {},
                 .found = {},
                 .expected = "the path of the default model's GGUF file",
                 .advice = "Run the test through ctest."};
  }
  JobContext job;
  const auto checkpoint = Checkpoint::open(path.toStdString(), job);
  if (!checkpoint) return checkpoint.template failure<VocabularyFile>();
  return (*checkpoint)->vocabulary();
}

}  // namespace patchbay::test
