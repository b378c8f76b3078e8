#include <QtTest>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/model/rope.h"

using namespace patchbay;

namespace {

constexpr int kWidth = 16;
constexpr double kTheta = 10000;

RopeConfig ropeOf(RopeScaling scaling, double factor = 1, double originalContext = 0) {
  RopeConfig rope;
  rope.scaling = scaling;
  rope.factor = factor;
  rope.originalContext = originalContext;
  return rope;
}

double plain(int i, double theta = kTheta) { return std::pow(theta, -2.0 * i / kWidth); }

std::vector<double> inverseOf(const RopeConfig& rope, std::int64_t total = 10, int context = 100) {
  return ropeFrequencies(rope, kWidth, context, total).inverse;
}

bool isClose(double a, double b) { return std::abs(a - b) <= 1e-12 * std::max(1.0, std::abs(b)); }

ModelConfig modelWith(const RopeConfig& rope, int context = 100) {
  ModelConfig config;
  config.headWidth = kWidth;
  config.contextLength = context;
  config.rope = rope;
  return config;
}

}  // namespace

/// Rotary frequencies of every scaling against the formula of its paper, and the table made of them.
class RopeTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void plainFrequenciesFallByThePowersOfTheta() {
    const auto inverse = inverseOf({});
    QCOMPARE(inverse.size(), std::size_t{kWidth / 2});
    for (int i = 0; i < kWidth / 2; ++i) QVERIFY(isClose(inverse[static_cast<std::size_t>(i)], plain(i)));
    QCOMPARE(inverse[0], 1.0);
    QCOMPARE(ropeFrequencies({}, kWidth, 100, 10).amplitude, 1.0);
  }

  void linearDividesEveryFrequency() {
    const auto inverse = inverseOf(ropeOf(RopeScaling::Linear, 4));
    for (int i = 0; i < kWidth / 2; ++i) QVERIFY(isClose(inverse[static_cast<std::size_t>(i)], plain(i) / 4));
  }

  void dynamicRaisesThetaBeyondTheContext() {
    const RopeConfig rope = ropeOf(RopeScaling::Dynamic, 2);
    QCOMPARE(inverseOf(rope, 100), inverseOf({}));
    QCOMPARE(inverseOf(rope, 7), inverseOf({}));
    const double theta = kTheta * std::pow(2.0 * 300 / 100 - 1, kWidth / (kWidth - 2.0));
    const auto inverse = inverseOf(rope, 300);
    for (int i = 0; i < kWidth / 2; ++i) QVERIFY(isClose(inverse[static_cast<std::size_t>(i)], plain(i, theta)));
  }

  void llama3KeepsShortWavesAndStretchesLongOnes() {
    RopeConfig base, scaled = ropeOf(RopeScaling::Llama3, 8, 8192);
    base.theta = scaled.theta = 500000;
    const auto found = ropeFrequencies(scaled, 128, 131072, 10).inverse,
               before = ropeFrequencies(base, 128, 131072, 10).inverse;
    int kept = 0, stretched = 0, between = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double wave = 2 * std::numbers::pi / before[i];
      if (wave < 8192.0 / 4) {
        QCOMPARE(found[i], before[i]);
        ++kept;
      } else if (wave > 8192.0 / 1) {
        QVERIFY(isClose(found[i], before[i] / 8));
        ++stretched;
      } else {
        const double smooth = (8192 / wave - 1) / (4 - 1);
        QVERIFY(isClose(found[i], (1 - smooth) * before[i] / 8 + smooth * before[i]));
        QVERIFY(found[i] <= before[i] && found[i] >= before[i] / 8);
        ++between;
      }
    }
    // All three of its ranges occur with the sizes of a real model.
    QVERIFY(kept > 10 && stretched > 10 && between > 2);
    QVERIFY(std::is_sorted(found.rbegin(), found.rend()));
  }

  void yarnMixesBetweenItsTwoEnds() {
    const RopeConfig rope = ropeOf(RopeScaling::Yarn, 4, 4096);
    const int width = 128;
    const auto scaled = ropeFrequencies(rope, width, 16384, 10);
    const auto before = ropeFrequencies({}, width, 16384, 10).inverse;
    // d(r) = K ln(L / 2 pi r) / (2 ln theta), eq. 17.
    const auto dimension = [&](double r) {
      return width * std::log(4096 / (2 * std::numbers::pi * r)) / (2 * std::log(kTheta));
    };
    const double low = std::floor(dimension(32)), high = std::ceil(dimension(1));
    QVERIFY(low > 0 && high < width / 2 && low < high);
    for (std::size_t i = 0; i < before.size(); ++i) {
      const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
      QVERIFY(isClose(scaled.inverse[i], before[i] * (1 - ramp) + before[i] / 4 * ramp));
    }
    QCOMPARE(scaled.inverse.front(), before.front());
    QVERIFY(isClose(scaled.inverse.back(), before.back() / 4));
    QVERIFY(isClose(scaled.amplitude, 0.1 * std::log(4.0) + 1));
    RopeConfig given = rope;
    given.attentionFactor = 1.25;
    QCOMPARE(ropeFrequencies(given, width, 16384, 10).amplitude, 1.25);
    given.attentionFactor = {};
    given.factor = 1;
    QCOMPARE(ropeFrequencies(given, width, 16384, 10).amplitude, 1.0);
  }

  void yarnWithEqualEndsStaysFinite() {
    RopeConfig rope = ropeOf(RopeScaling::Yarn, 4, 4);
    rope.betaSlow = rope.betaFast;
    for (const double f : inverseOf(rope)) QVERIFY(std::isfinite(f) && f > 0);
  }

  void givenFactorsDivideEachFrequency() {
    RopeConfig rope = ropeOf(RopeScaling::Factors);
    for (int i = 0; i < kWidth / 2; ++i) rope.divisors.push_back(1.0F + static_cast<float>(i));
    const auto inverse = inverseOf(rope);
    for (int i = 0; i < kWidth / 2; ++i) QVERIFY(isClose(inverse[static_cast<std::size_t>(i)], plain(i) / (1 + i)));
  }

  void aFactorOfOneChangesNothing() {
    for (const RopeScaling scaling :
         {RopeScaling::Linear, RopeScaling::Dynamic, RopeScaling::Yarn, RopeScaling::Llama3}) {
      const auto inverse = inverseOf(ropeOf(scaling, 1, 64), 100);
      for (int i = 0; i < kWidth / 2; ++i) QVERIFY(isClose(inverse[static_cast<std::size_t>(i)], plain(i)));
    }
  }

  void theTableHoldsTheAngles() {
    RopeTable table(modelWith({}), at::TensorOptions());
    const auto angles = table.at(3, 5, 8);
    QCOMPARE(angles.cosines.sizes().vec(), (std::vector<std::int64_t>{5, kWidth / 2}));
    for (std::int64_t t = 0; t < 5; ++t) {
      for (std::int64_t i = 0; i < kWidth / 2; ++i) {
        const double angle = static_cast<double>(3 + t) * plain(static_cast<int>(i));
        QVERIFY(std::abs(angles.cosines[t][i].item<double>() - std::cos(angle)) < 1e-6);
        QVERIFY(std::abs(angles.sines[t][i].item<double>() - std::sin(angle)) < 1e-6);
      }
    }
  }

  void aTableThatGrewGivesTheSame() {
    RopeTable table(modelWith({}), at::TensorOptions());
    const at::Tensor early = table.at(0, 10, 10).cosines.clone();
    const at::Tensor late = table.at(900, 20, 920).cosines.clone();
    QVERIFY(at::equal(table.at(0, 10, 920).cosines, early));
    RopeTable other(modelWith({}), at::TensorOptions());
    QVERIFY(at::equal(other.at(0, 920, 920).cosines.narrow(0, 900, 20), late));
  }

  void amplitudeScalesCosinesAndSines() {
    RopeConfig rope = ropeOf(RopeScaling::Yarn, 1, 64);
    rope.attentionFactor = 3;
    RopeTable scaled(modelWith(rope), at::TensorOptions()), one(modelWith({}), at::TensorOptions());
    QVERIFY((scaled.at(0, 9, 9).cosines - one.at(0, 9, 9).cosines * 3).abs().max().item<double>() < 1e-6);
    QVERIFY((scaled.at(0, 9, 9).sines - one.at(0, 9, 9).sines * 3).abs().max().item<double>() < 1e-6);
  }

  void aDynamicTableFollowsTheLength() {
    RopeTable table(modelWith(ropeOf(RopeScaling::Dynamic, 2), 16), at::TensorOptions());
    const at::Tensor within = table.at(0, 10, 16).cosines.clone();
    const at::Tensor beyond = table.at(0, 10, 40).cosines.clone();
    const at::Tensor further = table.at(0, 10, 80).cosines.clone();
    QVERIFY(!at::equal(within, beyond) && !at::equal(beyond, further));
    QVERIFY(at::equal(table.at(0, 10, 40).cosines, beyond));
    QVERIFY(at::equal(table.at(0, 10, 12).cosines, within));
  }
};

QTEST_APPLESS_MAIN(RopeTest)
#include "tst_rope.moc"
