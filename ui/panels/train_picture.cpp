#include "ui/panels/train_picture.h"

#include <algorithm>

#include <QCoreApplication>

#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

/// Points over which a line is a mean.
constexpr std::size_t kSmooth = 10;
constexpr int kTextLetters = 80, kExampleLetters = 140;

QString words(const char* text) { return QCoreApplication::translate("Training", text); }

QString oneLineOf(const std::string& text, int letters = kTextLetters) {
  return elideMiddle(QString::fromStdString(text).simplified(), letters);
}

QString number(std::int64_t value) { return asData(formatCount(value)); }

LineSeries learned(const TrainDecoderResult& result, const QString& name, LineRole role) {
  LineSeries mean{.name = name, .role = role, .x = {}, .y = {}};
  const auto& points = result.curves.points;
  double sum = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    sum += points[i].loss;
    if (i >= kSmooth) sum -= points[i - kSmooth].loss;
    mean.x.push_back(static_cast<double>(points[i].step));
    mean.y.push_back(sum / static_cast<double>(std::min(i + 1, kSmooth)));
  }
  return mean;
}

LineSeries checked(const TrainDecoderResult& result, const QString& name, LineRole role, double TrainingCheck::*loss) {
  LineSeries line{.name = name, .role = role, .x = {}, .y = {}};
  for (const TrainingCheck& check : result.curves.checks) {
    line.x.push_back(static_cast<double>(check.step));
    line.y.push_back(check.*loss);
  }
  return line;
}

}  // namespace

QString windowName(ExampleWindow window) {
  switch (window) {
    case ExampleWindow::Evidence: return words("evidence");
    case ExampleWindow::After: return words("after");
    case ExampleWindow::Tail: return words("tail");
  }
  return {};
}

std::shared_ptr<const LinePlotData> lossPlot(const TrainDecoderResult& result, const TrainDecoderResult* pinned,
                                             const QString& pinnedName) {
  auto plot = std::make_shared<LinePlotData>();
  plot->title = words("Loss by step");
  plot->xName = words("step");
  plot->yName = words("loss");
  plot->yUnit = words("nats/√token");
  plot->series = {learned(result, words("learned from"), LineRole::ThisRun),
                  checked(result, words("held out"), LineRole::Series2, &TrainingCheck::loss),
                  checked(result, words("other states"), LineRole::Control, &TrainingCheck::shuffledLoss)};
  if (pinned) {
    plot->series.push_back(learned(*pinned, pinnedName, LineRole::Pinned));
    plot->series.push_back(
        checked(*pinned, words("%1, held out").arg(pinnedName), LineRole::Pinned, &TrainingCheck::loss));
  }
  std::erase_if(plot->series, [](const LineSeries& line) { return line.x.empty(); });
  return plot;
}

QString trainingStatement(const TrainDecoderResult& result, bool isFinished) {
  if (isFinished) {
    const DecoderCard& card = result.card;
    return words("%1: %2 questions in %3 steps, %4 · rank %5 · %6")
        .arg(QString::fromStdString(card.name), number(card.examples), number(card.steps),
             asData(formatSeconds(card.seconds)), number(card.recipe.rank), QString::fromStdString(card.data));
  }
  if (result.curves.points.empty()) return words("Training");
  const TrainingPoint& last = result.curves.points.back();
  return words("Step %1: loss %2, %3 tokens/s")
      .arg(number(last.step), asData(formatNumber(last.loss, 3)), asData(formatCompact(last.tokensPerSecond)));
}

QString sampleStatement(const TrainingCurves& curves) {
  if (curves.checks.empty()) return words("Held-out questions are asked twenty times on the way.");
  const auto count = [&](const auto& isSo) {
    return asData(QString::number(std::ranges::count_if(curves.samples, isSo)));
  };
  const QString total = asData(QString::number(curves.samples.size()));
  return words(
             "At step %1 the decoder is right in %2 of %3 held-out questions; held-out loss %4, with states of "
             "another prompt %5")
      .arg(number(curves.checks.back().step), count([](const SampleAnswer& sample) { return sample.isRight; }), total,
           asData(formatNumber(curves.checks.back().loss, 2)),
           asData(formatNumber(curves.checks.back().shuffledLoss, 2)));
}

ResultTable curveTable(const SharedTraining& result) {
  ResultTable table;
  table.rows = static_cast<int>(result->curves.points.size());
  const auto column = [result](const QString& name, const QString& unit, auto TrainingPoint::*field, int decimals) {
    return ResultColumn{
        name, unit,
        [result, field](int row) {
          return QVariant(static_cast<double>(result->curves.points[static_cast<std::size_t>(row)].*field));
        },
        decimals};
  };
  // The last check before a point.
  const auto checkedAt = [result](double TrainingCheck::*field) {
    return [result, field](int row) {
      const std::int64_t step = result->curves.points[static_cast<std::size_t>(row)].step;
      QVariant found;
      for (const TrainingCheck& check : result->curves.checks)
        if (check.step <= step) found = check.*field;
      return found;
    };
  };
  table.columns = {
      column(words("step"), {}, &TrainingPoint::step, 0),
      column(words("loss"), words("nats/√token"), &TrainingPoint::loss, 4),
      {words("held-out loss"), words("nats/√token"), checkedAt(&TrainingCheck::loss), 4},
      {words("held-out loss, other states"), words("nats/√token"), checkedAt(&TrainingCheck::shuffledLoss), 4},
      column(words("learning rate"), {}, &TrainingPoint::learningRate, 6),
      column(words("speed"), words("tokens/s"), &TrainingPoint::tokensPerSecond, 1)};
  return table;
}

ResultTable sampleTable(const SharedTraining& result) {
  const auto at = [result](int row) -> const SampleAnswer& {
    return result->curves.samples[static_cast<std::size_t>(row)];
  };
  ResultTable table;
  table.rows = static_cast<int>(result->curves.samples.size());
  table.columns = {
      {words("right"), {}, [at](int row) { return QVariant(at(row).isRight ? words("yes") : words("no")); }},
      {words("right answer"), {}, [at](int row) { return QVariant(oneLineOf(at(row).answer, 28)); }},
      {words("the decoder says"), {}, [at](int row) { return QVariant(oneLineOf(at(row).said, 28)); }},
      {words("about other states"), {}, [at](int row) { return QVariant(oneLineOf(at(row).saidShuffled, 28)); }},
      {words("question"), {}, [at](int row) { return QVariant(oneLineOf(at(row).question, 56)); }},
      {words("states of"), {}, [at](int row) { return QVariant(oneLineOf(at(row).about, 40)); }},
      {words("family"), {}, [at](int row) { return QVariant(QString::fromStdString(at(row).family)); }},
      {words("window"), {}, [at](int row) { return QVariant(windowName(at(row).window)); }}};
  return table;
}

ResultTable countTable(const SharedPreview& preview) {
  ResultTable table;
  table.rows = static_cast<int>(preview->counts.size());
  const auto at = [preview](int row) -> const QuestionCount& { return preview->counts[static_cast<std::size_t>(row)]; };
  const auto both = [at](const QString& name, HeldCount QuestionCount::*count) {
    return ResultColumn{name, {}, [at, count](int row) {
                          const HeldCount& found = at(row).*count;
                          return QVariant(words("%1 + %2").arg(formatCount(found.seen), formatCount(found.heldOut)));
                        }};
  };
  table.columns = {{words("family"), {}, [at](int row) { return QVariant(QString::fromStdString(at(row).family)); }},
                   both(words("values"), &QuestionCount::values),
                   both(words("prompts"), &QuestionCount::prompts),
                   both(words("questions"), &QuestionCount::questions)};
  return table;
}

ResultTable exampleTable(const SharedPreview& preview) {
  ResultTable table;
  table.rows = static_cast<int>(preview->examples.size());
  const auto at = [preview](int row) -> const PreviewedExample& {
    return preview->examples[static_cast<std::size_t>(row)];
  };
  table.columns = {
      {words("family"), {}, [at](int row) { return QVariant(QString::fromStdString(at(row).example.family)); }},
      {words("window"), {}, [at](int row) { return QVariant(windowName(at(row).example.window)); }},
      {words("states of"), {}, [at](int row) { return QVariant(oneLineOf(at(row).about)); }},
      {words("question"), {}, [at](int row) { return QVariant(oneLineOf(at(row).example.question)); }},
      {words("answer"), {}, [at](int row) { return QVariant(oneLineOf(at(row).example.answer, 40)); }},
      {words("the decoder sees"), {}, [at](int row) {
         return QVariant(oneLineOf(at(row).decoderSees, kExampleLetters));
       }}};
  return table;
}

}  // namespace patchbay::ui
