#include "ui/panels/neurons_picture.h"

#include <algorithm>
#include <cmath>

#include <QCoreApplication>

#include "ui/widgets/format.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("Neurons", text); }

QString joined(const std::vector<RankedToken>& tokens) {
  QStringList all;
  for (const RankedToken& token : tokens) all << displayToken(token.token);
  return all.join(QLatin1Char(' '));
}

}  // namespace

QString neuronAddress(const NeuronsResult& result, int rank) {
  return QStringLiteral("L%1.N%2").arg(result.layer).arg(result.neurons[static_cast<std::size_t>(rank)].neuron);
}

int neuronRow(const NeuronsResult& result, int rank) { return static_cast<int>(result.neurons.size()) - 1 - rank; }

std::shared_ptr<const HeatMapData> neuronsMap(const SharedNeurons& result) {
  auto map = std::make_shared<HeatMapData>();
  const int count = static_cast<int>(result->neurons.size()), tokens = static_cast<int>(result->tokens.size());
  std::vector<float> values;
  double most = 0;
  for (int row = 0; row < count; ++row) {
    for (const float value : result->activations.row(neuronRow(*result, row))) {
      values.push_back(value);
      most = std::max(most, std::abs(static_cast<double>(value)));
    }
  }
  map->values = HostArray({count, tokens}, {"neuron", "token"}, "activation", std::move(values));
  map->word = [values = map->values](Cell cell) {
    return formatSigned(static_cast<double>(values.at(cell.row, cell.column)), 1);
  };
  for (int row = 0; row < count; ++row)
    map->rowLabels << QStringLiteral("N%1").arg(
        result->neurons[static_cast<std::size_t>(neuronRow(*result, row))].neuron);
  for (const TokenFact& token : result->tokens) map->columnLabels << displayToken(token);
  map->rowName = words("neuron");
  map->scale.map = MapName::Diverging;
  map->scale.isFitted = true;
  map->scale.max = most > 0 ? most : 1;
  map->scale.min = -map->scale.max;
  map->scale.metric = words("activation");
  return map;
}

ResultTable neuronWords(const SharedNeurons& result, int rank) {
  const auto neuron = [result, rank]() -> const NeuronFact& { return result->neurons[static_cast<std::size_t>(rank)]; };
  ResultTable table;
  table.rows = static_cast<int>(std::min(neuron().raised.size(), neuron().lowered.size()));
  const auto word = [neuron](std::vector<RankedToken> NeuronFact::*side) {
    return [neuron, side](int row) {
      return QVariant(displayToken((neuron().*side)[static_cast<std::size_t>(row)].token));
    };
  };
  const auto logit = [neuron](std::vector<RankedToken> NeuronFact::*side) {
    return [neuron, side](int row) {
      return QVariant(static_cast<double>((neuron().*side)[static_cast<std::size_t>(row)].logit));
    };
  };
  table.columns = {{words("pushes for"), {}, word(&NeuronFact::raised)},
                   {words("logit"), {}, logit(&NeuronFact::raised), 2},
                   {words("pushes against"), {}, word(&NeuronFact::lowered)},
                   {words("logit"), {}, logit(&NeuronFact::lowered), 2}};
  return table;
}

ResultTable neuronTable(const SharedNeurons& result) {
  const auto at = [result](int row) -> const NeuronFact& { return result->neurons[static_cast<std::size_t>(row)]; };
  ResultTable table;
  table.rows = static_cast<int>(result->neurons.size());
  table.columns = {{words("neuron"), {}, [result](int row) { return QVariant(neuronAddress(*result, row)); }},
                   {words("activation"), {}, [at](int row) { return QVariant(static_cast<double>(at(row).value)); }, 3},
                   {words("writes"), words("residual units"),
                    [at](int row) { return QVariant(static_cast<double>(at(row).written)); }, 3},
                   {words("pushes for"), {}, [at](int row) { return QVariant(joined(at(row).raised)); }},
                   {words("pushes against"), {}, [at](int row) { return QVariant(joined(at(row).lowered)); }}};
  return table;
}

}  // namespace patchbay::ui
