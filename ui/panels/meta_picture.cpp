#include "ui/panels/meta_picture.h"

#include <algorithm>
#include <array>

#include <QCoreApplication>

#include "core/data/meta_task.h"
#include "ui/panels/layer_list.h"
#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kTextLetters = 90;
constexpr double kChance = 0.5;

QString words(const char* text) { return QCoreApplication::translate("Meta", text); }

QString number(double value) { return asData(formatNumber(value, 2)); }

int mixCount(const MetaModelResult& result) { return static_cast<int>(result.mixes.size()); }
int testCount(const MetaModelResult& result) { return static_cast<int>(result.tests.size()); }

double valueAt(const MetaModelResult& result, MetaShown shown, MetaPlace place) {
  if (const auto probe = metaProbe(result, place.row)) return result.balanced(*probe, place.test);
  if (shown == MetaShown::Neither) return result.neitherShare(place.row, MetaArm::Own, place.test);
  return result.balanced(place.row, static_cast<MetaArm>(shown), place.test);
}

QString shortened(const std::string& text) {
  return elideMiddle(QString::fromStdString(text).simplified(), kTextLetters);
}

QString probeRowName(MetaProbe probe) {
  return probe == MetaProbe::Logistic ? words("logistic probe") : words("whitened probe");
}

}  // namespace

QString metaShownName(MetaShown shown) {
  switch (shown) {
    case MetaShown::Own: return words("Own states");
    case MetaShown::Shuffled: return words("States of another text");
    case MetaShown::Nonsense: return words("Nonsense question");
    case MetaShown::Neither: return words("Neither");
  }
  return {};
}

std::optional<MetaProbe> metaProbe(const MetaModelResult& result, int row) {
  const int probe = row - mixCount(result);
  return probe < 0 ? std::nullopt : std::optional(kMetaProbes[static_cast<std::size_t>(probe)]);
}

int metaRows(const MetaModelResult& result, MetaShown shown) {
  return mixCount(result) + (shown == MetaShown::Own ? static_cast<int>(kMetaProbes.size()) : 0);
}

QString metaRowName(const MetaModelResult& result, int row) {
  if (const auto probe = metaProbe(result, row)) return probeRowName(*probe);
  return QString::fromStdString(mixName(result.mixes[static_cast<std::size_t>(row)]));
}

QString metaTestName(const MetaModelResult& result, int test) {
  const std::string& id = result.tests[static_cast<std::size_t>(test)];
  const MetaTask* task = metaTask(id);
  return QString::fromStdString(task ? task->title : id);
}

std::shared_ptr<const HeatMapData> metaMap(const SharedMeta& result, MetaShown shown, MapName mapName) {
  auto map = std::make_shared<HeatMapData>();
  const int rows = metaRows(*result, shown), tests = testCount(*result);
  std::vector<float> values;
  // Rows go up, and the first mix is read first.
  for (int row = rows - 1; row >= 0; --row) {
    map->rowLabels << metaRowName(*result, row);
    for (int test = 0; test < tests; ++test)
      values.push_back(static_cast<float>(valueAt(*result, shown, {.row = row, .test = test})));
  }
  map->values = HostArray({rows, tests}, {"mix", "test"}, "share", std::move(values));
  for (int test = 0; test < tests; ++test) map->columnLabels << metaTestName(*result, test);
  map->word = [shares = map->values](Cell cell) {
    return formatNumber(static_cast<double>(shares.at(cell.row, cell.column)), 2);
  };
  map->spoken = [shares = map->values, names = map->rowLabels, asked = map->columnLabels](Cell cell) {
    return words("%1, asked about %2: %3")
        .arg(names.value(cell.row), asked.value(cell.column),
             formatPercent(static_cast<double>(shares.at(cell.row, cell.column))));
  };
  map->rowName = words("mix");
  map->columnName = words("test");
  map->areShares = true;
  const bool isAccuracy = shown != MetaShown::Neither;
  map->scale.map = isAccuracy ? MapName::Diverging : mapName;
  map->scale.metric = isAccuracy ? words("balanced accuracy, chance .5") : words("neither yes nor no, own states");
  return map;
}

MetaVerdict metaVerdict(const MetaModelResult& result, int mix, int test) {
  const double low = result.interval(mix, MetaArm::Own, test).first;
  if (low <= kChance) return MetaVerdict::Chance;
  return low > result.interval(mix, MetaArm::Shuffled, test).second ? MetaVerdict::Told : MetaVerdict::AnyText;
}

bool isQuestionIdle(const MetaModelResult& result, int mix, int test) {
  const double low = result.interval(mix, MetaArm::Own, test).first;
  const auto [nonsenseLow, nonsenseHigh] = result.interval(mix, MetaArm::Nonsense, test);
  return low > kChance && nonsenseLow > kChance && nonsenseHigh >= low;
}

QString metaStatement(const MetaModelResult& result) {
  int told = 0;
  for (int mix = 0; mix < mixCount(result); ++mix)
    for (int test = 0; test < testCount(result); ++test) told += metaVerdict(result, mix, test) == MetaVerdict::Told;
  // Of a test with few texts there are fewer.
  std::ptrdiff_t fewest = std::ssize(result.asked), most = 0;
  for (int test = 0; test < testCount(result); ++test) {
    const std::ptrdiff_t questions = std::ranges::count(result.asked, test, &MetaAsked::test);
    fewest = std::min(fewest, questions);
    most = std::max(most, questions);
  }
  const QString questions = fewest == most ? QString::number(most) : QStringLiteral("%1-%2").arg(fewest).arg(most);
  return words(
             "%1 of %2 cells are told from the states: better than chance and than states of another text · %3 "
             "questions a cell, states of %4")
      .arg(asData(QString::number(told)), asData(QString::number(mixCount(result) * testCount(result))),
           asData(questions), asData(QLatin1Char('L') + formatLayers(result.layers)));
}

QString metaHeading(const MetaModelResult& result, MetaPlace place) {
  return words("%1, asked about %2").arg(metaRowName(result, place.row), metaTestName(result, place.test));
}

QString metaFigures(const MetaModelResult& result, MetaPlace place) {
  if (metaProbe(result, place.row)) {
    return words("A line through the same states, fitted to labels of this task: balanced accuracy %1")
        .arg(number(valueAt(result, MetaShown::Own, place)));
  }
  const auto [low, high] = result.interval(place.row, MetaArm::Own, place.test);
  return words(
             "Balanced accuracy %1, 95 % interval %2 to %3; with states of another text %4, with a nonsense question "
             "%5; neither yes nor no %6")
      .arg(number(valueAt(result, MetaShown::Own, place)), number(low), number(high),
           number(valueAt(result, MetaShown::Shuffled, place)), number(valueAt(result, MetaShown::Nonsense, place)),
           number(valueAt(result, MetaShown::Neither, place)));
}

QString metaVerdictWords(const MetaModelResult& result, MetaPlace place) {
  if (metaProbe(result, place.row)) return {};
  const QString question =
      isQuestionIdle(result, place.row, place.test)
          ? words(" The question does not matter: one without a meaning is answered about as well.")
          : QString();
  switch (metaVerdict(result, place.row, place.test)) {
    case MetaVerdict::Told:
      return words("Told from the states: better than chance and than states of another text.") + question;
    case MetaVerdict::AnyText:
      return words("Better than chance, but not than states of another text: it need not be the states that tell.") +
             question;
    case MetaVerdict::Chance: return words("No better than chance.");
  }
  return {};
}

QString metaCaveat(const MetaModelResult& result, int test) {
  const MetaTask* task = metaTask(result.tests[static_cast<std::size_t>(test)]);
  return task ? QString::fromStdString(task->caveat) : QString();
}

ResultTable metaArmTable(const SharedMeta& result, MetaPlace place) {
  const bool isProbe = metaProbe(*result, place.row).has_value();
  const int arms = isProbe ? 0 : static_cast<int>(kMetaArms.size());
  const auto armOf = [](int row) { return kMetaArms[static_cast<std::size_t>(row)]; };
  const auto probeOf = [arms](int row) { return kMetaProbes[static_cast<std::size_t>(row - arms)]; };
  // Of a probe there is the accuracy alone.
  const auto column = [arms, armOf](const QString& title, const QString& unit, const auto& value) {
    return ResultColumn{title, unit,
                        [arms, armOf, value](int row) {
                          return row < arms ? QVariant(static_cast<double>(value(armOf(row)))) : QVariant();
                        },
                        2};
  };
  const int mix = place.row, test = place.test;
  ResultTable table;
  table.rows = arms + static_cast<int>(kMetaProbes.size());
  table.columns.push_back({words("with"), {}, [arms, armOf, probeOf](int row) {
                             return QVariant(row < arms ? metaShownName(static_cast<MetaShown>(armOf(row)))
                                                        : probeRowName(probeOf(row)));
                           }});
  table.columns.push_back({words("balanced accuracy"),
                           {},
                           [result, arms, armOf, probeOf, mix, test](int row) {
                             return QVariant(row < arms ? result->balanced(mix, armOf(row), test)
                                                        : result->balanced(probeOf(row), test));
                           },
                           2});
  if (isProbe) return table;
  const QString interval = words("95 %");
  table.columns.push_back(column(words("from"), interval,
                                 [result, mix, test](MetaArm arm) { return result->interval(mix, arm, test).first; }));
  table.columns.push_back(column(words("to"), interval,
                                 [result, mix, test](MetaArm arm) { return result->interval(mix, arm, test).second; }));
  for (const bool isYes : {true, false})
    table.columns.push_back(
        column(isYes ? words("right where yes") : words("right where no"), {},
               [result, mix, test, isYes](MetaArm arm) { return result->accuracy(mix, arm, test, isYes).share(); }));
  table.columns.push_back(
      column(words("neither"), {}, [result, mix, test](MetaArm arm) { return result->neitherShare(mix, arm, test); }));
  return table;
}

ResultTable metaOwnTable(const SharedMeta& result) {
  const int mixes = mixCount(*result);
  const auto questionOf = [result, mixes](int row) -> const MetaQuestion& {
    return result->own[static_cast<std::size_t>(row / mixes)];
  };
  ResultTable table;
  table.rows = static_cast<int>(result->own.size()) * mixes;
  table.columns = {
      {words("text"), {}, [questionOf](int row) { return QVariant(shortened(questionOf(row).text)); }},
      {words("question"), {}, [questionOf](int row) { return QVariant(shortened(questionOf(row).question)); }},
      {words("mix"), {}, [result, mixes](int row) { return QVariant(metaRowName(*result, row % mixes)); }},
      {words("P(Yes)"), words("of Yes and No"),
       [result, mixes](int row) {
         return QVariant(MetaModelResult::overTrainings(result->ownYes, row % mixes, row / mixes));
       },
       2},
      {words("P(Yes) + P(No)"),
       {},
       [result, mixes](int row) {
         return QVariant(MetaModelResult::overTrainings(result->ownMass, row % mixes, row / mixes));
       },
       2}};
  return table;
}

ResultTable metaTable(const SharedMeta& result) {
  const int tests = testCount(*result);
  ResultTable table;
  table.rows = mixCount(*result) * tests;
  table.columns = {
      {words("mix"), {}, [result, tests](int row) { return QVariant(metaRowName(*result, row / tests)); }},
      {words("test"), {}, [result, tests](int row) { return QVariant(metaTestName(*result, row % tests)); }}};
  const QString share = words("share");
  for (const MetaArm arm : kMetaArms) {
    const QString name = metaShownName(static_cast<MetaShown>(arm));
    const auto interval = [result, arm, tests](int row) { return result->interval(row / tests, arm, row % tests); };
    table.columns.push_back({name, words("balanced accuracy"), [result, arm, tests](int row) {
                               return QVariant(result->balanced(row / tests, arm, row % tests));
                             }});
    table.columns.push_back(
        {words("%1, low").arg(name), share, [interval](int row) { return QVariant(interval(row).first); }});
    table.columns.push_back(
        {words("%1, high").arg(name), share, [interval](int row) { return QVariant(interval(row).second); }});
    table.columns.push_back({words("%1, neither").arg(name), share, [result, arm, tests](int row) {
                               return QVariant(result->neitherShare(row / tests, arm, row % tests));
                             }});
  }
  for (const MetaProbe probe : kMetaProbes)
    table.columns.push_back({probeRowName(probe), words("balanced accuracy"), [result, probe, tests](int row) {
                               return QVariant(result->balanced(probe, row % tests));
                             }});
  return table;
}

}  // namespace patchbay::ui
