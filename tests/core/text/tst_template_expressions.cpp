#include "template_rows.h"

namespace patchbay {

/// Operators, filters, tests and methods of chat templates.
class TstTemplateExpressions : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void operators_data() {
    test::templateColumns();
    const auto row = test::addTemplateRow;
    row("{{ 1 + 2 * 3 - 4 // 3 }} {{ (1 + 2) * 3 }} {{ 2 ** 3 ** 2 }} {{ -2 ** 2 }}", "6 9 64 4");
    row("{{ 7 // -2 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 7.5 // 2 }} {{ -7.5 % 2 }} {{ 6 / 3 }}", "-4 2 -2 3.0 0.5 2.0");
    row("{{ 2 ** -1 }} {{ 2 ** 0.5 }} {{ 10 ** 15 }} {{ 1 / 3 }}",
        "0.5 1.4142135623730951 1000000000000000 0.3333333333333333");
    row("{{ 1e3 }} {{ 2.5e-3 }} {{ 1E+2 }} {{ 1e16 }} {{ 1.50 }} {{ 1_000 + 1 }} {{ 0.1 + 0.2 }} {{ 100000000.0 * 100000000 }}",
        "1000.0 0.0025 100.0 1e+16 1.5 1001 0.30000000000000004 1e+16");
    row("{{ 1 ~ 'a' ~ none ~ true ~ 1.0 ~ [1] }}", "1aNoneTrue1.0[1]");
    row("{{ 'a' * 3 }}{{ 2 * 'b' }}{{ [1] * 2 }}{{ 'c' * 0 }}{{ 'd' * -1 }}", "aaabb[1, 1]");
    row("{{ [1] + ['a'] }} {{ 'a' + 'b' }} {{ true + true }} {{ true * 3 }}", "[1, 'a'] ab 2 3");
    row("{{ 1 == 1.0 }} {{ 1 == true }} {{ '1' == 1 }} {{ none == false }} {{ [1, [2]] == [1.0, [2]] }} {{ {'a': 1, 'b': 2} == {'b': 2, 'a': 1} }}",
        "True True False False True True");
    row("{{ 1 < 2 <= 2 > 1 >= 1 != 2 }} {{ 3 > 2 > 2 }} {{ 'a' < 'b' }} {{ 'Z' < 'a' }}", "True False True True");
    row("{{ 'b' in 'abc' }} {{ 'd' not in 'abc' }} {{ 1 in [1.0] }} {{ 'a' in {'a': 0} }} {{ 'x' in messages[0] }} {{ '' in 'a' }}",
        "True True True True False True");
    row("{{ not true or true }} {{ not (true or true) }} {{ not not 1 }} {{ true and false or true }}",
        "True False True True");
    row("{{ 0 or 'x' }} {{ '' or [] or 'last' }} {{ 1 and 'y' }} {{ 0 and 'never' }} {{ none or none }}",
        "x last y 0 None");
    row("{{ 'a' if 1 else 'b' if 1 else 'c' }} {{ ('a' if 0 else 'b') ~ 'c' }} [{{ 'a' if 0 }}]", "a bc []");
    row("{{ -3 | abs_missing if false else 4 }}", "4");
    row("{{ 'abc'[0] }}{{ 'abc'[-1] }}[{{ 'abc'[9] }}]{{ [1, 2][1] }}[{{ [1][5] }}]{{ {'k': 'v'}['k'] }}[{{ {'k': 1}['z'] }}]",
        "ac[]2[]v[]");
    row("{{ 'abcdef'[::2] }} {{ 'abcdef'[4:1:-1] }} {{ 'abc'[-2:] }} {{ 'abc'[:-1] }} {{ 'abc'[5:] }}| {{ [1, 2, 3][::-1] }} {{ 'abc'[:] }} {{ 'abc'[-9:2] }}",
        "ace edc bc ab | [3, 2, 1] abc ab");
    row("{{ [1, 2, 3].0 if false else (1, 2)[0] }} {{ [[1, 2], [3]][0][1] }}", "1 2");
    row("{{ 'it' \"em\" 's' }} {{ 'a\\n\\'b\\\\' }} {{ \"\\u00e9\\x41\" }}", "items a\n'b\\ \u00e9A");
    row("{{ [] }} {{ {} }} {{ [none, true, 'it\\'s', \"q\\\"\", 'a\\nb'] }} {{ {'a': {'b': [1.5]}} }}",
        "[] {} [None, True, \"it's\", 'q\"', 'a\\nb'] {'a': {'b': [1.5]}}");
    row("{{ 1.0 }} {{ 1.5e0 if false else 2.25 }} {{ 10000000000000000.0 }} {{ 0.00001 }} {{ 0.0001 }} {{ 123456789012345.0 }}",
        "1.0 2.25 1e+16 1e-05 0.0001 123456789012345.0");
    row("{{ true }} {{ True }} {{ none }} {{ None }} {{ false }} [{{ missing }}]", "True True None None False []");
    row("{{ {'a': 1, 'a': 2} }} {{ dict(a=1, b='x') }} {{ dict({'k': 1}, z=2).z }}", "{'a': 2} {'a': 1, 'b': 'x'} 2");
    row("{{ range(3) | list }} {{ range(1, 4) | list }} {{ range(3, 0) | list }}", "[0, 1, 2] [1, 2, 3] []");
    row("{{ 1 is number and 'a' is string }} {{ not 1 is string }} {{ 1 is not string }}", "True True True");
    row("{{ (1, 2) | length }} {{ [1, 2,] }} {{ {'a': 1,} }}", "2 [1, 2] {'a': 1}");
    row("{{ messages[0]['role'] ~ messages[-1].role }} {{ messages | length }} {{ messages[1].content.strip() }}",
        "systemassistant 3 Hi");
    row("{{ +3 }} {{ - 3 }} {{ 5 - -3 }} {{ -(2 + 1) }}", "3 -3 8 -3");
    row("{{ 1 if 2 > 1 and 'a' in 'ab' else 0 }}{{ bos_token + eos_token }}", "1<s></s>");
  }
  void operators() { test::checkTemplateRow(); }

  void filters_data() {
    test::templateColumns();
    const auto row = test::addTemplateRow;
    row("{{ '  a b ' | trim }}|{{ 'xxaxx' | trim('x') }}|{{ ' a' | trim | upper }}", "a b|a|A");
    row("{{ 'stra\u00dfe \u00e9' | upper }} {{ '\u00c9A' | lower }} {{ 'hello wORLD' | capitalize }} {{ 'hello wORLD-x' | title }}",
        "STRASSE \u00c9 \u00e9a Hello world Hello World-X");
    row("{{ 'h\u00e9' | length }} {{ [1, 2] | count }} {{ {'a': 1} | length }} {{ '' | length }}", "2 2 1 0");
    row("{{ 'abc' | first }}{{ 'abc' | last }}{{ [1, 2] | first }}[{{ [] | first }}]{{ 'abc' | list }}",
        "ac1[]['a', 'b', 'c']");
    row("{{ missing | default('d') }} {{ '' | default('d') }}| {{ '' | default('d', true) }} {{ none | d('e', true) }} {{ none | default('n') }} {{ 0 | default(5, boolean=true) }}",
        "d | d e None 5");
    row("{{ [1, 'a', none] | join('-') }} {{ 'abc' | join(',') }} {{ [] | join('x') }}| {{ messages | join(',', attribute='role') }}",
        "1-a-None a,b,c | system,user,assistant");
    row("{{ {'a': [1, 2.5, none, true, 'q\"\\n\u00e9']} | tojson }}",
        "{\"a\": [1, 2.5, null, true, \"q\\\"\\n\u00e9\"]}");
    row("{{ {'b': {'c': []}, 'a': {}} | tojson(indent=2) }}", "{\n  \"b\": {\n    \"c\": []\n  },\n  \"a\": {}\n}");
    row("{{ [1, [2, 3]] | tojson(indent=1) }} {{ 'a<b' | tojson }} {{ '\\t\\\\' | tojson }}",
        "[\n 1,\n [\n  2,\n  3\n ]\n] \"a<b\" \"\\t\\\\\"");
    row("{{ 'a-b-c' | replace('-', '+') }} {{ 'aaa' | replace('a', 'b', 2) }} {{ 'abc' | replace('x', 'y') }}",
        "a+b+c bba abc");
    row("{{ '12' | int }} {{ 'x' | int }} {{ 'x' | int(7) }} {{ 3.9 | int }} {{ -3.9 | int }} {{ true | int }} {{ ' 5 ' | int }}",
        "12 0 7 3 -3 1 5");
    row("{{ 'a\\nb\\n\\nc' | indent }}|{{ 'a\\nb' | indent(2, true) }}|{{ 'a\\n\\nb' | indent(1, blank=true) }}|{{ 'a\\nb' | indent('> ') }}",
        "a\n    b\n\n    c|  a\n  b|a\n \n b|a\n> b");
    row("{{ [0, 1, '', 'a', none] | select | list }} {{ [1, 2, 3] | select('odd') | list }} {{ [1, 2, 3] | reject('odd') | list }} {{ [0, 1] | reject | list }}",
        "[1, 'a'] [1, 3] [2] [0]");
    row("{{ [1, 5, 9] | select('gt', 4) | list }} {{ ['a', 'b'] | select('in', ['b', 'c']) | list }} {{ [1, 2, 3, 4] | select('divisibleby', 2) | list }}",
        "[5, 9] ['b'] [2, 4]");
    row("{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | list }} {{ messages | rejectattr('role', 'eq', 'user') | map(attribute='role') | join(',') }}",
        "[' Hi '] system,assistant");
    row("{{ [{'a': 1}, {}] | selectattr('a', 'defined') | list }} {{ [{'a': 0}, {'a': 2}] | selectattr('a') | list }}",
        "[{'a': 1}] [{'a': 2}]");
    row("{{ [{'f': {'n': 'x'}}] | map(attribute='f.n') | list }} {{ [{'a': 1}, {}] | map(attribute='a', default='-') | list }}",
        "['x'] [1, '-']");
    row("{{ ['a', 'b'] | map('upper') | list }} {{ ['a,b'] | map('replace', ',', ';') | list }} {{ [' a '] | map('trim') | join }}",
        "['A', 'B'] ['a;b'] a");
    row("{{ 1 | string + '2' }} {{ none | string }} {{ 'x' | safe }} {{ [1] | string | length }}", "12 None x 3");
    row("{% for k, v in {'z': 1, 'a': 2} | items %}{{ k }}{{ v }}{% endfor %}", "z1a2");
    row("{{ 'a' ~ 'B' | lower ~ 'C' }} {{ ('a' ~ 'B') | lower }} {{ 1 + '2' | int }} {{ -1 | string }}", "abC ab 3 -1");
  }
  void filters() { test::checkTemplateRow(); }

  void tests_data() {
    test::templateColumns();
    const auto row = test::addTemplateRow;
    row("{{ x is defined }} {{ x is undefined }} {{ bos_token is defined }} {{ messages[0].nope is defined }} {{ tools is defined }} {{ tools is none }}",
        "False True True False True True");
    row("{{ none is none }} {{ x is none }} {{ 0 is none }} {{ 'a' is string }} {{ 1 is string }}",
        "True False False True False");
    row("{{ {} is mapping }} {{ [] is mapping }} {{ [] is sequence }} {{ 'a' is sequence }} {{ 1 is sequence }} {{ {} is sequence }}",
        "True False True True False True");
    row("{{ [] is iterable }} {{ 'a' is iterable }} {{ {} is iterable }} {{ 1 is iterable }} {{ none is iterable }}",
        "True True True False False");
    row("{{ 1 is number }} {{ 1.5 is number }} {{ true is number }} {{ '1' is number }} {{ 1 is integer }} {{ 1.0 is integer }} {{ true is integer }} {{ 1.0 is float }} {{ 1 is float }}",
        "True True True False True False False True False");
    row("{{ true is boolean }} {{ 1 is boolean }} {{ true is true }} {{ 1 is true }} {{ false is false }} {{ 0 is false }} {{ none is false }}",
        "True False True False True False False");
    row("{{ 2 is even }} {{ 3 is even }} {{ -3 is odd }} {{ 0 is even }} {{ 9 is divisibleby 3 }} {{ 9 is divisibleby(2) }}",
        "True False True True True False");
    row("{{ range is callable }} {{ 'a'.upper is callable }} {{ 'a' is callable }} {{ 'ab' is lower }} {{ 'aB' is lower }}",
        "True True False True False");
    row("{{ 1 is eq 1 }} {{ 1 is equalto(2) }} {{ 1 is ne 2 }} {{ 1 is lt 2 }} {{ 2 is le 2 }} {{ 3 is gt 2 }} {{ 3 is ge 4 }} {{ 1 is in [1, 2] }} {{ 'z' is in 'xyz' }}",
        "True False True True True True False True True");
    row("{{ none is sameas none }} {{ 1 is not defined }} {{ x is not defined and true }} {{ 3 is odd and 2 is odd }} {{ x is defined or 5 is odd }}",
        "True False True False True");
    row("{% if messages[0] is mapping and messages[0].content is string %}ok{% endif %}{% if messages is sequence and messages is not mapping %}!{% endif %}",
        "ok!");
  }
  void tests() { test::checkTemplateRow(); }

  void methods_data() {
    test::templateColumns();
    const auto row = test::addTemplateRow;
    row("{{ ' a '.strip() }}|{{ ' a '.lstrip() }}|{{ ' a '.rstrip() }}|{{ 'xyaxy'.strip('xy') }}|{{ '\\n\\ta\u3000'.strip() }}",
        "a|a | a|a|a");
    row("{{ 'a,b,,c'.split(',') }} {{ 'a,b,c'.split(',', 1) }} {{ ' a  b '.split() }} {{ 'a b c'.split(none, 1) }} {{ ''.split() }} {{ ''.split(',') }}",
        "['a', 'b', '', 'c'] ['a', 'b,c'] ['a', 'b'] ['a', 'b c'] [] ['']");
    row("{{ 'a\\nb\\r\\nc\\n'.splitlines() }} {{ ''.splitlines() }}", "['a', 'b', 'c'] []");
    row("{{ 'abc'.startswith('ab') }} {{ 'abc'.endswith('bc') }} {{ 'abc'.startswith(('x', 'a')) }} {{ 'abc'.endswith('') }}",
        "True True True True");
    row("{{ 'aBc'.upper() }} {{ 'aBc'.lower() }} {{ 'ab cd'.title() }} {{ 'ab CD'.capitalize() }}",
        "ABC abc Ab Cd Ab cd");
    row("{{ 'aXbX'.replace('X', '-') }} {{ 'aaa'.replace('a', 'b', 1) }} {{ '-'.join(['a', 'b']) }} {{ ''.join([]) }}",
        "a-b- baa a-b ");
    row("{{ '{} {}'.format(1, 'b') }} {{ '{1}{0}'.format('a', 'b') }} {{ '{x}{{}}'.format(x=3) }}", "1 b ba 3{}");
    row("{{ 'h\u00e9llo'.find('l') }} {{ 'abc'.find('z') }} {{ 'aXaXa'.count('a') }} {{ '123'.isdigit() }} {{ '12a'.isdigit() }} {{ ''.isdigit() }}",
        "2 -1 3 True False False");
    row("{{ 'prefix_x'.removeprefix('prefix_') }} {{ 'x.txt'.removesuffix('.txt') }} {{ 'x'.removeprefix('y') }}",
        "x x x");
    row("{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{% endfor %} {{ {'a': 1}.keys() | list }} {{ {'a': 1}.values() | list }} {{ {'a': 1}.get('a') }} {{ {'a': 1}.get('b') }} {{ {'a': 1}.get('b', 0) }}",
        "a1b2 ['a'] [1] 1 None 0");
    row("{{ messages[1].content.strip().upper().lower()[0] }} {{ ('a' ~ 'b').upper() }}", "h AB");
    row("{{ '<think>x</think>y'.split('</think>')[-1] }} {{ '<think>x</think>y'.split('</think>')[0].split('<think>')[-1] }}",
        "y x");
  }
  void methods() { test::checkTemplateRow(); }

  void refusals_data() {
    test::refusalColumns();
    const auto row = test::addRefusalRow;
    row("{{ 'a' - 'b' }}", "TPL-06", 1, "str and str");
    row("{{ [] + 'a' }}", "TPL-06", 1, "list and str");
    row("{{ {} + {} }}", "TPL-06", 1, "dict and dict");
    row("{{ none + 1 }}", "TPL-06", 1, "none and int");
    row("{{ 1 < 'a' }}", "TPL-06", 1, "int and str");
    row("{{ [1] < [2] }}", "TPL-06", 1, "list and list");
    row("{{ 1 in 5 }}", "TPL-06", 1, "int and int");
    row("{{ 1 % 0 }}", "TPL-06", 1, "zero");
    row("{{ 1.5 // 0 }}", "TPL-06", 1, "zero");
    row("{{ 1 / 0.0 }}", "TPL-06", 1, "zero");
    row("{{ 0 ** -1 }}", "TPL-06", 1, "zero");
    row("{{ 9223372036854775807 * 2 }}", "TPL-06", 1, "too large");
    row("{{ -9223372036854775807 - 2 }}", "TPL-06", 1, "too large");
    row("{{ (-9223372036854775807 - 1) // -1 }}", "TPL-06", 1, "too large");
    row("{{ 3 ** 50 }}", "TPL-06", 1, "too large");
    row("{{ 9223372036854775808 }}", "TPL-02", 1, "18 digits");
    row("{{ -'a' }}", "TPL-06", 1, "str");
    row("\n{{ missing.part }}", "TPL-06", 2, "missing");
    row("{{ missing['part'] }}", "TPL-06", 1, "missing");
    row("{{ messages[0].nope.more }}", "TPL-06", 1, "nope");
    row("{{ missing() }}", "TPL-03", 1, "missing");
    row("{{ 'a'() }}", "TPL-03", 1, "str");
    row("{{ 'a'.encode() }}", "TPL-03", 1, "encode");
    row("{{ {'a': 1}.pop('a') }}", "TPL-03", 1, "pop");
    row("{{ 'abc'[::0] }}", "TPL-06", 1, "step 0");
    row("{{ 'abc'['a':] }}", "TPL-06", 1, "whole number");
    row("{{ {'a': 1}[0:1] }}", "TPL-06", 1, "dict");
    row("{{ {1: 2} }}", "TPL-06", 1, "int");
    row("{{ 5 | length }}", "TPL-06", 1, "int");
    row("{{ 5 | first }}", "TPL-06", 1, "int");
    row("{{ 5 | join }}", "TPL-06", 1, "int");
    row("{{ 'a' | items }}", "TPL-06", 1, "str");
    row("{{ 'a' | replace('b') }}", "TPL-06", 1, "two texts");
    row("{{ 'a' | replace('', 'b') }}", "TPL-06", 1, "empty text");
    row("{{ [1] | map }}", "TPL-06", 1, "map");
    row("{{ [1] | map('nope') | list }}", "TPL-03", 1, "nope");
    row("{{ [1] | select('nope') | list }}", "TPL-03", 1, "nope");
    row("{{ [1] | select('gt') | list }}", "TPL-06", 1, "gt");
    row("{{ missing | tojson }}", "TPL-06", 1, "undefined");
    row("{{ [range] | tojson }}", "TPL-06", 1, "function");
    row("{{ 'a' | indent('x', 1) | wordwrap }}", "TPL-03", 1, "wordwrap");
    row("{{ 1 is divisibleby 0 }}", "TPL-06", 1, "zero");
    row("{{ 'a'.split('') }}", "TPL-06", 1, "empty text");
    row("{{ 'a'.split(1) }}", "TPL-06", 1, "int");
    row("{{ 'a'.startswith(1) }}", "TPL-06", 1, "int");
    row("{{ 'a'.startswith() }}", "TPL-06", 1, "text");
    row("{{ 'a'.count('') }}", "TPL-06", 1, "empty");
    row("{{ '{}'.format() }}", "TPL-06", 1, "no value");
    row("{{ '{5}'.format(1) }}", "TPL-06", 1, "5");
    row("{{ '{'.format(1) }}", "TPL-06", 1, "brace");
    row("{{ '}'.format(1) }}", "TPL-06", 1, "brace");
    row("{{ '-'.join() }}", "TPL-06", 1, "list");
    row("{{ {}.get() }}", "TPL-06", 1, "text");
    row("{{ range() }}", "TPL-06", 1, "range");
    row("{{ range(1, 2, 3, 4) }}", "TPL-06", 1, "range");
    row("{{ range(1, 2, 0) }}", "TPL-06", 1, "step 0");
    row("{{ range('a') }}", "TPL-06", 1, "str");
    row("{{ range(100001) }}", "TPL-06", 1, "100000");
    row("{{ 'x' * 17000000 }}", "TPL-08", 1, "too much");
    row("{{ ('x' * 9000000) ~ ('y' * 9000000) }}", "TPL-08", 1, "too much");
    row("{{ [1] * 99999999 }}", "TPL-08", 1, "too much");
    row("{% for i in range(9) %}{{ 'x' * 9000000 }}{% endfor %}", "TPL-08", 1, "too much");
    row("{{ ['map'] | map('map', 'map') | list }}", "TPL-06", 1, "map");
  }
  void refusals() { test::checkRefusalRow(); }

  void aTimeIsWrittenFromTheGivenClock() {
    const auto parsed = ChatTemplate::parse("{{ strftime_now('%d %b %Y %H:%M') }}|{{ strftime_now('') }}", "row");
    QVERIFY(parsed.hasValue());
    std::tm time{};
    time.tm_year = 99;
    time.tm_mon = 11;
    time.tm_mday = 31;
    time.tm_hour = 23;
    time.tm_min = 5;
    QCOMPARE(*parsed->render({}, false, "", "", [time] { return time; }), std::string("31 Dec 1999 23:05|"));
  }

  void textsOfEverySizeKeepTheirLaws() {
    for (const char* word : {"", "a", "ab", "h\u00e9\u4e16\U0001F600", "  x  "}) {
      const auto parsed = ChatTemplate::parse(
          "{% set t = messages[0].content %}{{ t[::-1][::-1] == t }}{{ t | list | join == t }}"
          "{{ t[:2] + t[2:] == t }}{{ t | length == t | list | length }}{{ (t ~ ',' ~ t).split(',') == [t, t] }}"
          "{{ t.strip() == t.lstrip().rstrip() }}{{ t in t ~ 'x' }}{{ (t * 3) | length == 3 * t | length }}",
          "row");
      QVERIFY(parsed.hasValue());
      const auto text = parsed->render({{"user", word}}, false, "", "");
      if (!text) QFAIL(text.error().message().c_str());
      QCOMPARE(*text, std::string("TrueTrueTrueTrueTrueTrueTrueTrue"));
    }
  }

  void divisionKeepsItsLaw() {
    for (const int a : {-7, -6, -1, 0, 1, 6, 7}) {
      for (const int b : {-3, -2, -1, 1, 2, 3}) {
        const std::string left = "(" + std::to_string(a) + ")", right = "(" + std::to_string(b) + ")";
        // Python: a == (a // b) * b + a % b, and the remainder has the sign of b.
        const std::string quotient = left + " // " + right, remainder = left + " % " + right;
        const auto whole = test::renderedRow("{{ (" + quotient + ") * " + right + " + " + remainder + " }} {{ (" +
                                             remainder + ") * " + right + " >= 0 }}");
        QVERIFY(whole.hasValue());
        QCOMPARE(*whole, std::to_string(a) + " True");
      }
    }
  }
};

}  // namespace patchbay

QTEST_APPLESS_MAIN(patchbay::TstTemplateExpressions)
#include "tst_template_expressions.moc"
