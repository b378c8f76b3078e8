#include <QtTest>

#include "core/analysis/linear_probe.h"
#include "core/analysis/probe.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

namespace {

at::Tensor matrix(const Json& rows) {
  const auto values = rows.get<std::vector<std::vector<double>>>();
  at::Tensor made = at::empty({std::ssize(values), std::ssize(values.front())}, at::kDouble);
  for (std::size_t i = 0; i < values.size(); ++i)
    made[static_cast<std::int64_t>(i)].copy_(at::tensor(at::ArrayRef<double>(values[i]), at::kDouble));
  return made;
}

at::Tensor row(const Json& values) {
  return at::tensor(at::ArrayRef<double>(values.get<std::vector<double>>()), at::kDouble);
}

at::Tensor labelsIn(const Json& entry) {
  return at::tensor(at::ArrayRef<std::int64_t>(entry.at("labels").get<std::vector<std::int64_t>>()), at::kLong);
}

/// What a probe says of points, each label against the first.
at::Tensor against(const LinearProbe& probe, const at::Tensor& points) {
  const at::Tensor scores = at::mm(points, probe.weights.t()) + probe.biases;
  return scores - scores.narrow(1, 0, 1);
}

}  // namespace

/// Probes equal those of scikit-learn, and hold to their laws.
class ProbeTest : public QObject {
  Q_OBJECT

private:
  std::shared_ptr<LanguageModel> m_tiny = tinyModel("grouped");
  Golden m_golden = readGolden("probe/probe_golden", false);

  /// Texts whose last letter is their label.
  static ProbeRequest lettersRequest() {
    ProbeRequest request;
    request.list.title = "letters";
    for (int i = 0; i < 24; ++i) {
      const std::string letter(1, static_cast<char>('u' + i % 3));
      request.list.items.push_back({.label = letter, .text = "it was number " + std::to_string(i) + " and " + letter});
    }
    return request;
  }

private Q_SLOTS:
  void logisticRegressionsEqualTheReference() {
    const double penalty = m_golden.json.at("penalty").get<double>();
    for (const Json& entry : m_golden.json.at("cases")) {
      const at::Tensor points = matrix(entry.at("points")), labels = labelsIn(entry);
      const auto classes = entry.at("classes").get<std::int64_t>();
      const LinearProbe probe = fitLogistic(points, oneAgainstOthers(labels, classes), penalty, JobContext());
      const LinearProbe expected{.weights = matrix(entry.at("logistic").at("weights")),
                                 .biases = row(entry.at("logistic").at("biases"))};
      const at::Tensor found = at::mm(points, probe.weights.t()) + probe.biases;
      const at::Tensor wanted = at::mm(points, expected.weights.t()) + expected.biases;
      QVERIFY2(largestDifference(found, wanted) < 1e-4, qPrintable(QString::number(largestDifference(found, wanted))));
    }
  }

  void whitenedProbesEqualTheReference() {
    const double shrinkage = m_golden.json.at("shrinkage").get<double>();
    for (const Json& entry : m_golden.json.at("cases")) {
      const at::Tensor points = matrix(entry.at("points"));
      const auto classes = entry.at("classes").get<std::int64_t>();
      const LinearProbe probe = fitWhitened(points, labelsIn(entry), classes, shrinkage, JobContext());
      const LinearProbe expected{.weights = matrix(entry.at("whitened").at("weights")),
                                 .biases = row(entry.at("whitened").at("biases"))};
      at::Tensor found = against(probe, points);
      // Of two labels the reference keeps the one difference.
      at::Tensor wanted =
          classes == 2 ? at::mm(points, expected.weights.t()) + expected.biases : against(expected, points);
      if (classes == 2) found = found.narrow(1, 1, 1);
      const double scale = wanted.abs().max().item<double>();
      QVERIFY2(largestDifference(found, wanted) < 1e-6 * scale,
               qPrintable(QString::number(largestDifference(found, wanted) / scale)));
    }
  }

  /// Neither the size of a channel nor where its zero lies is of any consequence to the logistic probe.
  void theScaleOfAChannelChangesNothing() {
    const at::Tensor points = at::randn({40, 10}, at::kDouble), labels = at::arange(40) % 3;
    const at::Tensor signs = oneAgainstOthers(labels, 3);
    const at::Tensor sizes = at::arange(1, 11).to(at::kDouble).square(), moves = at::randn({10}, at::kDouble) * 50;
    const LinearProbe plain = fitLogistic(points, signs, 1, JobContext());
    const at::Tensor moved = points * sizes + moves;
    const LinearProbe scaled = fitLogistic(moved, signs, 1, JobContext());
    QVERIFY(largestDifference(at::mm(points, plain.weights.t()) + plain.biases,
                              at::mm(moved, scaled.weights.t()) + scaled.biases) < 1e-4);
  }

  void aLetterIsToldByItsOwnState() {
    JobContext context;
    const auto result = runProbe(*m_tiny, lettersRequest(), context);
    QVERIFY2(result.hasValue(), result.isError() ? result.error().message().c_str() : "");
    QCOMPARE(result->labels, (std::vector<std::string>{"u", "v", "w"}));
    QCOMPARE(result->textCount(), 24);
    QCOMPARE(result->layers(), m_tiny->card.layers);
    QVERIFY2(result->accuracy(ProbeArm::Logistic, 0).share() > 0.9,
             qPrintable(QString::number(result->accuracy(ProbeArm::Logistic, 0).share())));
    QVERIFY(result->accuracy(ProbeArm::Whitened, 0).share() > 0.9);
    QVERIFY(result->accuracy(ProbeArm::Shuffled, 0).low() < 1.0 / 3);
    QCOMPARE(result->chance(), 1.0 / 3);
    QVERIFY(std::abs(result->balancedAccuracy(ProbeArm::Logistic, 0) -
                     result->accuracy(ProbeArm::Logistic, 0).share()) < 1e-9);
    QCOMPARE(result->tokens.front(), std::string("u"));
    // The shuffled labels are the same ones in another order.
    auto truth = result->truth, shuffled = result->shuffled;
    QVERIFY(truth != shuffled);
    std::ranges::sort(truth);
    std::ranges::sort(shuffled);
    QCOMPARE(truth, shuffled);
    const auto again = ProbeResult::fromDocument(result->toDocument());
    QVERIFY(again.hasValue() && *again == *result);
    QVERIFY(runProbe(*m_tiny, lettersRequest(), context)->told == result->told);
  }

  /// The mean over tokens is read from other states than the last token.
  void placeAndSiteAreWhatIsAsked() {
    JobContext context;
    ProbeRequest request = lettersRequest();
    request.place = ProbePlace::Mean;
    const auto mean = runProbe(*m_tiny, request, context);
    QVERIFY(mean.hasValue() && mean->tokens.front().empty());
    request.site = "attn_out";
    const auto attention = runProbe(*m_tiny, request, context);
    QVERIFY(attention.hasValue());
    QCOMPARE(attention->site, std::string("attn_out"));
    QVERIFY(!(attention->told == mean->told));
  }

  void whatCannotBeProbedIsRefused() {
    JobContext context;
    const auto codeWith = [&](auto change) {
      ProbeRequest request = lettersRequest();
      change(request);
      const auto outcome = runProbe(*m_tiny, request, context);
      return outcome.isError() ? outcome.error().code : std::string();
    };
    QCOMPARE(codeWith([](ProbeRequest& bad) { bad.list.items.clear(); }), std::string("PROBE-01"));
    QCOMPARE(codeWith([](ProbeRequest& bad) { bad.list.items[0].label = "alone"; }), std::string("PROBE-01"));
    QCOMPARE(codeWith([](ProbeRequest& bad) { bad.list.items.resize(3000, bad.list.items[0]); }),
             std::string("PROBE-02"));
    QCOMPARE(codeWith([](ProbeRequest& bad) { bad.site = "logits"; }), std::string("PROBE-03"));
    QCOMPARE(codeWith([](ProbeRequest& bad) { bad.penalty = 0; }), std::string("PROBE-04"));
    JobContext cancelled;
    cancelled.cancel();
    QVERIFY_THROWS_EXCEPTION(Stopped, (void)runProbe(*m_tiny, lettersRequest(), cancelled));
  }

  void damagedResultsAreRefused() {
    JobContext context;
    const ResultDocument good = runProbe(*m_tiny, lettersRequest(), context)->toDocument();
    const auto isRefused = [&](auto change) {
      ResultDocument bad = good;
      change(bad);
      return ProbeResult::fromDocument(bad).isError();
    };
    QVERIFY(isRefused([](ResultDocument& bad) { bad.body.erase("labels"); }));
    QVERIFY(isRefused([](ResultDocument& bad) { bad.body["truth"][0] = 77; }));
    QVERIFY(isRefused([](ResultDocument& bad) { bad.body["shuffled"].erase(0); }));
    QVERIFY(isRefused([](ResultDocument& bad) { bad.arrays.clear(); }));
  }

  /// The language of a text can be read off the default model, and shuffled labels cannot.
  void languagesAreToldApartInTheDefaultModel() {
    JobContext context;
    ProbeRequest request;
    for (const LabelledList& list : builtinLabelledLists())
      if (list.title == "language") request.list = list;
    QVERIFY(!request.list.items.empty());
    std::erase_if(request.list.items, [](const LabelledText& item) {
      return item.label != "French" && item.label != "German" && item.label != "Spanish" && item.label != "Italian";
    });
    request.place = ProbePlace::Mean;
    const auto result = runProbe(defaultModel(), request, context);
    QVERIFY(result.hasValue());
    const int best = result->bestLayer(ProbeArm::Logistic);
    QVERIFY2(result->accuracy(ProbeArm::Logistic, best).share() > 0.85,
             qPrintable(QString::number(result->accuracy(ProbeArm::Logistic, best).share())));
    QVERIFY(result->accuracy(ProbeArm::Shuffled, best).low() < result->chance());
  }
};

QTEST_GUILESS_MAIN(ProbeTest)
#include "tst_probe.moc"
