#include <set>

#include <QtTest>

#include "core/text/random_identity.h"
#include "golden_file.h"
#include "small_tokenizers.h"

namespace patchbay {

class TstRandomIdentity : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void theLastTokenIsAWholeWord() {
    const auto vocabulary = test::defaultVocabulary();
    if (!vocabulary) QFAIL(vocabulary.error().message().c_str());
    const auto tokenizer = *Tokenizer::open(*vocabulary);
    std::set<std::string> prompts;
    std::set<std::size_t> lengths;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      const auto prompt = randomIdentity(*tokenizer, seed);
      QVERIFY(prompt.hasValue());
      QCOMPARE(*randomIdentity(*tokenizer, seed), *prompt);
      const auto ids = tokenizer->encode(*prompt);
      QVERIFY(prompt->ends_with(tokenizer->bytesOf(ids.back())));
      QCOMPARE(tokenizer->bytesOf(ids.back()).front(), ' ');
      // Every word but the last stands on both sides of its arrow.
      std::string_view rest = *prompt;
      std::size_t words = 1;
      for (std::size_t end; (end = rest.find(" ; ")) != std::string_view::npos; rest.remove_prefix(end + 3), ++words) {
        const std::string_view pair = rest.substr(0, end);
        const std::size_t half = (pair.size() - 4) / 2;
        QCOMPARE(pair.substr(half, 4), std::string_view(" -> "));
        QCOMPARE(pair.substr(0, half), pair.substr(half + 4));
      }
      prompts.insert(*prompt);
      lengths.insert(words);
    }
    QVERIFY(prompts.size() > 195);
    QCOMPARE(lengths.size(), std::size_t{10});
    QCOMPARE(*lengths.begin(), std::size_t{1});
    QCOMPARE(*lengths.rbegin(), std::size_t{10});
  }

  void aVocabularyWithoutWordsIsRefused() {
    const auto tokenizer = *Tokenizer::open(test::byteVocabulary({}));
    const auto prompt = randomIdentity(*tokenizer, 1);
    QVERIFY(!prompt.hasValue());
    QCOMPARE(prompt.error().code, std::string("PRE-01"));
  }
};

}  // namespace patchbay

QTEST_APPLESS_MAIN(patchbay::TstRandomIdentity)
#include "tst_random_identity.moc"
