#include <QtTest>

#include <random>

#include "core/data/site.h"

using namespace patchbay;

class TestSite : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void everySiteHasItsOwnRow() {
    for (const SiteFact& fact : allSites()) {
      QVERIFY(factOf(fact.site).name == fact.name);
      QVERIFY(siteByName(fact.name) == fact.site);
      QVERIFY(siteByName("hook_" + std::string(fact.name)) == fact.site);
      QVERIFY(!fact.meaning.empty());
    }
    QVERIFY(!siteByName("resid"));
    QVERIFY(!siteByName(""));
  }

  void placesAreRead_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("written");
    const auto same = [](const char* text) { QTest::newRow(text) << text << text; };
    for (const char* text :
         {"t4.L12.resid_post", "L12.resid_post", "t4-6.L12-16.resid_post", "t-1.L12.resid_pre", "t-5--2.L0.mlp_out",
          "t4.L12.H3.head_out", "t4.embed", "t4.final_norm", "logits", "L0-29.H0.z", "L-1.attn_out",
          "t0.L0.H8.attn_pattern", "t-3-9.L2.mlp_act", "L3.q", "L3.H1.k", "L3.H1.v"})
      same(text);
    QTest::newRow("lens name") << "blocks.12.hook_resid_post"
                               << "L12.resid_post";
    QTest::newRow("other order") << "L12.t4.resid_post"
                                 << "t4.L12.resid_post";
    QTest::newRow("single as range") << "t4-4.L12-12.resid_post"
                                     << "t4.L12.resid_post";
  }

  void placesAreRead() {
    QFETCH(QString, text);
    QFETCH(QString, written);
    const auto place = parsePlace(text.toStdString());
    QVERIFY2(place.hasValue(), qPrintable(text));
    QCOMPARE(QString::fromStdString(formatPlace(*place)), written);
    QVERIFY(*parsePlace(formatPlace(*place)) == *place);
  }

  void otherTextsAreRefused_data() {
    QTest::addColumn<QString>("text");
    for (const char* text : {"", "t4", "L12", "t4.L12", "t4.L12.resid", "x4.resid_post", "t.resid_post",
                             "t4..resid_post", "t4x.resid_post", "tL.resid_post", "L1.embed", "H2.L1.resid_post",
                             "H1-2.L1.z", "t99999999999.embed", "t1-.embed", "resid_post.t4", "L1.H.z", "t 4.embed"})
      QTest::newRow(text) << text;
  }

  void otherTextsAreRefused() {
    QFETCH(QString, text);
    const auto place = parsePlace(text.toStdString());
    QVERIFY2(place.isError(), qPrintable(text));
    QCOMPARE(place.error().code, std::string("PLACE-01"));
    QVERIFY(!place.error().found.empty() && !place.error().expected.empty());
  }

  void randomPlacesSurviveTheRoundTrip() {
    std::mt19937 random(3);
    const auto index = [&random] { return static_cast<int>(random() % 400) - 200; };
    for (int i = 0; i < 5000; ++i) {
      const SiteFact& fact = allSites()[random() % allSites().size()];
      Place place{.tokens = {}, .layers = {}, .head = {}, .site = fact.site};
      if (random() % 2 == 0) place.tokens = IndexRange{index(), index()};
      if (fact.perLayer && random() % 4 != 0) place.layers = IndexRange{index(), index()};
      if (fact.perHead && random() % 2 == 0) place.head = static_cast<int>(random() % 32);
      const auto back = parsePlace(formatPlace(place));
      QVERIFY2(back.hasValue() && *back == place, formatPlace(place).c_str());
    }
  }

  void randomTextNeverCrashes() {
    std::mt19937 random(4);
    const std::string letters = "tLH.-0123456789resid_postblocks\xff ";
    for (int i = 0; i < 20000; ++i) {
      std::string text(random() % 24, ' ');
      for (char& c : text) c = letters[random() % letters.size()];
      const auto place = parsePlace(text);
      if (place) QVERIFY(*parsePlace(formatPlace(*place)) == *place);
    }
  }

  void cellsAreNamedAsInTheWindow() {
    QCOMPARE(formatCell(4, 12), std::string("t4.L12.resid_post"));
    QCOMPARE(formatCell(-1, 0, Site::AttnOut), std::string("t-1.L0.attn_out"));
  }
};

QTEST_APPLESS_MAIN(TestSite)
#include "tst_site.moc"
