#include "ui/panels/ask_picture.h"

#include <algorithm>

#include <QCoreApplication>

#include "ui/panels/asked_cells.h"
#include "ui/widgets/format.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("Ask", text); }

QString textOf(const AskAnswer& answer) { return oneLine(answer.generation.text).trimmed(); }

QString firstWord(const AskAnswer& answer) {
  return answer.generation.tokens.empty() ? QString() : displayToken(answer.generation.tokens.front().token);
}

double meanP(const Generation& generation) {
  double sum = 0;
  for (const GeneratedToken& token : generation.tokens) sum += static_cast<double>(token.p);
  return generation.tokens.empty() ? 0 : sum / static_cast<double>(generation.tokens.size());
}

/// The probability of a token as the first of an answer, as far as it was among the likeliest; 0 where it was not.
float firstP(const AskAnswer& answer, std::int32_t id) {
  if (answer.generation.tokens.empty()) return 0;
  const auto& likeliest = answer.generation.tokens.front().alternatives;
  const auto found = std::ranges::find(likeliest, id, [](const RankedToken& token) { return token.token.id; });
  return found == likeliest.end() ? 0 : found->p;
}

/// The layer whose answer a strip is held against: the reference, as far as it is there.
const AskAnswer& referenceAnswer(const AskResult& result, int reference) {
  const auto found = std::ranges::find(result.layers, reference, &LayerAnswer::layer);
  return found == result.layers.end() ? result.layers.front().answer : found->answer;
}

}  // namespace

QString controlName(AskControl control) {
  switch (control) {
    case AskControl::Zero: return words("Zeros");
    case AskControl::Shuffled: return words("Other prompt");
    case AskControl::RandomCell: return words("Random cell");
    case AskControl::TextOnly: return words("Text only");
    case AskControl::Untrained: return words("Untrained");
  }
  return {};
}

QString controlIcon(AskControl control) {
  switch (control) {
    case AskControl::Zero: return QStringLiteral("close");
    case AskControl::Shuffled: return QStringLiteral("shuffle");
    case AskControl::RandomCell: return QStringLiteral("random");
    case AskControl::TextOnly: return QStringLiteral("text-only");
    case AskControl::Untrained: return QStringLiteral("model");
  }
  return {};
}

QString controlTip(const ControlAnswer& control) {
  const QString about = QString::fromStdString(control.about).simplified();
  switch (control.control) {
    case AskControl::Zero: return words("The decoder, with zeros in the place of the states");
    case AskControl::Shuffled: return words("The decoder, with states of another prompt: “%1”").arg(about);
    case AskControl::RandomCell: return words("The decoder, with states from elsewhere in this prompt: %1").arg(about);
    case AskControl::TextOnly:
      return words("The decoder's model, without its training, asked in plain words about the prompt's text");
    case AskControl::Untrained: return words("The decoder's model with these states, without its training");
  }
  return {};
}

QString verdictWords(const AskResult& result) {
  switch (result.verdict()) {
    case AskVerdict::NotAsked: return {};
    case AskVerdict::SaidNothing: return words("The decoder has no words for these cells.");
    case AskVerdict::Holds: {
      const auto untrained = std::ranges::find(result.controls, AskControl::Untrained, &ControlAnswer::control);
      return untrained != result.controls.end() && untrained->saysTheSame()
                 ? words("The cells say more than other cells and the text do; they are read without training too.")
                 : words("The cells say more than the controls do.");
    }
    case AskVerdict::TextEnough:
      return words("The text alone, asked about in plain words, says the same: the states may add nothing to it.");
    case AskVerdict::SameWithout: break;
  }
  const ControlAnswer* same = nullptr;
  for (const ControlAnswer& control : result.controls) {
    const bool isDecoder = control.control == AskControl::Zero || control.control == AskControl::Shuffled ||
                           control.control == AskControl::RandomCell;
    if (isDecoder && (!same || control.overlap > same->overlap)) same = &control;
  }
  const QString share = same ? formatPercent(static_cast<double>(same->overlap)) : QString();
  const QString what = !same                                   ? QString()
                       : same->control == AskControl::Zero     ? words("zeros")
                       : same->control == AskControl::Shuffled ? words("another prompt")
                                                               : words("a random cell");
  return words("The decoder answers the same for %1 (%2 overlap). Treat this answer with care.").arg(what, share);
}

QString answerFacts(const Generation& generation) {
  if (generation.tokens.empty()) return {};
  return words("%1 tokens · mean p %2").arg(generation.tokens.size()).arg(formatProbability(meanP(generation)));
}

QString stripToken(const AskResult& result, int reference) {
  return result.layers.empty() ? QString() : firstWord(referenceAnswer(result, reference));
}

std::shared_ptr<const HeatMapData> layerStrip(const SharedAnswer& result, int reference, MapName map) {
  auto strip = std::make_shared<HeatMapData>();
  if (result->layers.empty()) return strip;
  const AskAnswer& held = referenceAnswer(*result, reference);
  const std::int32_t id = held.generation.tokens.empty() ? -1 : held.generation.tokens.front().token.id;
  std::vector<float> values;
  for (const LayerAnswer& layer : result->layers) {
    values.push_back(firstP(layer.answer, id));
    strip->columnLabels << QStringLiteral("L%1").arg(layer.layer);
  }
  const std::int64_t layers = std::ssize(values);
  strip->values = HostArray({1, layers}, {"answer", "layer"}, "probability", std::move(values));
  strip->rowLabels << QString();
  strip->rowName = words("answer");
  strip->columnName = words("layer");
  strip->areShares = true;
  strip->word = [result](Cell cell) { return firstWord(result->layers[static_cast<std::size_t>(cell.column)].answer); };
  strip->scale.map = map;
  strip->scale.metric = words("p(%1)").arg(firstWord(held));
  return strip;
}

ResultTable askTable(const SharedAnswer& result) {
  struct Row {
    QString name;
    const AskAnswer* answer;
    double overlap;
  };
  const auto rows = std::make_shared<std::vector<Row>>();
  rows->push_back({words("answer"), &result->answer, 1});
  for (const ControlAnswer& control : result->controls)
    rows->push_back({controlName(control.control), &control.answer, static_cast<double>(control.overlap)});
  for (const LayerAnswer& layer : result->layers) {
    const double overlap =
        static_cast<double>(wordOverlap(result->answer.generation.text, layer.answer.generation.text));
    rows->push_back({QStringLiteral("L%1").arg(layer.layer), &layer.answer, overlap});
  }
  const auto at = [result, rows](int row) -> const Row& { return (*rows)[static_cast<std::size_t>(row)]; };
  ResultTable table;
  table.rows = static_cast<int>(rows->size());
  table.columns = {{words("asked"), {}, [at](int row) { return QVariant(at(row).name); }},
                   {words("says"), {}, [at](int row) { return QVariant(textOf(*at(row).answer)); }},
                   {words("overlap"), words("share"), [at](int row) { return QVariant(at(row).overlap); }, 2},
                   {words("mean p"), {}, [at](int row) { return QVariant(meanP(at(row).answer->generation)); }, 3},
                   {words("first word"), {}, [at](int row) { return QVariant(firstWord(*at(row).answer)); }},
                   {words("p"),
                    {},
                    [at](int row) {
                      const auto& tokens = at(row).answer->generation.tokens;
                      return tokens.empty() ? QVariant() : QVariant(static_cast<double>(tokens.front().p));
                    },
                    3}};
  if (result->answer.choices.empty()) return table;
  table.columns.push_back({words("best choice"), {}, [at](int row) {
                             const auto& choices = at(row).answer->choices;
                             return choices.empty() ? QVariant()
                                                    : QVariant(QString::fromStdString(choices.front().text));
                           }});
  table.columns.push_back({words("its p"),
                           {},
                           [at](int row) {
                             const auto& choices = at(row).answer->choices;
                             return choices.empty() ? QVariant() : QVariant(static_cast<double>(choices.front().p));
                           },
                           3});
  return table;
}

QString askHtml(const AskRequest& request, const AskResult& result) {
  QString html = QStringLiteral("<h3>%1</h3><p>%2 <code>%3</code></p><p><b>%4</b></p>")
                     .arg(QString::fromStdString(request.question).toHtmlEscaped(), words("read"),
                          formatCells(result.spans).toHtmlEscaped(), textOf(result.answer).toHtmlEscaped());
  if (!request.reader.fingerprint.empty())
    html += QStringLiteral("<p>%1</p>")
                .arg(words("through the map %1, by a decoder of %2")
                         .arg(QString::fromStdString(request.affine.name), QString::fromStdString(request.reader.name))
                         .toHtmlEscaped());
  if (!result.controls.empty()) {
    html += QStringLiteral("<table cellpadding='3'>");
    for (const ControlAnswer& control : result.controls)
      html += QStringLiteral("<tr><td>%1</td><td>%2</td><td align='right'>%3</td></tr>")
                  .arg(controlName(control.control), textOf(control.answer).toHtmlEscaped(),
                       formatPercent(static_cast<double>(control.overlap)));
    html += QStringLiteral("</table><p>%1</p>").arg(verdictWords(result).toHtmlEscaped());
  }
  return html;
}

}  // namespace patchbay::ui
