#include "ui/panels/soft_prompt_picture.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <utility>

#include <QCoreApplication>

#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

/// Steps over which a loss is a mean.
constexpr std::size_t kSmooth = 10;
constexpr std::array kArms{SoftPrompt::Learned, SoftPrompt::Text, SoftPrompt::OtherState};

QString words(const char* text) { return QCoreApplication::translate("SoftPrompt", text); }

QString armName(SoftPrompt::Arm arm) {
  switch (arm) {
    case SoftPrompt::Learned: return words("learned prompt");
    case SoftPrompt::Text: return words("text");
    case SoftPrompt::OtherState: return words("state of another place");
  }
  return {};
}

QString percent(double share) { return asData(formatPercent(share)); }

double meanOf(std::span<const float> losses) {
  return std::accumulate(losses.begin(), losses.end(), 0.0) /
         static_cast<double>(std::max<std::size_t>(1, losses.size()));
}

QString loss(std::span<const float> losses) { return asData(formatNumber(meanOf(losses), 2)); }

}  // namespace

QString aheadName(int ahead) { return ahead == 0 ? words("next token") : QStringLiteral("+%1").arg(ahead); }

QString promptStatement(const SoftPrompt& prompt) {
  const std::span<const float> losses(prompt.losses);
  const std::size_t part = std::min(kSmooth, losses.size());
  if (part == 0) return words("States of the texts are read");
  if (!prompt.isMeasured()) {
    return words("After step %1: %2 bits a token between model and lens, %3 at first")
        .arg(asData(QString::number(losses.size())), loss(losses.last(part)), loss(losses.first(part)));
  }
  const int ahead = std::min(1, prompt.ahead());
  return words(
             "%1 places, %2 steps: %3 of the tokens one place on are the model's own; the text it began as %4, states of other places %5")
      .arg(asData(QString::number(prompt.length())), asData(QString::number(losses.size())),
           percent(prompt.meanRight(SoftPrompt::Learned, ahead)), percent(prompt.meanRight(SoftPrompt::Text, ahead)),
           percent(prompt.meanRight(SoftPrompt::OtherState, ahead)));
}

std::shared_ptr<const LinePlotData> promptShares(const SoftPrompt& prompt, int ahead) {
  auto plot = std::make_shared<LinePlotData>();
  plot->title = ahead == 0   ? words("share of right next tokens, by layer")
                : ahead == 1 ? words("share of right tokens one place behind the next, by layer")
                             : words("share of right tokens %1 places behind the next, by layer").arg(ahead);
  plot->xName = words("layer");
  plot->xLabel = [](double x) { return QStringLiteral("L%1").arg(qRound(x)); };
  plot->hasMarkers = prompt.layers.size() < 3;
  for (const auto& [arm, role] :
       {std::pair{SoftPrompt::Learned, LineRole::ThisRun}, std::pair{SoftPrompt::Text, LineRole::Series2},
        std::pair{SoftPrompt::OtherState, LineRole::Control}}) {
    LineSeries series{.name = armName(arm), .role = role, .x = {}, .y = {}};
    for (std::size_t layer = 0; layer < prompt.layers.size(); ++layer) {
      series.x.push_back(prompt.layers[layer]);
      series.y.push_back(
          static_cast<double>(prompt.right.at(static_cast<int>(arm), static_cast<std::int64_t>(layer), ahead)));
    }
    plot->series.push_back(std::move(series));
  }
  // From nothing on, with some room above: shares of distant tokens are small.
  double most = 0.1;
  for (const LineSeries& series : plot->series)
    for (const double share : series.y) most = std::max(most, share);
  plot->yRange = std::pair{0.0, std::min(1.0, 1.2 * most)};
  return plot;
}

std::shared_ptr<const LinePlotData> promptDescent(const SoftPrompt& prompt) {
  auto plot = std::make_shared<LinePlotData>();
  plot->title = words("KL between model and lens, by step");
  plot->xName = words("step");
  plot->yName = words("KL");
  plot->yUnit = words("bits a token");
  LineSeries series{.name = words("this prompt"), .role = LineRole::ThisRun, .x = {}, .y = {}};
  for (std::size_t step = 0; step < prompt.losses.size(); ++step) {
    series.x.push_back(static_cast<double>(step));
    series.y.push_back(static_cast<double>(prompt.losses[step]));
  }
  plot->series.push_back(std::move(series));
  return plot;
}

ResultTable promptTable(const SharedPrompt& prompt) {
  ResultTable table;
  if (!prompt->isMeasured()) {
    table.rows = static_cast<int>(prompt->losses.size());
    table.columns = {
        {words("step"), {}, [](int row) { return QVariant(row); }, 0},
        {words("KL"), words("bits a token"),
         [prompt](int row) { return QVariant(static_cast<double>(prompt->losses[static_cast<std::size_t>(row)])); },
         3}};
    return table;
  }
  table.rows = static_cast<int>(prompt->layers.size());
  table.columns.push_back(
      {words("layer"), {}, [prompt](int row) { return QVariant(prompt->layers[static_cast<std::size_t>(row)]); }, 0});
  for (const SoftPrompt::Arm arm : kArms) {
    for (int ahead = 0; ahead <= prompt->ahead(); ++ahead) {
      table.columns.push_back({QStringLiteral("%1, %2").arg(armName(arm), aheadName(ahead)),
                               {},
                               [prompt, arm, ahead](int row) {
                                 return QVariant(
                                     static_cast<double>(prompt->right.at(static_cast<int>(arm), row, ahead)));
                               },
                               2});
    }
  }
  return table;
}

}  // namespace patchbay::ui
