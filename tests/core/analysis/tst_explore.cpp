#include <cmath>
#include <numeric>

#include <QtTest>

#include "core/analysis/capture.h"
#include "core/analysis/explore.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

namespace {

Outcome<ExploreResult> explore(const ExploreRequest& request) {
  JobContext context;
  return runExplore(defaultModel(), request, context);
}

/// The activations of a text at every layer, as `capture` gives them.
HostArray capture(const std::string& text, Site site) {
  JobContext context;
  const auto ids = defaultModel().text.encode(Prompt::plain(text));
  CaptureRequest request;
  request.ids = *ids;
  request.sites = {site};
  return captureSites(defaultModel(), request, context)->begin()->second;
}

double dot(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0, std::plus<>(),
                            [](float x, float y) { return static_cast<double>(x) * static_cast<double>(y); });
}

double distance(std::span<const float> a, std::span<const float> b) {
  return std::sqrt(std::max(0.0, dot(a, a) - 2 * dot(a, b) + dot(b, b)));
}

}  // namespace

/// The activation explorer against the activations themselves.
class TestExplore : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void lengthsAndCosinesAreThoseOfTheActivations() {
    for (const auto& [name, site] :
         {std::pair{"resid_post", Site::ResidPost}, {"attn_out", Site::AttnOut}, {"mlp_out", Site::MlpOut}}) {
      ExploreRequest request;
      request.prompt = Prompt::plain("The capital of France is Paris");
      request.site = name;
      const auto result = explore(request);
      QVERIFY(result.hasValue());
      QCOMPARE(result->placeCount(), 5);
      QCOMPARE(result->leftOut, 1);
      const HostArray states = capture("The capital of France is Paris", site);
      for (int layer = 0; layer < 30; ++layer) {
        for (int a = 0; a < 5; ++a) {
          const auto first = states.row(layer, a + 1);
          const double norm = std::sqrt(dot(first, first));
          QVERIFY(std::abs(static_cast<double>(result->norms.at(layer, a)) - norm) < 1e-4 * norm);
          for (int b = 0; b < 5; ++b) {
            const auto second = states.row(layer, b + 1);
            const double cosine = dot(first, second) / norm / std::sqrt(dot(second, second));
            QVERIFY(std::abs(static_cast<double>(result->cosines.at(layer, a, b)) - cosine) < 1e-4);
          }
        }
      }
    }
  }

  /// Four points lie in three dimensions: nothing is lost, so every distance stays.
  void componentsKeepTheDistancesOfFourPlaces() {
    ExploreRequest request;
    request.prompt = Prompt::plain("The capital of France is");
    const auto result = explore(request);
    QVERIFY(result.hasValue());
    QCOMPARE(result->placeCount(), 4);
    const HostArray states = capture("The capital of France is", Site::ResidPost);
    for (int layer = 0; layer < 30; ++layer) {
      double explained = 0;
      for (int component = 0; component < 3; ++component) {
        explained += static_cast<double>(result->explained.at(layer, component));
        if (component > 0)
          QVERIFY(result->explained.at(layer, component) <= result->explained.at(layer, component - 1) + 1e-6F);
      }
      QVERIFY(std::abs(explained - 1) < 1e-4);
      for (int a = 0; a < 4; ++a) {
        for (int b = 0; b < a; ++b) {
          const double whole = distance(states.row(layer, a + 1), states.row(layer, b + 1));
          const double seen = distance(result->points.row(layer, a), result->points.row(layer, b));
          QVERIFY(std::abs(whole - seen) < 1e-3 * whole);
        }
      }
    }
  }

  /// With more places than the model is wide the other of the two eigenproblems is solved: it must say the same.
  void bothEigenproblemsAgree() {
    ExploreRequest request;
    for (int i = 0; i < 90; ++i)
      request.texts.push_back("Number " + std::to_string(i) + " of the list is not the last one of it");
    const auto many = explore(request);
    QVERIFY(many.hasValue());
    QVERIFY(many->placeCount() > many->width);
    QCOMPARE(many->compared.size(), std::size_t{64});
    for (const int layer : {0, 14, 29}) {
      for (int component = 0; component < 3; ++component) {
        // The variance along a component is its share of the whole.
        double along = 0, mean = 0;
        for (int place = 0; place < many->placeCount(); ++place)
          mean += static_cast<double>(many->points.at(layer, place, component)) / many->placeCount();
        for (int place = 0; place < many->placeCount(); ++place)
          along += std::pow(static_cast<double>(many->points.at(layer, place, component)), 2);
        QVERIFY(std::abs(mean) < 1e-2);
        double whole = 0;
        for (int place = 0; place < many->placeCount(); ++place)
          whole += std::pow(static_cast<double>(many->norms.at(layer, place)), 2);
        QVERIFY(along > 0 && along < whole);
      }
      QVERIFY(many->explained.at(layer, 0) >= many->explained.at(layer, 1));
    }
  }

  void channelsAreTheLargest() {
    ExploreRequest request;
    request.prompt = Prompt::plain("The capital of France is Paris");
    const auto result = explore(request);
    const HostArray states = capture("The capital of France is Paris", Site::ResidPost);
    for (const int layer : {0, 15, 29}) {
      std::vector<double> squares(static_cast<std::size_t>(result->width));
      for (int token = 1; token < 6; ++token)
        for (std::size_t channel = 0; channel < squares.size(); ++channel)
          squares[channel] += std::pow(static_cast<double>(states.row(layer, token)[channel]), 2);
      const double whole = std::accumulate(squares.begin(), squares.end(), 0.0);
      const auto largest = std::ranges::max_element(squares);
      QCOMPARE(static_cast<int>(result->channels.at(layer, 0)), static_cast<int>(largest - squares.begin()));
      QVERIFY(std::abs(static_cast<double>(result->channelShare.at(layer, 0)) - *largest / whole) < 1e-4);
    }
  }

  void groupsFirstAndLastTokensAreAsAsked() {
    ExploreRequest request;
    request.texts = {"I love it", "Oh"};
    request.others = {"I hate it"};
    request.lastOnly = true;
    auto result = explore(request);
    QVERIFY(result.hasValue());
    // The last token of a text of one token is its first, a sink.
    QCOMPARE(result->placeCount(), 2);
    QCOMPARE(result->leftOut, 1);
    QVERIFY(!result->isOther(0) && result->isOther(1));
    QCOMPARE(result->tokenOf(1).text, std::string(" it"));
    request.withFirst = true;
    result = explore(request);
    QCOMPARE(result->placeCount(), 3);
    QCOMPARE(result->leftOut, 0);
    QVERIFY(*ExploreResult::fromDocument(result->toDocument()) == *result);
    QVERIFY(Json(request).get<ExploreRequest>() == request);
  }

  void placesThatComeAreThoseOfTheLongerPrompt() {
    JobContext context;
    std::vector<int> places;
    ExploreRequest request;
    request.prompt = Prompt::plain("The capital of France is");
    request.site = "mlp_out";
    request.continueTokens = 5;
    const auto grown = runExplore(defaultModel(), request, context, [&](const StreamedTokens& tokens) {
      const auto part = tokens.as<ExploreResult>();
      places.push_back(part->placeCount());
      QVERIFY(ExploreResult::fromDocument(part->toDocument()).hasValue());
    });
    QVERIFY(grown.hasValue());
    QCOMPARE(grown->grown, 5);
    QCOMPARE(places, (std::vector{4, 5, 6, 7, 8}));
    ExploreRequest whole = request;
    whole.continueTokens = 0;
    std::string text;
    for (const TokenFact& token : grown->texts.front().tokens) text += token.text;
    whole.prompt = Prompt::plain(text);
    const auto longer = explore(whole);
    QVERIFY(longer.hasValue());
    QCOMPARE(grown->places, longer->places);
    QCOMPARE(grown->texts, longer->texts);
    for (const auto& [a, b] : {std::pair{&grown->norms, &longer->norms},
                               {&grown->cosines, &longer->cosines},
                               {&grown->explained, &longer->explained},
                               {&grown->channelShare, &longer->channelShare}}) {
      QCOMPARE(a->shape(), b->shape());
      for (std::size_t i = 0; i < a->values().size(); ++i)
        QVERIFY(std::abs(a->values()[i] - b->values()[i]) < 1e-3F * std::max(1.0F, std::abs(b->values()[i])));
    }
    request.texts = {"a text"};
    QCOMPARE(explore(request).error().code, std::string("EXPL-04"));
  }

  void whatCannotBeExploredIsNamed() {
    ExploreRequest request;
    request.texts = {"Oh"};
    QCOMPARE(explore(request).error().code, std::string("EXPL-03"));
    request.site = "q";
    QCOMPARE(explore(request).error().code, std::string("EXPL-01"));
    request.site = "resid_post";
    request.texts.assign(513, "Oh no");
    QCOMPARE(explore(request).error().code, std::string("EXPL-02"));
    request.texts = {"Oh no"};
    auto document = explore(request)->toDocument();
    document.body["places"][0]["token"] = 7;
    QCOMPARE(ExploreResult::fromDocument(document).error().code, std::string("RES-01"));
  }
};

QTEST_APPLESS_MAIN(TestExplore)
#include "tst_explore.moc"
