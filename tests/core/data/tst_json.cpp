#include <QtTest>

#include <random>

#include "core/data/json.h"
#include "core/data/prompt.h"

using namespace patchbay;

class TestJson : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void readsWhatItWrote() {
    const Json json = {{"a", {1, 2.5, true, nullptr}}, {"text", "naïve \xF0\x9F\x98\x80 \n\""}};
    QVERIFY(*parseJson(dumpJson(json), "x") == json);
    QVERIFY(dumpJson(json).find('\n') == std::string::npos);
  }

  void badBytesAreReplaced() { QVERIFY(parseJson(dumpJson(Json("a\xff\xfe")), "x").hasValue()); }

  void tooLargeIsRefusedBeforeParsing() {
    const auto parsed = parseJson("[1,2,3]", "big.json", {.maxBytes = 6});
    QCOMPARE(parsed.error().code, std::string("JSON-01"));
    QCOMPARE(parsed.error().file, std::string("big.json"));
    QVERIFY(parseJson("[1,2]", "x", {.maxBytes = 5}).hasValue());
  }

  void tooDeepIsRefused() {
    const auto nested = [](int depth) {
      return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
    };
    QVERIFY(parseJson(nested(60), "x").hasValue());
    QCOMPARE(parseJson(nested(70), "x").error().code, std::string("JSON-02"));
    QCOMPARE(parseJson(std::string(2000000, '['), "x").error().code, std::string("JSON-02"));
    std::string objects;
    for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
    QCOMPARE(parseJson(objects, "x").error().code, std::string("JSON-02"));
  }

  void notJsonNamesTheByte() {
    const auto parsed = parseJson("{\"a\": nul}", "x");
    QCOMPARE(parsed.error().code, std::string("JSON-03"));
    QVERIFY(parsed.error().found.find("byte") != std::string::npos);
    for (const char* text :
         {"", "{", "[1,]", "{\"a\":1,}", "nan", "1 2", "\"\xff\"", "{\"a\" 1}", "\"\\ud800\"", "1e9999"})
      QVERIFY2(parseJson(text, "x").isError(), text);
  }

  void wrongTypesAreNamed() {
    const auto prompt = fromJson<Prompt>(Json{{"text", 5}}, "prompt.json");
    QCOMPARE(prompt.error().code, std::string("JSON-04"));
    QVERIFY(!prompt.error().found.empty());
    const auto partial = fromJson<Prompt>(Json{{"text", "hi"}}, "prompt.json");
    QVERIFY(partial.hasValue() && *partial == Prompt::plain("hi"));
  }

  void randomBytesNeverCrash() {
    std::mt19937 random(8);
    const std::string letters = "{}[]\",:0123456789.eE+-truefalsnu\\\xc3\xa9\x00 ";
    for (int i = 0; i < 20000; ++i) {
      std::string text(random() % 40, ' ');
      for (char& c : text) c = letters[random() % letters.size()];
      const auto parsed = parseJson(text, "x");
      if (parsed) QVERIFY(parseJson(dumpJson(*parsed), "x").hasValue());
    }
  }
};

QTEST_APPLESS_MAIN(TestJson)
#include "tst_json.moc"
