#include <QtTest>

#include <set>

#include "core/data/labelled_list.h"
#include "core/data/question_items.h"

using namespace patchbay;

namespace {

std::string line(int number, const std::string& more = {}) {
  const std::string n = std::to_string(number);
  return "{\"prompt\": \"Text number " + n + " is here.\", \"question\": \"Which?\", \"answer\": \"" + n + "\"" + more +
         "}\n";
}

std::string field(const std::string& key, const std::string& value) { return ", \"" + key + "\": \"" + value + "\""; }

const char* const kAnswers = R"({"persona-pirate": [["Who speaks?", "A pirate"], ["How?", "Like one"]],
                                 "goal-help": [["What for?", "To help"]], "persona-none": []})";

QString fieldOf(const std::string& text) {
  const auto read = readQuestionLines(text, "own.jsonl");
  return read.isError() ? QString::fromStdString(read.error().code + " " + read.error().field) : QString();
}

}  // namespace

/// Files of a person's own: questions to learn from, and labelled texts.
class QuestionItemsTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void linesOfOnePromptAreOneItem() {
    const auto read = readQuestionLines(line(1) + "\n" + line(1, R"(, "choices": ["1", "2"])") + line(2), "own.jsonl");
    QVERIFY(read.hasValue());
    QCOMPARE(read->size(), std::size_t{2});
    QCOMPARE(read->front().questions.size(), std::size_t{2});
    QCOMPARE(read->front().questions[1].choices.size(), std::size_t{2});
    QCOMPARE(read->front().family, std::string("own"));
    QVERIFY(!read->front().prompt.isChat);
  }

  void chatsAndWhatIsAskedAboutAreRead() {
    const auto read = readQuestionLines(
        R"({"messages": [{"role": "system", "content": "Speak French."}, {"role": "user", "content": "Hello"}],
            "about": "French", "question": "Which language?", "answer": "French", "family": "language"})"
        "\n",
        "own.jsonl");
    // One object a line: a line break inside is an end.
    QVERIFY(read.isError());
    std::string text =
        R"({"messages": [{"role": "system", "content": "Speak French."}, {"role": "user", "content": "Hello"}], )"
        R"("about": "French", "question": "Which language?", "answer": "French", "family": "language"})";
    const auto whole = readQuestionLines(text, "own.jsonl");
    QVERIFY2(whole.hasValue(), whole.isError() ? whole.error().message().c_str() : "");
    QVERIFY(whole->front().prompt.isChat);
    QCOMPARE(whole->front().about, std::string("French"));
    QCOMPARE(whole->front().family, std::string("language"));
  }

  void whatIsHeldOutIsChosenByItsLabel() {
    std::string text;
    for (int i = 0; i < 200; ++i) text += line(i, field("label", "l" + std::to_string(i / 4)));
    const auto read = readQuestionLines(text, "own.jsonl");
    QVERIFY(read.hasValue());
    std::set<std::string> seen, heldOut;
    for (const QuestionItem& item : *read) (item.isHeldOut ? heldOut : seen).insert(item.label);
    QCOMPARE(heldOut.size(), std::size_t{5});
    QCOMPARE(seen.size() + heldOut.size(), std::size_t{50});
    QVERIFY(*readQuestionLines(text, "own.jsonl") == *read);
    // A file that says it decides, and few labels spare none.
    const auto told = readQuestionLines(line(1) + line(2, R"(, "split": "test")"), "own.jsonl");
    QVERIFY(!told->front().isHeldOut && told->back().isHeldOut);
    const auto few = readQuestionLines(line(1) + line(2), "own.jsonl");
    QVERIFY(!few->front().isHeldOut && !few->back().isHeldOut);
    const auto four = readQuestionLines(line(1) + line(2) + line(3) + line(4), "own.jsonl");
    QCOMPARE(std::ranges::count_if(*four, &QuestionItem::isHeldOut), std::ptrdiff_t{1});
  }

  void mistakesNameLineAndField_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const std::string& text, const char* expected) {
      QTest::newRow(name) << QString::fromStdString(text) << expected;
    };
    row("no object", line(1) + "[1]\n", "DATA-03 line 2");
    row("no JSON", line(1) + "\n\n{nonsense\n", "JSON-03 line 4");
    row("no question", R"({"prompt": "a", "answer": "b"})", "DATA-03 line 1, question");
    row("empty answer", R"({"prompt": "a", "question": "b", "answer": ""})", "DATA-03 line 1, answer");
    row("a number", R"({"prompt": 3, "question": "b", "answer": "c"})", "DATA-03 line 1, prompt");
    row("not about it", line(1, R"(, "about": "elsewhere")"), "DATA-03 line 1, about");
    row("answer no choice", line(1, R"(, "choices": ["2", "3"])"), "DATA-03 line 1, choices");
    row("no split", line(1, R"(, "split": "valid")"), "DATA-03 line 1, split");
    row("two splits", line(1) + line(1, R"(, "split": "test")"), "DATA-03 line 2, split");
    row("a label on both sides",
        line(1, R"(, "label": "a", "split": "train")") + line(2, R"(, "label": "a", "split": "test")"),
        "DATA-03 line 2, split");
    row("two families", line(1) + line(1, R"(, "family": "b")"), "DATA-03 line 2, family");
    row("choices no list", line(1, field("choices", std::string(2000, 'x'))), "DATA-03 line 1, choices");
    row("no messages", R"({"messages": [], "question": "b", "answer": "c"})", "DATA-03 line 1, messages");
    row("all held out", line(1, R"(, "split": "test")"), "DATA-04 questions");
    row("nothing", "\n \n", "DATA-04 questions");
  }
  void mistakesNameLineAndField() {
    QFETCH(QString, text);
    QFETCH(QString, expected);
    QCOMPARE(fieldOf(text.toStdString()), expected);
  }

  void latentQuestionsAreReadAndWhatTheyHide() {
    const auto read = readLatentItems(
        R"([{"label": "persona-pirate", "control_user": "Be a pirate."},
            {"label": "persona-pirate", "control_user": "Be a pirate.", "control_model": "Aye.", "stimulus_user": "Hi"},
            {"label": "goal-help", "system": "Help.", "stimulus_user": "Hi"},
            {"label": "goal-help", "control_user": "Help.", "control_model": "Yes.", "stimulus_user": "Hi",
             "stimulus_model": "Hello."},
            {"label": "persona-none", "control_user": "Be."}])",
        "control.json", *readLatentAnswers(kAnswers, "qa.json"));
    QVERIFY2(read.hasValue(), read.isError() ? read.error().message().c_str() : "");
    QCOMPARE(read->size(), std::size_t{4});  // of what nothing is asked there is no item
    const auto& items = *read;
    QCOMPARE(items[0].family, std::string("persona"));
    QCOMPARE(items[0].questions.size(), std::size_t{2});
    QCOMPARE(items[0].fromMessage, 0);
    QCOMPARE(items[1].fromMessage, 2);
    QCOMPARE(items[1].prompt.messages.size(), std::size_t{3});
    QCOMPARE(items[2].fromMessage, 1);
    QCOMPARE(items[2].prompt.messages.front().role, std::string("system"));
    QCOMPARE(items[3].prompt.messages.size(), std::size_t{4});
    QVERIFY(items[0].prompt.addGenerationPrompt && !items[3].prompt.addGenerationPrompt);
  }

  void latentMistakesNameFileAndItem() {
    const auto wrong = [](const std::string& items, const std::string& questions) {
      const auto answers = readLatentAnswers(questions, "qa.json");
      if (answers.isError()) return answers.error().file + " " + answers.error().field;
      const auto read = readLatentItems(items, "control.json", *answers);
      return read.isError() ? read.error().file + " " + read.error().field : std::string();
    };
    QCOMPARE(wrong(R"([{"label": "unknown", "control_user": "a"}])", kAnswers),
             std::string("control.json item 0, label"));
    QCOMPARE(wrong(R"([{"label": "goal-help"}])", kAnswers), std::string("control.json item 0, control_user"));
    QCOMPARE(wrong("{}", kAnswers), std::string("control.json file"));
    QCOMPARE(wrong("[]", R"({"a": [["only one"]]})"), std::string("qa.json label, a"));
    QCOMPARE(wrong("[]", kAnswers), std::string("control.json questions"));
  }

  void labelledTextsAreReadAndWrittenAgain() {
    const auto read = readLabelledList(
        "good | It was lovely.\n\n  bad\tIt was not. \n"
        R"({"label": "good", "text": "A | B"})",
        "folder/list.txt");
    QVERIFY2(read.hasValue(), read.isError() ? read.error().message().c_str() : "");
    QCOMPARE(read->title, std::string("list.txt"));
    QCOMPARE(read->items.size(), std::size_t{3});
    QCOMPARE(read->labels(), (std::vector<std::string>{"good", "bad"}));
    QCOMPARE(read->items[2].text, std::string("A | B"));
    QVERIFY(readLabelledList(labelledLines(*read), "x")->items == read->items);
    // What would not be the same as a line is written as JSON.
    const LabelledList odd{.title = {}, .items = {{"a | b", "text"}, {"{x", "text"}, {"plain", "two\nlines"}}};
    QVERIFY(readLabelledList(labelledLines(odd), "x")->items == odd.items);
    for (const char* wrong : {"no bar at all", "| only text", "label |", R"({"label": "x"})"}) {
      const auto refused = readLabelledList(std::string("good | yes\n") + wrong, "list.txt");
      QVERIFY2(refused.isError(), wrong);
      QCOMPARE(refused.error().code, std::string("LABEL-01"));
      QCOMPARE(refused.error().field, std::string("line 2"));
    }
  }

  void thereAreListsToBeginWith() {
    QVERIFY(builtinLabelledLists().size() >= 3);
    for (const LabelledList& list : builtinLabelledLists()) {
      QVERIFY2(list.labels().size() >= 2 && list.items.size() >= 100, list.title.c_str());
      QVERIFY(readLabelledList(labelledLines(list), "x")->items == list.items);
    }
  }
};

QTEST_GUILESS_MAIN(QuestionItemsTest)
#include "tst_question_items.moc"
