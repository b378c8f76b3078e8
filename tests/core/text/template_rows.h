#pragma once

#include <QtTest/QtTest>

#include <string>
#include <vector>

#include "core/text/chat_template.h"

namespace patchbay::test {

/// The conversation that the expected texts of the rows were made with.
inline std::vector<ChatMessage> rowMessages() { return {{"system", "S"}, {"user", " Hi "}, {"assistant", "Yo"}}; }

inline Outcome<std::string> renderedRow(std::string source) {
  const auto parsed = ChatTemplate::parse(std::move(source), "row");
  if (!parsed) return parsed.failure<std::string>();
  return parsed->render(rowMessages(), true, "<s>", "</s>");
}

/// Each row is a template and what Jinja, set up as `transformers` does it, makes of it.
inline void templateColumns() {
  QTest::addColumn<QString>("source");
  QTest::addColumn<QString>("expected");
}

inline void addTemplateRow(const char* source, const char* expected) {
  QTest::newRow(source) << QString::fromUtf8(source) << QString::fromUtf8(expected);
}

inline void checkTemplateRow() {
  QFETCH(QString, source);
  QFETCH(QString, expected);
  const auto text = renderedRow(source.toStdString());
  if (!text) QFAIL(text.error().message().c_str());
  QCOMPARE(QString::fromStdString(*text), expected);
}

/// Each row is a template that is refused, with the code, the line and a word of the message.
inline void refusalColumns() {
  QTest::addColumn<QString>("source");
  QTest::addColumn<QString>("code");
  QTest::addColumn<int>("line");
  QTest::addColumn<QString>("word");
}

inline void addRefusalRow(const char* source, const char* code, int line, const char* word) {
  QTest::newRow(source) << QString::fromUtf8(source) << QString::fromUtf8(code) << line << QString::fromUtf8(word);
}

inline void checkRefusalRow() {
  QFETCH(QString, source);
  QFETCH(QString, code);
  QFETCH(int, line);
  QFETCH(QString, word);
  const auto text = renderedRow(source.toStdString());
  QVERIFY2(text.isError(), text.hasValue() ? text->c_str() : "");
  QCOMPARE(QString::fromStdString(text.error().code), code);
  QCOMPARE(QString::fromStdString(text.error().field), QStringLiteral("line %1").arg(line));
  QCOMPARE(text.error().file, std::string("row"));
  QVERIFY2(QString::fromStdString(text.error().message()).contains(word), text.error().message().c_str());
}

}  // namespace patchbay::test
