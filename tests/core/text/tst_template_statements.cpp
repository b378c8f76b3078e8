#include "template_rows.h"

namespace patchbay {

/// Tags, white space, scopes and loops of chat templates, and how mistakes in them are told.
class TstTemplateStatements : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void whitespace_data() {
    test::templateColumns();
    const auto row = test::addTemplateRow;
    row("a\n{% if true %}\nb\n{% endif %}\nc", "a\nb\nc");
    row("  {% if true %}x{% endif %}  \n  y", "x  \n  y");
    row("  {%+ if true %}x{% endif %}", "  x");
    row("{% if true +%}\nx{% endif %}", "\nx");
    row("a  {{- ' b ' -}}  c", "a b c");
    row("a\n\n{{- 1 }}\n\n{{ 2 -}}\n\nb", "a1\n\n2b");
    row("a\n  {{ 1 }}\nb\n", "a\n  1\nb");
    row("a\n\n", "a\n");
    row("a  {# note #}\n  {# note #}\nb", "a  b");
    row("a  {#- note -#}  \n b", "ab");
    row("a {%- set x = 1 -%} \n\t b", "ab");
    row("x\r\ny\r\n", "x\ny");
    row("x\ry", "x\ny");
    row("{% for i in [1, 2] -%}\n  {{ i }}\n{%- endfor %}.", "12.");
    row("{% for i in [1, 2] %}\n  {{ i }}\n{% endfor %}.", "  1\n  2\n.");
    row(" {% raw %} {{ a }} {% b %} {# c #} {% endraw %} ", " {{ a }} {% b %} {# c #}  ");
    row("a\n  {%- raw -%}  {{ x }}  {%- endraw -%}  b", "a{{ x }}b");
    row("{{ 'a' }}\n{{ 'b' }}", "a\nb");
    row("{ { % # } }", "{ { % # } }");
    row("{{ '}}' ~ '%}' ~ \"#}\" }}", "}}%}#}");
    row("{{ {'a': {'b': 1}}.a.b }}", "1");
    row("{%- if true %} a{% endif -%}\n  b", " ab");
  }
  void whitespace() { test::checkTemplateRow(); }

  void scopes_data() {
    test::templateColumns();
    const auto row = test::addTemplateRow;
    row("{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}", "2");
    row("{% for i in [1, 2] %}{% if i == 1 %}{% set y = 5 %}{% endif %}[{{ y }}]{% endfor %}[{{ y }}]", "[5][][]");
    row("{% for i in [1] %}{% endfor %}[{{ i }}]", "[]");
    row("{% set i = 7 %}{% for i in [1, 2] %}{{ i }}{% endfor %}{{ i }}", "127");
    row("{% set n = namespace(a=1, b='x') %}{% for i in range(3) %}{% set n.a = n.a + i %}{% endfor %}{{ n.a }}{{ n.b }}",
        "4x");
    row("{% set n = namespace() %}{% set n.later = 4 %}{{ n.later }}[{{ n.never }}]", "4[]");
    row("{% macro show(a, b=2) %}{{ a }}-{{ b }};{% endmacro %}{{ show(1) }}{{ show(1, 3) }}{{ show(b=4, a=5) }}{{ show() }}",
        "1-2;1-3;5-4;-2;");
    row("{% macro outer(x) %}<{{ inner(x) }}>{% endmacro %}{% macro inner(x) %}({{ x }}){% endmacro %}{{ outer(1) }}",
        "<(1)>");
    row("{% set g = 'global' %}{% macro m() %}{{ g }}{% endmacro %}{% for i in [1] %}{{ m() }}{% endfor %}", "global");
    row("{% macro m(i) %}{{ i }}{% set i = 9 %}{{ i }}{% endmacro %}{% set i = 3 %}{{ m(1) }}{{ i }}", "193");
    row("{% macro down(n) %}{{ n }}{% if n > 0 %}{{ down(n - 1) }}{% endif %}{% endmacro %}{{ down(3) }}", "3210");
    row("{% macro m() %}a{% endmacro %}{{ m() | upper }}{{ m() ~ 'b' }}{{ m()[0] }}", "Aaba");
    row("{% set t %}a{% for i in range(3) %}{{ i }}{% endfor %}{% endset %}{{ t }}{{ t | length }}", "a0124");
    row("{% set x = 1 %}{% set x = x + 1 %}{{ x }}", "2");
    row("{% set m = messages %}{% for message in m %}{{ message['role'][0] }}{% endfor %}", "sua");
    row("{% set loop_messages = messages[1:] %}{{ loop_messages | length }}{{ loop_messages[0]['role'] }}", "2user");
    row("{% if messages[0].role == 'system' %}{% set s = messages[0].content %}{% else %}{% set s = '' %}{% endif %}{{ s }}",
        "S");
  }
  void scopes() { test::checkTemplateRow(); }

  void loops_data() {
    test::templateColumns();
    const auto row = test::addTemplateRow;
    row("{% for i in 'ab\u00e9' %}{{ i }},{% endfor %}", "a,b,\u00e9,");
    row("{% for k in {'x': 1, 'y': 2} %}{{ k }}{% endfor %}", "xy");
    row("{% for a, b in [[1, 2], [3, 4]] %}{{ a }}{{ b }} {% endfor %}", "12 34 ");
    row("{% for (a, b) in [(1, 2)] %}{{ a + b }}{% endfor %}", "3");
    row("{% for i in [5, 6, 7] %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }} {% endfor %}",
        "1032TrueFalse3 2121FalseFalse3 3210FalseTrue3 ");
    row("{% for i in [5, 6, 7] %}[{{ loop.previtem }}|{{ loop.nextitem }}]{% endfor %}", "[|6][5|7][6|]");
    row("{% for i in [1, 2, 3, 4] if i is even %}{{ loop.index }}:{{ i }}/{{ loop.length }} {% endfor %}",
        "1:2/2 2:4/2 ");
    row("{% for i in [1, 3] if i is even %}{{ i }}{% else %}none{% endfor %}", "none");
    row("{% for i in undefined_list %}x{% else %}empty{% endfor %}", "empty");
    row("{% for i in [1, 2] %}{% for j in 'ab' %}{{ loop.index }}{% endfor %}{{ loop.index }} {% endfor %}",
        "121 122 ");
    row("{% for i in range(10) %}{% if i == 5 %}{% break %}{% endif %}{% if i is odd %}{% continue %}{% endif %}{{ i }}{% endfor %}",
        "024");
    row("{% for i in [1, 2] %}{% for j in [1, 2, 3] %}{% if j == 2 %}{% break %}{% endif %}{{ i }}{{ j }} {% endfor %}|{% endfor %}",
        "11 |21 |");
    row("{% for i in [1] %}{% break %}{% else %}still{% endfor %}.", "still.");
    row("{% for i in [1, 2] %}{% continue %}{% else %}still{% endfor %}.", "still.");
    row("{% for i in [1, 2] %}{% if i == 2 %}{% break %}{% endif %}{% else %}never{% endfor %}.", ".");
    row("{% for i in [1] %}{% for j in [] %}{% else %}{% continue %}{% endfor %}never{% endfor %}.", ".");
    row("{% for k, v in {'a': 1, 'b': 2} | items %}{{ k }}{{ v }}{% endfor %}", "a1b2");
    row("{% for i in range(5, 0, -2) %}{{ i }}{% endfor %} {% for i in range(2, 4) %}{{ i }}{% endfor %}", "531 23");
    row("{% if false %}a{% elif none %}b{% elif '' %}c{% elif [] %}d{% elif {} %}e{% elif 0 %}f{% elif 0.0 %}g{% else %}h{% endif %}",
        "h");
    row("{% if [0] and 'x' and {'a': 0} and -1 %}all{% endif %}", "all");
    row("{% generation %}kept{% endgeneration %}", "kept");
  }
  void loops() { test::checkTemplateRow(); }

  void refusals_data() {
    test::refusalColumns();
    const auto row = test::addRefusalRow;
    row("{% if true %}\na\n", "TPL-02", 2, "endif");
    row("{% for i in [] %}{% endif %}", "TPL-02", 1, "endif");
    row("\n\n{% else %}", "TPL-02", 3, "else");
    row("\n{% endmacro %}", "TPL-02", 2, "endmacro");
    row("a\n{% set %}", "TPL-02", 2, "name to set");
    row("{% set x y %}", "TPL-02", 1, "y");
    row("{% set a, b = [1, 2] %}", "TPL-03", 1, "set");
    row("{% set x | upper %}a{% endset %}", "TPL-03", 1, "set");
    row("{% for in [] %}{% endfor %}", "TPL-02", 1, "in");
    row("{% for i of [] %}{% endfor %}", "TPL-02", 1, "of");
    row("{% for (a, b in [] %}{% endfor %}", "TPL-02", 1, ")");
    row("{% macro m %}{% endmacro %}", "TPL-02", 1, "(");
    row("{% macro m(1) %}{% endmacro %}", "TPL-02", 1, "parameter");
    row("\n{% block body %}{% endblock %}", "TPL-03", 2, "block");
    row("{% filter upper %}a{% endfilter %}", "TPL-03", 1, "filter");
    row("{% import 'x' as y %}", "TPL-03", 1, "import");
    row("{% with x = 1 %}{% endwith %}", "TPL-03", 1, "with");
    row("{% call m() %}{% endcall %}", "TPL-03", 1, "call");
    row("a\nb {# never", "TPL-02", 2, "comment");
    row("\n{% raw %}\nx", "TPL-02", 3, "raw");
    row("{% %}", "TPL-02", 1, "name of the tag");
    row("\n{{ }}", "TPL-02", 2, "value");
    row("{{ 1 2 }}", "TPL-02", 1, "2");
    row("{{ (1 }}", "TPL-02", 1, "}");
    row("{{ [1, 2 }}", "TPL-02", 1, "}");
    row("{{ 1 ] }}", "TPL-02", 1, "]");
    row("\n{{ a ? b }}", "TPL-02", 2, "?");
    row("{{ \"x }}", "TPL-02", 1, "quote");
    row("{{ {'a' 1} }}", "TPL-02", 1, ":");
    row("{{ x. }}", "TPL-02", 1, "name after");
    row("{{ 'a'[] }}", "TPL-02", 1, "index");
    row("{{ 'a' | }}", "TPL-02", 1, "filter");
    row("{{ 'a' is }}", "TPL-02", 1, "test");
    row("a\n{% for a, b in [[1]] %}{% endfor %}", "TPL-06", 2, "more names");
    row("{% for a, b in [1] %}{% endfor %}", "TPL-06", 1, "int");
    row("{% for i in 5 %}{% endfor %}", "TPL-06", 1, "int");
    row("{% for i in none %}{% endfor %}", "TPL-06", 1, "none");
    row("{% set x = 1 %}\n{% set x.y = 2 %}", "TPL-06", 2, "namespace");
    row("{% set d = {'a': 1} %}{% set d.a = 2 %}", "TPL-06", 1, "namespace");
    row("{{ raise_exception() }}", "TPL-05", 1, "refuses");
    row("{% if true %}\n\n{{ raise_exception('no ' ~ 'tools') }}{% endif %}", "TPL-05", 3, "no tools");
    row("{% macro m() %}\n{{ 1 / 0 }}{% endmacro %}\n\n{{ m() }}", "TPL-06", 2, "zero");
    row("{% break %}after", "TPL-02", 1, "break");
    row("\n{% continue %}", "TPL-02", 2, "continue");
    row("{% for i in [1] %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}", "TPL-02", 1, "break");
    row("{% for i in [] %}{% else %}{% continue %}{% endfor %}", "TPL-02", 1, "continue");
  }
  void refusals() { test::checkRefusalRow(); }

  void anUntakenBranchIsNotRun() {
    QCOMPARE(*test::renderedRow("{% if false %}{{ raise_exception('x') }}{{ 1 / 0 }}{% endif %}ok"), std::string("ok"));
    QCOMPARE(*test::renderedRow("{{ 1 or raise_exception('x') }}{{ 0 and 1 / 0 }}"), std::string("10"));
    QCOMPARE(*test::renderedRow("{% for i in [] %}{{ 1 / 0 }}{% endfor %}ok"), std::string("ok"));
    QCOMPARE(*test::renderedRow("{% macro m() %}{{ 1 / 0 }}{% endmacro %}ok"), std::string("ok"));
  }

  void aTemplateCanBeRenderedAgain() {
    const auto parsed = ChatTemplate::parse(
        "{% set n = namespace(c=0) %}{% for m in messages %}{% set n.c = n.c + 1 %}{% endfor %}{{ n.c }}", "row");
    QVERIFY(parsed.hasValue());
    for (int i = 0; i < 3; ++i) QCOMPARE(*parsed->render(test::rowMessages(), false, "", ""), std::string("3"));
    QCOMPARE(*parsed->render({}, false, "", ""), std::string("0"));
  }

  void whatRendersIsGiven() {
    const auto parsed = ChatTemplate::parse("{{ bos_token }}|{{ eos_token }}|{{ add_generation_prompt }}", "row");
    QVERIFY(parsed.hasValue());
    QCOMPARE(*parsed->render({}, true, "B", "E"), std::string("B|E|True"));
    QCOMPARE(*parsed->render({}, false, "", "{{ 1 }}"), std::string("|{{ 1 }}|False"));
  }

  void contentIsNeverReadAsATemplate() {
    const auto parsed = ChatTemplate::parse("{{ messages[0].content }}", "row");
    QVERIFY(parsed.hasValue());
    for (const char* content : {"{{ 1 + 1 }}", "{% if x %}", "{# #}", "<&'\">", "a\r\nb", "\xF0\x9F\x98\x80"}) {
      QCOMPARE(*parsed->render({{"user", content}}, false, "", ""), std::string(content));
    }
  }

  void nestingIsBoundedEverywhere() {
    const auto repeated = [](const std::string& text, int times) {
      std::string all;
      for (int i = 0; i < times; ++i) all += text;
      return all;
    };
    const auto codeOf = [](const std::string& source) {
      const auto text = test::renderedRow(source);
      return text ? std::string("none") : text.error().code;
    };
    QCOMPARE(codeOf(repeated("{% for i in [1] %}", 50) + "x" + repeated("{% endfor %}", 50)), std::string("none"));
    QCOMPARE(codeOf(repeated("{% for i in [1] %}", 900)), std::string("TPL-04"));
    QCOMPARE(codeOf(repeated("{% macro m() %}", 900)), std::string("TPL-04"));
    QCOMPARE(codeOf("{{ " + repeated("not ", 900) + "1 }}"), std::string("TPL-04"));
    QCOMPARE(codeOf("{{ " + repeated("[", 900) + repeated("]", 900) + " }}"), std::string("TPL-04"));
    QCOMPARE(codeOf("{{ " + repeated("{'a':", 900) + "1" + repeated("}", 900) + " }}"), std::string("TPL-04"));
    QCOMPARE(codeOf("{{ 'a'" + repeated("|upper", 900) + " }}"), std::string("TPL-04"));
    QCOMPARE(codeOf("{{ messages" + repeated("[0]", 900) + " }}"), std::string("TPL-04"));
    QCOMPARE(codeOf("{{ 1" + repeated(" if 1 else 1", 900) + " }}"), std::string("TPL-04"));
    QCOMPARE(codeOf("{{ 'a'" + repeated(" 'a'", 900) + " }}"), std::string("none"));
    QCOMPARE(codeOf(repeated("{{ 1 }}", 9000)), std::string("none"));
  }

  void theSourceIsBounded() {
    QVERIFY(ChatTemplate::parse(std::string(256 * 1024, 'x'), "row").hasValue());
    const auto refused = ChatTemplate::parse(std::string(256 * 1024 + 1, 'x'), "row");
    QVERIFY(refused.isError());
    QCOMPARE(refused.error().code, std::string("TPL-01"));
    QCOMPARE(refused.error().file, std::string("row"));
    QCOMPARE(refused.error().found, std::string("262145 bytes"));
  }
};

}  // namespace patchbay

QTEST_APPLESS_MAIN(patchbay::TstTemplateStatements)
#include "tst_template_statements.moc"
