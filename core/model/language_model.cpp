#include "core/model/language_model.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include <torch/version.h>

#include "core/base/memory.h"
#include "core/checkpoint/dequantize.h"
#include "core/model/adapted_model.h"
#include "core/model/devices.h"
#include "core/model/stored_product.h"
#include "core/model/tile_product.h"
#include "core/model/weight_names.h"

namespace patchbay {
namespace {

/// Room that loading leaves for activations and the rest of the machine.
constexpr std::int64_t kReserveBytes = std::int64_t{256} << 20;

std::string gigabytes(std::int64_t bytes) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f GB", static_cast<double>(bytes) / 1e9);
  return text.data();
}

std::int64_t storedBytes(const Checkpoint& checkpoint) {
  std::int64_t bytes = 0;
  for (const TensorView& tensor : checkpoint.tensors()) bytes += static_cast<std::int64_t>(tensor.bytes.size());
  return bytes;
}

std::int64_t ownedEstimate(const Checkpoint& checkpoint, const LoadOptions& options) {
  const bool isFloat = options.dtype != "bf16";
  std::int64_t bytes = 0;
  if (options.device != "cpu") {
    // One matrix after the other is written out here and goes there.
    for (const TensorView& tensor : checkpoint.tensors()) bytes = std::max(bytes, tensor.valueCount() * 4);
    return bytes;
  }
  for (const TensorView& tensor : checkpoint.tensors()) {
    const bool staysInFile =
        isFloat && (tensor.type == TensorType::F32 ||
                    (options.device == "cpu" && (canMultiplyTiles(tensor.type, tensor.shape.back()) ||
                                                 canMultiplyStored(tensor.type, tensor.shape.back()))));
    if (!staysInFile) bytes += tensor.valueCount() * (isFloat ? 4 : 2);
  }
  return bytes;
}

}  // namespace

std::optional<Error> refuseForMemory(const Checkpoint& checkpoint, const LoadOptions& options, std::int64_t free) {
  const std::int64_t needed = ownedEstimate(checkpoint, options) + storedBytes(checkpoint);
  if (free <= 0 || needed + kReserveBytes <= free) return std::nullopt;
  return Error{.code = "MEM-02",
               .what = "not enough memory for this model in " + options.dtype,
               .file = checkpoint.path(),
               .field = {},
               .found = gigabytes(free) + " free",
               .expected = "about " + gigabytes(needed + kReserveBytes),
               .advice = "Free another model, close other programs, or open a smaller model."};
}

namespace {

at::Tensor denseVector(const TensorView& view, at::TensorOptions options) {
  at::Tensor values = at::empty({view.valueCount()}, at::kFloat);
  dequantize(view.type, view.bytes, {values.data_ptr<float>(), static_cast<std::size_t>(values.numel())});
  return values.to(options);
}

/// Turns matched tensors into weights, block by block.
class WeightBuilder {
public:
  WeightBuilder(const ModelConfig& config, bool isGguf, at::TensorOptions options, JobContext& context)
      : m_config(config), m_isGguf(isGguf), m_options(options), m_context(context) {}

  TransformerWeights build(const ModelTensors& tensors) {
    TransformerWeights weights;
    const auto total = static_cast<std::int64_t>(tensors.blocks.size()) + 2;
    weights.unembedding = Linear({{.weight = tensors.unembedding, .bias = nullptr, .order = {}}}, m_options, m_context);
    m_context.progress("Loading weights", "blocks", 1, total);
    weights.embedding = {.weight = tensors.embedding, .bias = nullptr, .order = {}};
    for (const BlockTensors& block : tensors.blocks) {
      weights.blocks.push_back(buildBlock(block));
      m_context.progress("Loading weights", "blocks", static_cast<std::int64_t>(weights.blocks.size()) + 1, total);
    }
    weights.finalNorm = denseVector(*tensors.finalNorm, m_options);
    m_context.progress("Loading weights", "blocks", total, total);
    return weights;
  }

private:
  BlockWeights buildBlock(const BlockTensors& from) {
    const auto order = [&](int heads) {
      return m_isGguf ? rotaryRowOrder(heads, m_config.headWidth) : std::vector<std::int32_t>();
    };
    BlockWeights block;
    block.attnNorm = denseVector(*from.attnNorm, m_options);
    block.qkv = Linear({{from.q, from.qBias, order(m_config.heads)},
                        {from.k, from.kBias, order(m_config.keyValueHeads)},
                        {from.v, from.vBias, {}}},
                       m_options, m_context);
    block.output = Linear({{from.o, from.oBias, {}}}, m_options, m_context);
    block.mlpNorm = denseVector(*from.mlpNorm, m_options);
    block.gateUp = Linear({{from.gate, from.gateBias, {}}, {from.up, from.upBias, {}}}, m_options, m_context);
    block.down = Linear({{from.down, from.downBias, {}}}, m_options, m_context);
    return block;
  }

  const ModelConfig& m_config;
  bool m_isGguf;
  at::TensorOptions m_options;
  JobContext& m_context;
};

ModelCard makeCard(const Checkpoint& checkpoint, const ModelConfig& config, const LoadOptions& options) {
  ModelCard card;
  const auto slash = checkpoint.path().find_last_of('/', checkpoint.path().size() - 2);
  std::string name = checkpoint.path().substr(slash == std::string::npos ? 0 : slash + 1);
  while (name.ends_with('/')) name.pop_back();
  card.ref = {.fingerprint = checkpoint.fingerprint(), .name = name, .path = checkpoint.path()};
  card.format = checkpoint.formatName();
  card.architecture = config.architecture;
  card.quantisation = checkpoint.quantisation();
  card.dtype = options.dtype;
  card.device = "CPU";
  card.layers = config.layers;
  card.width = config.width;
  card.heads = config.heads;
  card.keyValueHeads = config.keyValueHeads;
  card.headWidth = config.headWidth;
  card.mlpWidth = config.mlpWidth;
  card.vocabulary = config.vocabulary;
  card.contextLength = config.contextLength;
  card.isTied = config.isTied;
  card.chatTemplate = checkpoint.vocabulary().chatTemplate;
  card.hasChatTemplate = !card.chatTemplate.empty();
  card.warnings = checkpoint.warnings();
  for (const TensorView& tensor : checkpoint.tensors()) {
    card.tensors.push_back({tensor.name, tensor.shape, std::string(typeName(tensor.type)),
                            static_cast<std::int64_t>(tensor.bytes.size())});
    card.parameters += tensor.valueCount();
  }
  return card;
}

std::int64_t ownedBytes(const TransformerWeights& weights) {
  std::int64_t bytes = weights.unembedding.ownedBytes();
  for (const BlockWeights& block : weights.blocks)
    bytes += block.qkv.ownedBytes() + block.output.ownedBytes() + block.gateUp.ownedBytes() + block.down.ownedBytes();
  return bytes;
}

Outcome<ModelText> openText(const Checkpoint& checkpoint, const ModelConfig& config,
                            std::vector<std::string>& warnings) {
  auto tokenizer = Tokenizer::open(checkpoint.vocabulary());
  if (!tokenizer) return tokenizer.failure<ModelText>();
  ModelText text{.tokenizer = std::move(tokenizer).value(), .chatTemplate = nullptr};
  if (text.tokenizer->size() > config.vocabulary) {
    return Error{.code = "LOAD-02",
                 .what = "the tokenizer has more tokens than the model",
                 .file = checkpoint.path(),
                 .field = "vocab_size",
                 .found = std::to_string(text.tokenizer->size()) + " tokens",
                 .expected = "at most " + std::to_string(config.vocabulary),
                 .advice = "Check that tokenizer and weights belong together."};
  }
  if (const std::string& source = checkpoint.vocabulary().chatTemplate; !source.empty()) {
    auto parsed = ChatTemplate::parse(source, checkpoint.path());
    // Plain text works without the template, so a template we cannot read is a warning, said again when chat is used.
    if (parsed)
      text.chatTemplate = std::make_shared<const ChatTemplate>(std::move(parsed).value());
    else if (parsed.isError())
      warnings.push_back("The chat template is not used: " + parsed.error().message());
  }
  return text;
}

}  // namespace

Outcome<std::string> ModelText::render(const Prompt& prompt) const {
  if (!prompt.isChat) return prompt.text;
  if (!chatTemplate) {
    return Error{.code = "TPL-00",
                 .what = "this model has no chat template that can be used",
                 .file = {},
                 .field = "chat template",
                 .found = "none",
                 .expected = "a template in the model's files",
                 .advice = "Use a text prompt."};
  }
  const auto special = [&](std::optional<std::int32_t> id) {
    return id ? std::string(tokenizer->specialText(*id)) : std::string();
  };
  return chatTemplate->render(prompt.messages, prompt.addGenerationPrompt, special(tokenizer->bos()),
                              special(tokenizer->eos()));
}

Outcome<std::vector<std::int32_t>> ModelText::encode(const Prompt& prompt) const {
  auto rendered = render(prompt);
  if (!rendered) return rendered.failure<std::vector<std::int32_t>>();
  auto ids = tokenizer->encode(*rendered,
                               {.parseSpecial = prompt.isChat || prompt.parseSpecial, .addSpecial = !prompt.isChat});
  if (ids.empty()) {
    return Error{.code = "TOK-00",
                 .what = "the prompt is empty",
                 .file = {},
                 .field = "prompt",
                 .found = "no token",
                 .expected = "at least one token",
                 .advice = "Type some text."};
  }
  return ids;
}

std::vector<TokenFact> ModelText::facts(const std::vector<std::int32_t>& ids) const {
  std::vector<TokenFact> facts;
  facts.reserve(ids.size());
  for (const std::int32_t id : ids) facts.push_back(tokenizer->fact(id));
  return facts;
}

namespace {

/// A model that was opened and checked, its weights still in the file.
struct OpenedModel {
  std::shared_ptr<const Checkpoint> checkpoint;
  ModelConfig config;
  ModelTensors tensors;
  ModelText text;
  ModelCard card;
};

Outcome<OpenedModel> openModel(const std::string& path, const LoadOptions& options, JobContext& context) {
  auto checkpoint = Checkpoint::open(path, context);
  if (!checkpoint) return checkpoint.failure<OpenedModel>();
  OpenedModel opened;
  opened.checkpoint = std::move(checkpoint).value();
  auto config = readConfig(*opened.checkpoint);
  if (!config) return config.failure<OpenedModel>();
  auto tensors = matchTensors(*opened.checkpoint, *config);
  if (!tensors) return tensors.failure<OpenedModel>();
  std::vector<std::string> warnings;
  auto text = openText(*opened.checkpoint, *config, warnings);
  if (!text) return text.failure<OpenedModel>();
  opened.config = std::move(config).value();
  opened.tensors = std::move(tensors).value();
  opened.text = std::move(text).value();
  opened.card = makeCard(*opened.checkpoint, opened.config, options);
  opened.card.warnings.insert(opened.card.warnings.end(), warnings.begin(), warnings.end());
  return opened;
}

}  // namespace

Outcome<std::shared_ptr<LanguageModel>> loadModel(const std::string& path, const LoadOptions& options,
                                                  JobContext& context) {
  const at::InferenceMode inference;
  if (options.dtype != "f32" && options.dtype != "bf16") {
    return Error{.code = "DEVICE-02",
                 .what = "models are not computed in this type",
                 .file = path,
                 .field = "dtype",
                 .found = options.dtype.substr(0, 60),
                 .expected = "f32 or bf16",
                 .advice = "Choose one of these."};
  }
  const auto device = findDevice(options.device);
  if (!device) return device.failure<std::shared_ptr<LanguageModel>>();
  if (isAdapterFolder(path)) {
    const auto plain = plainModelOf(path, options.known);
    if (!plain) return plain.failure<std::shared_ptr<LanguageModel>>();
    auto model = loadModel(*plain, options, context);
    if (!model) return model;
    if (const auto adapted = adapt(**model, path); !adapted) return adapted.failure<std::shared_ptr<LanguageModel>>();
    return model;
  }
  auto opened = openModel(path, options, context);
  if (!opened) return opened.failure<std::shared_ptr<LanguageModel>>();
  opened->card.device = device->name;
  if (auto refused = refuseForMemory(*opened->checkpoint, options, systemMemory().availableBytes)) return *refused;

  const auto tensorOptions =
      at::TensorOptions().dtype(options.dtype == "bf16" ? at::kBFloat16 : at::kFloat).device(options.device);
  const bool isGguf = opened->checkpoint->format() == CheckpointFormat::Gguf;
  TransformerWeights weights = WeightBuilder(opened->config, isGguf, tensorOptions, context).build(opened->tensors);
  auto model = std::make_shared<LanguageModel>();
  model->checkpoint = opened->checkpoint;
  model->text = std::move(opened->text);
  model->card = std::move(opened->card);
  model->card.linearPath = weights.blocks.front().qkv.path();
  model->card.library = std::string("libtorch ") + TORCH_VERSION;
  model->card.residentBytes = ownedBytes(weights) + storedBytes(*model->checkpoint);
  model->transformer = std::make_unique<Transformer>(opened->config, std::move(weights), tensorOptions);
  return model;
}

Outcome<ModelCard> inspectModel(const std::string& path, JobContext& context, const std::vector<std::string>& known) {
  const bool isAdapter = isAdapterFolder(path);
  const auto plain = isAdapter ? plainModelOf(path, known) : Outcome<std::string>(path);
  if (!plain) return plain.failure<ModelCard>();
  auto opened = openModel(*plain, {}, context);
  if (!opened) return opened.failure<ModelCard>();
  if (isAdapter)
    if (const auto told = adaptCard(opened->card, path); !told) return told.failure<ModelCard>();
  return std::move(opened->card);
}

Outcome<ModelText> openModelText(const std::string& path, JobContext& context, const std::vector<std::string>& known) {
  const auto plain = isAdapterFolder(path) ? plainModelOf(path, known) : Outcome<std::string>(path);
  if (!plain) return plain.failure<ModelText>();
  auto opened = openModel(*plain, {}, context);
  if (!opened) return opened.failure<ModelText>();
  return std::move(opened->text);
}

}  // namespace patchbay
