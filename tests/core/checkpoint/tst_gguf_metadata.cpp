#include "core/checkpoint/gguf_metadata.h"

#include <QtTest>

#include <cmath>
#include <limits>

#include "core/checkpoint/refusal.h"
#include "tests/support/tiny_model.h"

using namespace patchbay;
using namespace patchbay::tests;

namespace {

enum Type : std::uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64 };

std::string pair(std::string_view key, std::uint32_t type, const std::string& value) {
  return ggufText(key) + littleEndian(type) + value;
}

std::string array(std::uint32_t type, std::uint64_t count, const std::string& values) {
  return littleEndian(type) + littleEndian(count) + values;
}

std::string repeated(const std::string& part, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += part;
  return all;
}

ByteCursor cursorOver(const std::string& bytes) { return {std::as_bytes(std::span(bytes)), "model.gguf"}; }

Error named(const char* code) {
  Error error;
  error.code = code;
  return error;
}

/// The refusal of reading `count` pairs, empty when they are read to the last byte.
Error refusalOf(const std::string& bytes, std::uint64_t count = 1) {
  ByteCursor cursor = cursorOver(bytes);
  GgufMetadata metadata(cursor);
  try {
    metadata.readPairs(count);
  } catch (const Refusal& refusal) {
    return refusal.error;
  }
  return cursor.remaining() == 0 ? Error{} : named("left over");
}

Json valueOf(std::uint32_t type, const std::string& value) {
  const std::string bytes = pair("key", type, value);
  ByteCursor cursor = cursorOver(bytes);
  GgufMetadata metadata(cursor);
  metadata.readPairs(1);
  return metadata.config.contains("key") ? metadata.config.at("key") : Json("left out");
}

}  // namespace

/// The pairs of a GGUF file, of every type and at every limit, and the cursor that reads them.
class TstGgufMetadata : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void theCursorNeverPassesTheEnd() {
    const std::string bytes = littleEndian(std::uint32_t{7}) + ggufText("abc") + "xy";
    ByteCursor cursor = cursorOver(bytes);
    QCOMPARE(cursor.file(), std::string("model.gguf"));
    QCOMPARE(cursor.number<std::uint32_t>("seven"), 7U);
    QCOMPARE(cursor.position(), std::size_t{4});
    QCOMPARE(cursor.string("text", 3), std::string_view("abc"));
    QCOMPARE(cursor.remaining(), std::size_t{2});
    QVERIFY(cursor.take(0, "nothing").empty());
    const auto refused = [&](const auto& read) {
      const std::size_t before = cursor.position();
      try {
        read();
      } catch (const Refusal& refusal) {
        return cursor.position() == before ? refusal.error : named("moved");
      }
      return Error{};
    };
    const Error past = refused([&] { (void)cursor.take(3, "tail"); });
    QCOMPARE(past.code, std::string("GGUF-04"));
    QCOMPARE(past.field, std::string("tail"));
    QCOMPARE(past.found, std::string("2 bytes left at byte 15"));
    QCOMPARE(refused([&] { (void)cursor.take(std::numeric_limits<std::size_t>::max(), "all"); }).code,
             std::string("GGUF-04"));
    QCOMPARE(refused([&] { (void)cursor.number<std::uint64_t>("n"); }).code, std::string("GGUF-04"));
    QCOMPARE(cursor.take(2, "last").size(), std::size_t{2});
    QCOMPARE(cursor.remaining(), std::size_t{0});
    QCOMPARE(refused([&] { (void)cursor.number<std::uint8_t>("end"); }).code, std::string("GGUF-04"));
  }

  void textsAreBoundedByFileAndLimit() {
    const auto refusal = [](std::uint64_t stated, std::size_t longest) {
      const std::string bytes = littleEndian(stated) + std::string(8, 'x');
      ByteCursor cursor = cursorOver(bytes);
      try {
        return std::string(cursor.string("name", longest));
      } catch (const Refusal& refused) {
        return refused.error.code + " " + refused.error.expected;
      }
    };
    QCOMPARE(refusal(8, 8), std::string(8, 'x'));
    QCOMPARE(refusal(0, 8), std::string());
    QCOMPARE(refusal(8, 7), std::string("GGUF-06 at most 7"));
    QCOMPARE(refusal(9, 100), std::string("GGUF-06 at most 8"));
    QCOMPARE(refusal(~std::uint64_t{0}, ~std::size_t{0}), std::string("GGUF-06 at most 8"));
  }

  void everyScalarTypeIsReadExactly() {
    QCOMPARE(valueOf(U8, "\xFF"), Json(255));
    QCOMPARE(valueOf(I8, "\xFF"), Json(-1));
    QCOMPARE(valueOf(U16, littleEndian(std::uint16_t{0xFFFE})), Json(65534));
    QCOMPARE(valueOf(I16, littleEndian(std::int16_t{-2})), Json(-2));
    QCOMPARE(valueOf(U32, littleEndian(0xFFFFFFFFU)), Json(4294967295U));
    QCOMPARE(valueOf(I32, littleEndian(std::int32_t{-7})), Json(-7));
    QCOMPARE(valueOf(U64, littleEndian(~std::uint64_t{0})), Json(~std::uint64_t{0}));
    QCOMPARE(valueOf(I64, littleEndian(std::numeric_limits<std::int64_t>::min())),
             Json(std::numeric_limits<std::int64_t>::min()));
    QCOMPARE(valueOf(F32, littleEndian(0.5F)), Json(0.5));
    QCOMPARE(valueOf(F64, littleEndian(1e300)), Json(1e300));
    QVERIFY(std::isnan(valueOf(F32, littleEndian(std::nanf(""))).get<double>()));
    QCOMPARE(valueOf(Bool, std::string(1, '\0')), Json(false));
    QCOMPARE(valueOf(Bool, "\1"), Json(true));
    QCOMPARE(valueOf(String, ggufText("h\u00e9")), Json("h\u00e9"));
    QCOMPARE(valueOf(String, ggufText("")), Json(""));
    // The types of the numbers stay, so that a sign or a fraction is noticed later.
    QVERIFY(valueOf(U32, littleEndian(1U)).is_number_unsigned());
    QVERIFY(valueOf(F32, littleEndian(1.0F)).is_number_float());
    QVERIFY(valueOf(I32, littleEndian(1)).is_number_integer());
  }

  void everyArrayTypeIsReadExactly() {
    QCOMPARE(valueOf(Array, array(U8, 3, "\1\2\3")), Json::parse("[1,2,3]"));
    QCOMPARE(valueOf(Array, array(I16, 2, littleEndian(std::int16_t{-1}) + littleEndian(std::int16_t{2}))),
             Json::parse("[-1,2]"));
    QCOMPARE(valueOf(Array, array(F64, 1, littleEndian(0.25))), Json::parse("[0.25]"));
    QCOMPARE(valueOf(Array, array(Bool, 2, std::string("\1\0", 2))), Json::parse("[true,false]"));
    QCOMPARE(valueOf(Array, array(String, 2, ggufText("a") + ggufText(""))), Json::parse(R"(["a",""])"));
    QCOMPARE(valueOf(Array, array(U32, 0, "")), Json::array());
    QCOMPARE(valueOf(Array, array(Array, 0, "")), Json::array());
    const std::string inner =
        array(String, 1, ggufText("x")) + array(U8, 2, "\1\2") + array(Array, 1, array(I8, 1, "\xFE"));
    QCOMPARE(valueOf(Array, array(Array, 3, inner)), Json::parse(R"([["x"],[1,2],[[-2]]])"));
  }

  void arraysNestToFourLevels() {
    std::string value = array(U8, 1, "\5");
    for (int depth = 2; depth <= 4; ++depth) value = array(Array, 1, value);
    QCOMPARE(valueOf(Array, value), Json::parse("[[[[5]]]]"));
    const Error deeper = refusalOf(pair("deep", Array, array(Array, 1, value)));
    QCOMPARE(deeper.code, std::string("GGUF-07"));
    QCOMPARE(deeper.field, std::string("deep"));
  }

  void longArraysAreCheckedAndLeftOut() {
    QCOMPARE(valueOf(Array, array(U8, 4'096, std::string(4'096, 'x'))).size(), std::size_t{4'096});
    QCOMPARE(valueOf(Array, array(U8, 4'097, std::string(4'097, 'x'))), Json("left out"));
    QCOMPARE(valueOf(Array, array(String, 4'097, repeated(ggufText("w"), 4'097))), Json("left out"));
    QCOMPARE(refusalOf(pair("bools", Array, array(Bool, 3, "\1\2\1"))).code, std::string("GGUF-07"));
    QCOMPARE(refusalOf(pair("texts", Array,
                            array(String, 4'097, repeated(ggufText("w"), 4'096) + littleEndian(std::uint64_t{99}))))
                 .code,
             std::string("GGUF-06"));
    QCOMPARE(refusalOf(pair("short", Array, array(U64, 5'000, std::string(5'000 * 8 - 1, 'x')))).code,
             std::string("GGUF-05"));
  }

  void countsNeverOverflow() {
    for (const std::uint32_t type : {U8, U32, U64, F64, String, Array}) {
      for (const std::uint64_t count : {std::uint64_t{1}, std::uint64_t{1} << 61, ~std::uint64_t{0}}) {
        const Error error = refusalOf(pair("big", Array, array(type, count, "")));
        QCOMPARE(error.code, std::string("GGUF-05"));
        QCOMPARE(error.field, std::string("big"));
      }
    }
  }

  void keysAreUniqueAndBounded() {
    const std::string one = pair("key", U8, "\1");
    QCOMPARE(refusalOf(one + one, 2).code, std::string("GGUF-08"));
    QCOMPARE(refusalOf(one + pair("Key", U8, "\1"), 2), Error{});
    QCOMPARE(refusalOf(pair("", U8, "\1") + one, 2), Error{});
    QCOMPARE(refusalOf(pair(std::string(65'535, 'k'), U8, "\1")), Error{});
    QCOMPARE(refusalOf(pair(std::string(65'536, 'k'), U8, "\1")).code, std::string("GGUF-06"));
    QCOMPARE(refusalOf(one, 2).field, std::string("metadata key 1"));
    // A key twice is also noticed where the tokenizer's arrays go another way.
    const std::string tokens = pair("tokenizer.ggml.tokens", Array, array(String, 1, ggufText("a")));
    QCOMPARE(refusalOf(tokens + tokens, 2).code, std::string("GGUF-08"));
  }

  void everyUnknownTypeIsRefused() {
    for (const std::uint32_t type : {13U, 14U, 255U, 0xFFFFFFFFU}) {
      QCOMPARE(refusalOf(pair("key", type, std::string(16, '\0'))).code, std::string("GGUF-07"));
      QCOMPARE(refusalOf(pair("key", Array, array(type, 0, ""))).found, std::to_string(type));
    }
    for (int value = 2; value < 256; ++value)
      QCOMPARE(refusalOf(pair("key", Bool, std::string(1, static_cast<char>(value)))).code, std::string("GGUF-07"));
  }

  void everyCutOfEveryTypeIsRefused() {
    const std::vector<std::pair<std::uint32_t, std::string>> values{
        {U8, "\1"},
        {I16, "ab"},
        {F32, "abcd"},
        {F64, "abcdefgh"},
        {Bool, "\1"},
        {String, ggufText("text")},
        {Array, array(U16, 2, "abcd")},
        {Array, array(String, 2, ggufText("a") + ggufText("b"))},
        {Array, array(Array, 1, array(I8, 2, "ab"))}};
    for (const auto& [type, value] : values) {
      const std::string whole = pair("key", type, value);
      QCOMPARE(refusalOf(whole), Error{});
      for (std::size_t size = 0; size < whole.size(); ++size) {
        const Error error = refusalOf(whole.substr(0, size));
        QVERIFY(error.code == "GGUF-04" || error.code == "GGUF-05" || error.code == "GGUF-06");
        QCOMPARE(error.file, std::string("model.gguf"));
        QVERIFY(!error.field.empty());
      }
    }
  }

  void valuesInAllAreBounded() {
    // Many short arrays, so that no single one is left out.
    const std::string thousands = array(Array, 244, repeated(array(U8, 4'096, std::string(4'096, 'x')), 244));
    QCOMPARE(refusalOf(pair("a", Array, thousands)), Error{});
    const Error error = refusalOf(pair("a", Array, thousands) + pair("b", Array, thousands), 2);
    QCOMPARE(error.code, std::string("GGUF-16"));
    QCOMPARE(error.field, std::string("b"));
  }

  void theTokenizersArraysGoToTheVocabulary() {
    const std::string bytes =
        pair("tokenizer.ggml.tokens", Array, array(String, 2, ggufText("a") + ggufText("\xFF"))) +
        pair("tokenizer.ggml.merges", Array, array(String, 1, ggufText("a b"))) +
        pair("tokenizer.ggml.scores", Array, array(F32, 2, littleEndian(-1.5F) + littleEndian(2.0F))) +
        pair("tokenizer.ggml.token_type", Array, array(I32, 1, littleEndian(std::int32_t{3})));
    ByteCursor cursor = cursorOver(bytes);
    GgufMetadata metadata(cursor);
    metadata.readPairs(4);
    QVERIFY(metadata.config.empty());
    QCOMPARE(metadata.vocabulary.tokens, (std::vector<std::string>{"a", "\xFF"}));
    QCOMPARE(metadata.vocabulary.merges, (std::vector<std::string>{"a b"}));
    QCOMPARE(metadata.vocabulary.scores, (std::vector<float>{-1.5F, 2.0F}));
    QCOMPARE(metadata.vocabulary.tokenTypes, (std::vector<std::int32_t>{3}));
    QCOMPARE(refusalOf(pair("tokenizer.ggml.scores", Array, array(F64, 1, littleEndian(1.0)))).found,
             std::string("f64"));
    QCOMPARE(refusalOf(pair("tokenizer.ggml.token_type", Array, array(U32, 1, littleEndian(1U)))).expected,
             std::string("i32"));
    // A single value of such a name is no array and stays a value.
    QCOMPARE(refusalOf(pair("tokenizer.ggml.scores", F32, littleEndian(1.0F))), Error{});
  }
};

QTEST_APPLESS_MAIN(TstGgufMetadata)
#include "tst_gguf_metadata.moc"
