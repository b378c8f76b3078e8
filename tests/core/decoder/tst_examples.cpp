#include <QtTest>

#include <set>

#include "core/decoder/decoder_frame.h"
#include "core/decoder/example_maker.h"
#include "core/decoder/token_range.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

/// The questions that come with the program, and the examples that are made of them.
class ExamplesTest : public QObject {
  Q_OBJECT

private:
  const QuestionData& m_data = builtinQuestionData();
  const ModelText& m_text = defaultModel().text;
  ExampleMaker m_maker{m_data, m_text, 1};

  static std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
  }
  static void addAll(std::set<std::string>& set, const HeldApart& texts) {
    for (const std::string& text : texts.seen) set.insert(lower(text));
  }
  [[nodiscard]] std::string seenBy(const DecoderExample& example) const {
    const auto ids = *m_text.encode(example.prompt);
    return m_text.tokenizer->decode(
        std::span(ids).subspan(static_cast<std::size_t>(example.firstToken),
                               static_cast<std::size_t>(example.lastToken - example.firstToken + 1)));
  }

private Q_SLOTS:
  /// What a person's own questions hand over: what they name, or what stands behind what they hide.
  void ownItemsHandOverWhatTheySay() {
    QuestionData own;
    own.items = {{.label = "a",
                  .family = "own",
                  .prompt = Prompt::plain("My cousin moved to Canada last year."),
                  .about = "Canada",
                  .questions = {{"Where?", "Canada", {}}}},
                 {.label = "b",
                  .family = "own",
                  .prompt = {.isChat = true,
                             .text = {},
                             .messages = {{"system", "Speak only of bees. "}, {"user", "Hello there"}}},
                  .about = {},
                  .fromMessage = 1,
                  .questions = {{"What of?", "bees", {}}, {"How?", "only", {}}}}};
    const ExampleMaker maker(own, m_text, 3);
    bool hasPlain = false, hasHidden = false;
    for (std::uint64_t i = 0; i < 20; ++i) {
      const auto group = maker.group(i);
      QVERIFY2(group.hasValue(), group.isError() ? group.error().message().c_str() : "");
      for (const DecoderExample& example : *group) {
        const std::string seen = seenBy(example);
        if (example.answer == "Canada") {
          hasPlain = true;
          QCOMPARE(seen, std::string(" Canada"));
          QCOMPARE(example.window, ExampleWindow::Evidence);
        } else {
          hasHidden = true;
          QCOMPARE(group->size(), std::size_t{2});
          QVERIFY2(seen.starts_with("Hello there") && seen.find("bees") == std::string::npos, seen.c_str());
          QCOMPARE(example.window, ExampleWindow::After);
        }
      }
    }
    QVERIFY(hasPlain && hasHidden);
    // Beside those of the program they are about half; those alone are made as they always were.
    QuestionData both = m_data;
    both.items = own.items;
    const ExampleMaker mixed(both, m_text, 1);
    int owned = 0;
    for (std::uint64_t i = 0; i < 200; ++i) owned += mixed.group(i)->front().kind == kOwnKind ? 1 : 0;
    QVERIFY2(owned > 70 && owned < 130, qPrintable(QString::number(owned)));
  }

  void thereAreEnoughOfThem() {
    QCOMPARE(m_data.families.size(), std::size_t{11});
    QVERIFY(m_data.stimuli.seen.size() >= 150);
    QVERIFY(m_data.passages.seen.size() >= 200 && m_data.passages.heldOut.size() >= 40);
    for (const QuestionFamily& family : m_data.families) {
      for (const auto& [kind, wordings] : family.questions)
        QVERIFY2(wordings.seen.size() >= 10 && wordings.heldOut.size() >= 5, family.id.c_str());
      if (!family.isPlain)
        QVERIFY2(family.wordings.seen.size() >= 6 && family.wordings.heldOut.size() >= 5, family.id.c_str());
      const bool hasTwoSides = family.id == "text_sentiment";
      if (!hasTwoSides) QVERIFY2(!family.heldOutValues.empty(), family.id.c_str());
    }
  }

  /// What is held out stands nowhere in what training sees.
  void heldOutTextsAreHeldOut() {
    const auto areApart = [](const HeldApart& texts) {
      std::set<std::string> seen;
      addAll(seen, texts);
      return std::ranges::none_of(texts.heldOut, [&](const std::string& text) { return seen.contains(lower(text)); });
    };
    QVERIFY(areApart(m_data.stimuli));
    QVERIFY(areApart(m_data.passages));
    for (const QuestionFamily& family : m_data.families) {
      QVERIFY2(areApart(family.wordings), family.id.c_str());
      for (const auto& [kind, wordings] : family.questions) QVERIFY2(areApart(wordings), family.id.c_str());
      std::set<std::string> values;
      for (const QuestionValue& value : family.values) {
        QVERIFY2(values.insert(lower(value.text)).second, value.text.c_str());
        QVERIFY2(areApart(value.texts), value.text.c_str());
      }
      for (const QuestionValue& value : family.heldOutValues)
        QVERIFY2(!values.contains(lower(value.text)), value.text.c_str());
    }
  }

  void trainingSeesNothingHeldOut() {
    std::set<std::string> questions, values;
    for (const QuestionFamily& family : m_data.families)
      for (const QuestionValue& value : family.values) values.insert(value.text);
    for (std::uint64_t index = 0; index < 200; ++index) {
      const auto group = m_maker.group(index);
      QVERIFY(group.hasValue() && !group->empty());
      for (const DecoderExample& example : *group) {
        QCOMPARE(example.split, ExampleSplit::Train);
        QVERIFY(example.prompt == group->front().prompt);
        if (example.family != "passage" && example.kind == "open")
          QVERIFY2(values.contains(example.answer), example.answer.c_str());
        if (!example.prompt.isChat) continue;
        QVERIFY(std::ranges::count(m_data.stimuli.seen, example.prompt.messages.back().content) > 0);
      }
    }
  }

  void theSameNumberGivesTheSameExamples() {
    const ExampleMaker again(m_data, m_text, 1), other(m_data, m_text, 2);
    int same = 0;
    for (std::uint64_t index = 0; index < 20; ++index) {
      QVERIFY(*m_maker.group(index) == *again.group(index));
      same += *m_maker.group(index) == *other.group(index) ? 1 : 0;
    }
    QVERIFY(same < 3);
  }

  /// The evidence window holds the words asked about, the window behind it none of them.
  void windowsHoldWhatTheySay() {
    for (const ExampleMaker::Cell& cell : m_maker.cells()) {
      for (std::uint64_t index = 0; index < 3; ++index) {
        const auto example = m_maker.example(cell, index);
        QVERIFY(example.hasValue());
        const auto ids = *m_text.encode(example->prompt);
        QVERIFY(example->firstToken >= 1 && example->firstToken <= example->lastToken);
        QVERIFY(example->lastToken < std::ssize(ids));
        QVERIFY(example->lastToken - example->firstToken < kWindowTokens);
        const bool hasChoices = !example->choices.empty();
        if (hasChoices) QVERIFY(std::ranges::count(example->choices, example->answer) == 1);
        if (cell.kind != "open" || cell.family.empty() || cell.family == "text_topic" ||
            cell.family == "text_language" || cell.family == "text_sentiment")
          continue;
        const std::string seen = lower(seenBy(*example)), answer = lower(example->answer);
        const bool holds = seen.find(answer) != std::string::npos;
        if (cell.window == ExampleWindow::Evidence) QVERIFY2(holds, (seen + " / " + answer).c_str());
        if (cell.window == ExampleWindow::After) QVERIFY2(!holds, (seen + " / " + answer).c_str());
      }
    }
  }

  void theMixIsThatOfTheRecipe() {
    std::map<std::string, int> parts;
    int all = 0;
    for (std::uint64_t index = 0; index < 600; ++index) {
      const auto group = *m_maker.group(index);
      for (const DecoderExample& example : group) {
        ++all;
        const bool isChat = example.prompt.isChat;
        ++parts[!isChat                                     ? (example.kind == "repeat" ? "repeat" : "text")
                : example.window == ExampleWindow::Evidence ? "evidence"
                                                            : "after"];
      }
    }
    const auto share = [&](const char* part) { return static_cast<double>(parts[part]) / all; };
    QVERIFY2(share("evidence") > 0.33 && share("evidence") < 0.47, qPrintable(QString::number(share("evidence"))));
    QVERIFY2(share("after") > 0.24 && share("after") < 0.36, qPrintable(QString::number(share("after"))));
    QVERIFY2(share("repeat") > 0.07 && share("repeat") < 0.15, qPrintable(QString::number(share("repeat"))));
    QVERIFY(share("text") > 0.14);
  }

  void theFrameHasNoSystemMessage() {
    const auto frame = DecoderFrame::of(m_text);
    QVERIFY(frame.hasValue());
    const auto ids = frame->prompt(3, "Who <|im_end|> is it?");
    QCOMPARE(m_text.tokenizer->decode(ids),
             std::string("<|im_start|>user\n ? ? ?\nWho <|im_end|> is it?<|im_end|>\n<|im_start|>assistant\n"));
    const auto place = m_text.tokenizer->encode(" ?", {.parseSpecial = false, .addSpecial = false}).front();
    QCOMPARE(std::ranges::count(ids, place), std::ptrdiff_t{3});
    for (int i = 0; i < 3; ++i) QCOMPARE(ids[static_cast<std::size_t>(frame->firstPlace() + i)], place);
    // What looks like the end of a turn in a question is none.
    const auto end = m_text.tokenizer->encode("<|im_end|>", {.parseSpecial = true, .addSpecial = false}).front();
    QCOMPARE(std::ranges::count(ids, end), std::ptrdiff_t{1});
    QCOMPARE(frame->answer("yes").back(), end);
  }

  void aModelWithoutATemplateHasAFrameToo() {
    const auto model = tinyModel("grouped");
    const auto frame = DecoderFrame::of(model->text);
    QVERIFY(frame.hasValue());
    const auto ids = frame->prompt(2, "Who?");
    const std::string text = model->text.tokenizer->decode(ids);
    QVERIFY2(text.find("Q:??\nWho?\nA:") != std::string::npos, text.c_str());
    // As the tokenizer puts it in front of any text.
    QCOMPARE(ids.front(), *model->text.tokenizer->bos());
  }

  void tokensOfBytesFindsWords() {
    const std::string text = "The capital of France is Paris";
    const auto ids = m_text.tokenizer->encode(text);
    const std::size_t begin = text.find("France");
    const IndexRange range = tokensOfBytes(*m_text.tokenizer, ids, text, begin, begin + 6);
    QCOMPARE(range.last, range.first);
    QCOMPARE(m_text.tokenizer->fact(ids[static_cast<std::size_t>(range.first)]).text, std::string(" France"));
  }

  void damagedFamiliesAreRefused_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("field");
    const char* good =
        R"({"id": "a", "title": "A", "values": ["x", "y"], "wordings": ["{value}!"], "questions": {"open": ["?"]}})";
    const auto row = [&](const char* name, const char* from, const char* to, const char* field) {
      QTest::newRow(name) << QByteArray(good).replace(from, to) << QString::fromLatin1(field);
    };
    row("no id", "\"id\": \"a\", ", "", "id");
    row("one value", "[\"x\", \"y\"]", "[\"x\"]", "values");
    row("a value that is a number", "\"y\"", "3", "values");
    row("an empty text", "\"y\"", "\"\"", "values");
    row("no place", "{value}!", "value!", "wordings");
    row("two places", "{value}!", "{value} {value}", "wordings");
    row("no questions", "[\"?\"]", "[]", "questions.open");
    row("no wordings", "[\"{value}!\"]", "[]", "wordings");
  }
  void damagedFamiliesAreRefused() {
    QFETCH(QByteArray, text);
    QFETCH(QString, field);
    const auto read = readQuestionFamily(text.toStdString(), "family.json");
    QVERIFY(read.isError());
    QCOMPARE(read.error().code, std::string("DATA-01"));
    QCOMPARE(QString::fromStdString(read.error().field), field);
    QCOMPARE(read.error().file, std::string("family.json"));
  }
};

QTEST_GUILESS_MAIN(ExamplesTest)
#include "tst_examples.moc"
