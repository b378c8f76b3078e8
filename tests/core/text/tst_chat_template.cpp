#include "golden_file.h"

#include "core/text/chat_template.h"

namespace patchbay {

namespace {

std::tm fixedTime() {
  std::tm time{};
  time.tm_year = 124;
  time.tm_mon = 1;
  time.tm_mday = 29;
  time.tm_hour = 13;
  return time;
}

Outcome<std::string> rendered(std::string source, const std::vector<ChatMessage>& messages = {{"user", "Hi"}}) {
  const auto parsed = ChatTemplate::parse(std::move(source), "test");
  if (!parsed) return parsed.failure<std::string>();
  return parsed->render(messages, true, "<s>", "</s>", fixedTime);
}

}  // namespace

/// Chat templates against Jinja as transformers sets it up, and the bounds of the interpreter.
class TstChatTemplate : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void initTestCase() {
    m_golden = test::goldenFile("chats.json");
    QVERIFY(m_golden.is_object());
    m_conversations = m_golden.at("conversations").get<std::vector<std::vector<ChatMessage>>>();
    QCOMPARE(m_conversations.size(), std::size_t{20});
  }

  void defaultTemplateByteForByte() {
    const auto vocabulary = test::defaultVocabulary();
    if (!vocabulary) QFAIL(vocabulary.error().message().c_str());
    QCOMPARE(test::shown(vocabulary->chatTemplate), test::shown(m_golden.at("default_source").get<std::string>()));
    checkAll(vocabulary->chatTemplate, m_golden.at("default"));
  }

  void families_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"llama2", "llama3", "qwen2", "mistral", "gemma", "zephyr", "chatml", "phi3"}) {
      QTest::newRow(name) << QString::fromLatin1(name);
    }
  }

  void families() {
    QFETCH(QString, name);
    const Json& family = m_golden.at("families").at(name.toStdString());
    checkAll(family.at("source").get<std::string>(), family.at("rendered"));
  }

  void expressions_data() {
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* source, const char* expected) {
      QTest::newRow(source) << QString::fromUtf8(source) << QString::fromUtf8(expected);
    };
    row("{{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 3 }}", "3 -4 2 3.5 8");
    row("{{ (1 + 2 * 3) ~ 'a' }}", "7a");
    row("{{ [1, 'a', none, true, 1.0] }} {{ {'a': [1]} }}", "[1, 'a', None, True, 1.0] {'a': [1]}");
    row("{{ 'abcdef'[1:4] }} {{ 'abc'[::-1] }} {{ [1,2,3][-1] }} {{ 'h\u00e9llo'[1] }}", "bcd cba 3 \u00e9");
    row("{{ 'a' in 'abc' and 2 not in [1] }} {{ 1 < 2 < 3 }} {{ not 1 == 2 }}", "True True True");
    row("{{ x is defined }} {{ x | default('d') }} {{ none is none }} {{ 3 is odd }}", "False d True True");
    row("{{ '{} and {n}'.format(1, n='b') }} {{ 'a,b'.split(',') }} {{ ' a  b '.split() }}",
        "1 and b ['a', 'b'] ['a', 'b']");
    row("{{ 'Title case'.title() }} {{ 'x' * 3 }} {{ ['a','b'] | join('-') }}", "Title Case xxx a-b");
    row("{{ '12' | int + 1 }} {{ 'abc' | first }} {{ [1,2] | last }} {{ 'a' | upper }}", "13 a 2 A");
    row("{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }};{% endfor %}", "a=1;b=2;");
    row("{% for i in range(5) if i % 2 %}{{ loop.index }}:{{ i }}{{ ',' if not loop.last }}{% endfor %}", "1:1,2:3");
    row("{% set x %}a{{ 1 }}{% endset %}{{ x }}", "a1");
    row("{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}", "1");
    row("{% set n = namespace(x=1) %}{% for i in [1] %}{% set n.x = 2 %}{% endfor %}{{ n.x }}", "2");
    row("{% macro m(a, b='z') %}{{ a }}{{ b }}{% endmacro %}{{ m('y') }}{{ m('q', b='r') }}", "yzqr");
    row("{% raw %}{{ x }}{% endraw %}{# gone #}!", "{{ x }}!");
    row("a\n  {% if true %}\n  b\n  {% endif %}\nc", "a\n  b\nc");
    row("a {%- if true -%} b {%- endif %} c", "ab c");
    row("{{ {'b': [1, \"q\\\"\"], 'a': none} | tojson }}", "{\"b\": [1, \"q\\\"\"], \"a\": null}");
    row("{{ [1, {'a': 2}] | tojson(indent=2) }}", "[\n  1,\n  {\n    \"a\": 2\n  }\n]");
    row("{{ 'a\nb' | indent(2) }}", "a\n  b");
    row("{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | list }}", "['Hi']");
    row("{{ messages | rejectattr('role', 'equalto', 'user') | list | length }}", "0");
    row("{{ strftime_now('%Y-%m-%d') }} {{ tools }} {{ bos_token }}{{ eos_token }}", "2024-02-29 None <s></s>");
    row("{{ messages[0].content.replace('H', 'h') }} {{ messages[0].get('x', 'no') }}", "hi no");
    row("{{ 'x' if false }}|{{ 'a' if false else 'b' if true else 'c' }}", "|b");
    row("{% for i in range(9) %}{% if i == 1 %}{% continue %}{% elif i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}",
        "02");
    row("{% for i in [] %}x{% else %}none{% endfor %}", "none");
  }

  void expressions() {
    QFETCH(QString, source);
    QFETCH(QString, expected);
    const auto text = rendered(source.toStdString());
    if (!text) QFAIL(text.error().message().c_str());
    QCOMPARE(test::shown(*text), expected);
  }

  void mistakes_data() {
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("word");
    const auto row = [](const char* source, const char* code, const char* word) {
      QTest::newRow(source) << QString::fromUtf8(source) << QString::fromLatin1(code) << QString::fromLatin1(word);
    };
    row("a\nb\n{{ raise_exception('not so') }}", "TPL-05", "not so");
    row("a\n{{ x.y.z }}", "TPL-06", "line 2");
    row("{{ 1 / 0 }}", "TPL-06", "zero");
    row("{{ 'a' + 1 }}", "TPL-06", "str and int");
    row("{{ 'a' | shuffle }}", "TPL-03", "shuffle");
    row("{{ 'a' is strange }}", "TPL-03", "strange");
    row("{{ [].append(1) }}", "TPL-03", "append");
    row("{{ open('x') }}", "TPL-03", "open");
    row("\n{% include 'x' %}", "TPL-03", "line 2");
    row("{% for x in [] recursive %}{% endfor %}", "TPL-03", "recursive");
    row("{% if x %}", "TPL-02", "endif");
    row("{{ x", "TPL-02", "no end");
    row("{{ 'x }}", "TPL-02", "quote");
    row("{# x", "TPL-02", "comment");
    row("{% endif %}", "TPL-02", "endif");
    row("{{ ) }}", "TPL-02", "bracket");
    row("{{ 99999999999999999999 }}", "TPL-02", "number");
    row("{{ 9223372036854775807 + 1 }}", "TPL-06", "too large");
    row("{% for i in range(1000000) %}{% endfor %}", "TPL-06", "range");
    row("{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}", "TPL-07", "steps");
    row("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "TPL-04", "deep");
    row("{{ 'x' * 999999999999 }}", "TPL-08", "too much");
    row("{% set n = namespace(x='xx') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}", "TPL-08",
        "too much");
    row("{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
        "TPL-08", "too much");
    row("{% set n = namespace(x=[]) %}{% for i in range(99) %}{% set n.x = [n.x] %}{% endfor %}", "TPL-04", "deep");
    row("{{ 'aaaaaaaaaaaaaaaaaaaaaaaa' | indent('b' * 10000000, true) }}{{ ('a' * 9999).replace('a', 'b' * 99999) }}",
        "TPL-08", "too much");
  }

  void mistakes() {
    QFETCH(QString, source);
    QFETCH(QString, code);
    QFETCH(QString, word);
    const auto text = rendered(source.toStdString());
    QVERIFY(text.isError());
    QCOMPARE(test::shown(text.error().code), code);
    QVERIFY2(test::shown(text.error().message()).contains(word), text.error().message().c_str());
  }

  void deepAndLargeSourcesAreRefused() {
    QCOMPARE(rendered(std::string(300'000, 'x')).error().code, std::string("TPL-01"));
    QCOMPARE(rendered("{{ " + std::string(50'000, '(') + "1" + std::string(50'000, ')') + " }}").error().code,
             std::string("TPL-04"));
    QCOMPARE(rendered("{{ " + std::string(50'000, '-') + "1 }}").error().code, std::string("TPL-04"));
    std::string chain = "{{ 1";
    for (int i = 0; i < 20'000; ++i) chain += "+1";
    QCOMPARE(rendered(chain + " }}").error().code, std::string("TPL-04"));
    std::string blocks;
    for (int i = 0; i < 5'000; ++i) blocks += "{% if 1 %}";
    QCOMPARE(rendered(blocks).error().code, std::string("TPL-04"));
  }

  void anyCutOfATemplateEndsInOneAnswer() {
    for (const auto& [name, family] : m_golden.at("families").items()) {
      const auto source = family.at("source").get<std::string>();
      for (std::size_t length = 0; length < source.size(); length += 7) {
        const auto text = rendered(source.substr(0, length));
        QVERIFY2(text.hasValue() || text.error().code.starts_with("TPL-"), name.c_str());
      }
    }
  }

private:
  void checkAll(const std::string& source, const Json& expected) {
    const auto parsed = ChatTemplate::parse(source, "golden");
    if (!parsed) QFAIL(parsed.error().message().c_str());
    for (std::size_t i = 0; i < m_conversations.size(); ++i) {
      for (const int prompt : {0, 1}) {
        const auto text = parsed->render(m_conversations[i], prompt == 1, "<s>", "</s>", fixedTime);
        const Json& wanted = expected.at(i).at(static_cast<std::size_t>(prompt));
        if (wanted.is_object()) {
          QVERIFY(text.isError());
          QCOMPARE(text.error().code, std::string("TPL-05"));
          QCOMPARE(text.error().what, wanted.at("refused").get<std::string>());
          continue;
        }
        if (!text) QFAIL(text.error().message().c_str());
        QCOMPARE(test::shown(*text), test::shown(wanted.get<std::string>()));
      }
    }
  }

  Json m_golden;
  std::vector<std::vector<ChatMessage>> m_conversations;
};

}  // namespace patchbay

QTEST_APPLESS_MAIN(patchbay::TstChatTemplate)
#include "tst_chat_template.moc"
