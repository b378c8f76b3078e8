#include "ui/panels/wish_picture.h"

#include <QCoreApplication>

#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kTextLetters = 160;

QString words(const char* text) { return QCoreApplication::translate("Wish", text); }

QString number(double value, int decimals) { return asData(formatNumber(value, decimals)); }

}  // namespace

QString wishArmName(WishArm arm, bool isAdapter) {
  switch (arm) {
    case WishArm::Plain: return words("plain");
    case WishArm::Wish: return isAdapter ? words("this adapter") : words("this vector");
    case WishArm::MeanDifference: return words("mean difference");
    case WishArm::Random: return words("random vector");
  }
  return {};
}

std::shared_ptr<const LinePlotData> descentPlot(const DecoderVectorResult& result) {
  auto plot = std::make_shared<LinePlotData>();
  plot->title = words("Loss by step");
  plot->xName = words("step");
  plot->yName = words("loss");
  plot->yUnit = words("nats");
  LineSeries wish{.name = words("wished answer"), .role = LineRole::ThisRun, .x = {}, .y = {}};
  LineSeries plain{.name = words("from the plain model, a token"), .role = LineRole::Control, .x = {}, .y = {}};
  for (const WishPoint& point : result.points) {
    for (LineSeries* series : {&wish, &plain}) series->x.push_back(point.step);
    wish.y.push_back(point.wishLoss);
    plain.y.push_back(point.plainLoss);
  }
  plot->series = {std::move(wish), std::move(plain)};
  return plot;
}

QString wishStatement(const DecoderVectorResult& result) {
  const WishOutcome* wish = result.outcome(WishArm::Wish);
  const WishOutcome* random = result.outcome(WishArm::Random);
  const WishOutcome* plain = result.outcome(WishArm::Plain);
  if (!wish || !random || !plain) {
    if (result.points.empty()) return words("The plain model writes its own texts");
    const WishPoint& last = result.points.back();
    return words("Step %1: the wished answer costs %2 nats, norm %3")
        .arg(asData(QString::number(last.step)), number(last.wishLoss, 2), number(last.norm, 1));
  }
  const QString figures = words("%1 against %2 nats a token for the random vector, perplexity %3 against %4 plain")
                              .arg(number(wish->meanFulfilment(), 2), number(random->meanFulfilment(), 2),
                                   number(wish->perplexity(), 1), number(plain->perplexity(), 1));
  switch (result.verdict()) {
    case WishVerdict::NotJudged:
      return words("Not judged: write the wish as an instruction too. Read the texts below.");
    case WishVerdict::Rises: return words("The wish rises: %1").arg(figures);
    case WishVerdict::RisesAtACost: return words("The wish rises, but the texts suffer: %1").arg(figures);
    case WishVerdict::NotAboveRandom:
      return (result.adapter.empty() ? words("The vector does no more than a random one: %1")
                                     : words("The adapter does no more than a random vector: %1"))
          .arg(figures);
  }
  return {};
}

ResultTable wishArmTable(const SharedWish& result) {
  const auto at = [result](int row) -> const WishOutcome& { return result->outcomes[static_cast<std::size_t>(row)]; };
  ResultTable table;
  table.rows = static_cast<int>(result->outcomes.size());
  table.columns = {{words("added"), {}, [result, at](int row) {
                      return QVariant(wishArmName(at(row).arm, !result->adapter.empty()));
                    }}};
  if (result->verdict() == WishVerdict::NotJudged) return table;
  table.columns.push_back(
      {words("wish"), words("nats a token"), [at](int row) { return QVariant(at(row).meanFulfilment()); }, 3});
  table.columns.push_back({words("perplexity"), {}, [at](int row) { return QVariant(at(row).perplexity()); }, 1});
  return table;
}

ResultTable wishTextTable(const SharedWish& result) {
  ResultTable table;
  table.rows = result->outcomes.empty() ? 0 : static_cast<int>(result->prompts.size());
  const auto text = [](const std::string& whole) {
    return QVariant(elideMiddle(QString::fromStdString(whole).simplified(), kTextLetters));
  };
  table.columns = {
      {words("prompt"), {}, [result, text](int row) { return text(result->prompts[static_cast<std::size_t>(row)]); }}};
  for (std::size_t arm = 0; arm < result->outcomes.size(); ++arm)
    table.columns.push_back(
        {wishArmName(result->outcomes[arm].arm, !result->adapter.empty()), {}, [result, arm, text](int row) {
           return text(result->outcomes[arm].texts[static_cast<std::size_t>(row)]);
         }});
  return table;
}

ResultTable descentTable(const SharedWish& result) {
  const auto at = [result](int row) -> const WishPoint& { return result->points[static_cast<std::size_t>(row)]; };
  ResultTable table;
  table.rows = static_cast<int>(result->points.size());
  table.columns = {
      {words("step"), {}, [at](int row) { return QVariant(static_cast<double>(at(row).step)); }, 0},
      {words("wished answer"), words("nats"), [at](int row) { return QVariant(at(row).wishLoss); }, 4},
      {words("divergence"), words("nats a token"), [at](int row) { return QVariant(at(row).plainLoss); }, 4},
      {words("norm"), words("residual units"), [at](int row) { return QVariant(at(row).norm); }, 3}};
  return table;
}

}  // namespace patchbay::ui
