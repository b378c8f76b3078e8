#include <QtTest>

#include "core/analysis/captured_run.h"
#include "core/analysis/neurons.h"
#include "core/analysis/patch_grid.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

namespace {

PatchGridRequest requestOf(const char* site, const char* receiver) {
  PatchGridRequest request;
  request.clean = Prompt::plain("The capital of France is");
  request.corrupt = Prompt::plain("The capital of Italy is");
  request.answer = " Paris";
  request.wrong = " Rome";
  request.site = site;
  request.receiver = receiver;
  return request;
}

Outcome<PatchGridResult> run(const PatchGridRequest& request) {
  JobContext context;
  return runPatchGrid(defaultModel(), request, context);
}

/// Path patching as it is defined: one pass with the sender changed and every other head and MLP frozen, in which the
/// receiver is read; one pass with the receiver's output written in its place.
class Reference {
public:
  Reference() {
    const at::InferenceMode inference;
    JobContext context;
    m_clean = *defaultModel().text.encode(Prompt::plain("The capital of France is"));
    m_corrupt = *defaultModel().text.encode(Prompt::plain("The capital of Italy is"));
    m_cleanZ = captureResiduals(defaultModel(), m_clean, context, Site::Z).values;
    m_z = captureResiduals(defaultModel(), m_corrupt, context, Site::Z).values;
    m_cleanMlp = captureResiduals(defaultModel(), m_clean, context, Site::MlpOut).values;
    m_mlp = captureResiduals(defaultModel(), m_corrupt, context, Site::MlpOut).values;
  }

  /// Logit difference with the paths of head `column` of a layer (at the last token), or of an MLP at token `column`.
  [[nodiscard]] double value(const std::string& site, int layer, int column,
                             const std::vector<PathReceiver>& receivers) const {
    const at::InferenceMode inference;
    HookPlan written;
    for (const PathReceiver& receiver : receivers) written.addEdit(outputOf(site, layer, column, receiver));
    const Distribution next = lastLogits(defaultModel(), m_corrupt, written);
    const auto id = [](const char* text) { return defaultModel().text.tokenizer->encode(text).front(); };
    return static_cast<double>(next.logit(id(" Paris"))) - static_cast<double>(next.logit(id(" Rome")));
  }

private:
  /// What writes a receiver's output, read while all others are frozen.
  [[nodiscard]] Edit outputOf(const std::string& site, int layer, int column, const PathReceiver& receiver) const {
    const bool isHead = receiver.part == PathReceiver::Part::Head;
    const std::int64_t last = std::ssize(m_corrupt) - 1;
    HookPlan frozen;
    for (int block = 0; block < 30; ++block) {
      if (!(isHead && block == receiver.layer))
        frozen.addEdit({.site = Site::Z, .layer = block, .lastToken = {}, .apply = edits::replaceBy(m_z[block])});
      if (isHead || block != receiver.layer)
        frozen.addEdit(
            {.site = Site::MlpOut, .layer = block, .lastToken = {}, .apply = edits::replaceBy(m_mlp[block])});
    }
    if (site == "head_out") {
      frozen.addEdit({.site = Site::Z,
                      .layer = layer,
                      .firstToken = last,
                      .lastToken = last,
                      .head = column,
                      .apply = edits::replaceBy(m_cleanZ[layer][last][column])});
    } else {
      frozen.addEdit({.site = Site::MlpOut,
                      .layer = layer,
                      .firstToken = column,
                      .lastToken = column,
                      .apply = edits::replaceBy(m_cleanMlp[layer][column])});
    }
    at::Tensor read;
    frozen.observe(isHead ? Site::Z : Site::MlpOut, receiver.layer,
                   [&](const Observation& seen) { read = seen.value[0].clone(); });
    (void)lastLogits(defaultModel(), m_corrupt, frozen);
    Edit edit{.site = isHead ? Site::Z : Site::MlpOut, .layer = receiver.layer, .lastToken = {}, .apply = {}};
    if (isHead) edit.head = receiver.head;
    edit.apply = edits::replaceBy(isHead ? read.select(1, receiver.head) : read);
    return edit;
  }

  std::vector<std::int32_t> m_clean, m_corrupt;
  at::Tensor m_cleanZ, m_z, m_cleanMlp, m_mlp;
};

}  // namespace

/// Path patching against its definition, and neurons.
class PathsTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void equalsTheDefinition_data() {
    QTest::addColumn<QString>("site");
    QTest::addColumn<QString>("receiver");
    for (const char* site : {"head_out", "mlp_out"})
      for (const char* receiver : {"L23.H4", "L22.mlp", "L9.H2", "L23.H4 + L22.mlp + L23.H1"})
        QTest::addRow("%s to %s", site, receiver) << site << receiver;
  }
  void equalsTheDefinition() {
    QFETCH(QString, site);
    QFETCH(QString, receiver);
    PatchGridRequest request = requestOf(site.toStdString().c_str(), receiver.toStdString().c_str());
    request.layers = {2, 8, 21, 22, 25};
    const auto grid = run(request);
    QVERIFY(grid.hasValue());
    QCOMPARE(grid->receiver, receiver.toStdString());
    const std::vector<PathReceiver> places = *parseReceivers(receiver.toStdString());
    const Reference reference;
    for (std::size_t row = 0; row < request.layers.size(); ++row) {
      const int layer = request.layers[row];
      for (std::int64_t column = 0; column < grid->values.extent(1); ++column) {
        const float found = grid->values.at(static_cast<std::int64_t>(row), column);
        std::vector<PathReceiver> reached;
        for (const PathReceiver& place : places) {
          const bool isWithin =
              layer == place.layer && site == QLatin1String("head_out") && place.part == PathReceiver::Part::Mlp;
          if (layer < place.layer || isWithin) reached.push_back(place);
        }
        if (reached.empty()) {
          QVERIFY(std::isnan(found));
          continue;
        }
        const double expected = reference.value(site.toStdString(), layer, static_cast<int>(column), reached);
        QVERIFY2(
            std::abs(static_cast<double>(found) - expected) < 1e-3,
            qPrintable(
                QStringLiteral("L%1 %2: %3 %4").arg(layer).arg(column).arg(static_cast<double>(found)).arg(expected)));
      }
    }
  }

  /// What goes straight to the logits is the last token's stream with the change added.
  void pathsIntoTheLogitsAreTheSum() {
    const auto grid = run(requestOf("mlp_out", "logits"));
    QVERIFY(grid.hasValue());
    for (int layer = 0; layer < 30; ++layer)
      for (std::int64_t token = 0; token < 4; ++token)
        QVERIFY(std::abs(grid->values.at(layer, token) - grid->baseValue()) < 1e-4F);
    // The last block's MLP reaches nothing but the logits: its path is its patch.
    PatchGridRequest whole = requestOf("mlp_out", "");
    whole.layers = {29};
    const auto patched = run(whole);
    QVERIFY(std::abs(grid->values.at(29, 4) - patched->values.at(0, 4)) < 1e-3F);
  }

  void receiversAreReadAndRefused() {
    QCOMPARE(parseReceivers("L3.H5")->front().head, 5);
    QCOMPARE(parseReceivers("L12.mlp")->front().layer, 12);
    QCOMPARE(parseReceivers("L3.H5+L4.H1 + L12.mlp")->size(), std::size_t{3});
    for (const char* wrong :
         {"", "L3", "L3.H", "L3.H5x", "H3", "L-1.mlp", "L3.mlps", "Logits", "L3.H5+", "+L3.H5", "L3.H5+logits"})
      QVERIFY2(!parseReceivers(wrong), wrong);
    const auto codeOf = [](const PatchGridRequest& request) { return run(request).error().code; };
    QCOMPARE(codeOf(requestOf("head_out", "nowhere")), std::string("GRID-06"));
    QCOMPARE(codeOf(requestOf("head_out", "L30.mlp")), std::string("GRID-06"));
    QCOMPARE(codeOf(requestOf("resid_post", "logits")), std::string("GRID-08"));
    PatchGridRequest zero = requestOf("head_out", "logits");
    zero.mode = GridMode::Zero;
    QCOMPARE(codeOf(zero), std::string("GRID-07"));
  }

  void neuronsAddUpToTheMlp() {
    JobContext context;
    NeuronsRequest request;
    request.prompt = Prompt::plain("The capital of France is");
    request.layer = 20;
    request.count = 6;
    const auto result = runNeurons(defaultModel(), request, context);
    QVERIFY(result.hasValue());
    QCOMPARE(result->neurons.size(), std::size_t{6});
    for (std::size_t i = 1; i < 6; ++i) QVERIFY(result->neurons[i - 1].written >= result->neurons[i].written);
    const at::InferenceMode inference;
    const auto ids = *defaultModel().text.encode(request.prompt);
    const at::Tensor act = captureResiduals(defaultModel(), ids, context, Site::MlpAct).values[20][4];
    const at::Tensor down = defaultModel().transformer->weights().blocks[20].down.dense();
    for (std::size_t i = 0; i < 6; ++i) {
      const NeuronFact& neuron = result->neurons[i];
      QVERIFY(std::abs(act[neuron.neuron].item<float>() - neuron.value) < 1e-4F);
      QVERIFY(std::abs(result->activations.at(static_cast<std::int64_t>(i), 4) - neuron.value) < 1e-5F);
      const float length = down.select(1, neuron.neuron).norm().item<float>() * std::abs(neuron.value);
      QVERIFY(std::abs(length - neuron.written) < 1e-3F * length);
      QVERIFY(neuron.raised.front().logit > 0 && neuron.lowered.front().logit < 0);
      for (std::size_t k = 1; k < neuron.raised.size(); ++k)
        QVERIFY(neuron.raised[k - 1].logit >= neuron.raised[k].logit);
    }
    const auto back = NeuronsResult::fromDocument(result->toDocument());
    QVERIFY(back.hasValue());
    QVERIFY(*back == *result);
    request.continueTokens = 5;
    std::vector<int> seen;
    const auto grown = runNeurons(defaultModel(), request, context, [&](const StreamedTokens& tokens) {
      seen.push_back(static_cast<int>(tokens.as<NeuronsResult>()->activations.extent(1)));
    });
    QVERIFY(grown.hasValue());
    QCOMPARE(grown->grown, 5);
    QCOMPARE(seen, (std::vector{5, 6, 7, 8, 9}));
    // The same neurons, at the same place; at new tokens what the longer prompt's run has there.
    QVERIFY(grown->neurons == result->neurons);
    NeuronsRequest whole = request;
    whole.continueTokens = 0;
    std::string text;
    for (const TokenFact& token : grown->tokens) text += token.text;
    whole.prompt = Prompt::plain(text);
    whole.token = 8;
    const auto longer = runNeurons(defaultModel(), whole, context);
    request.token = 8;  // one that the model wrote
    const auto written = runNeurons(defaultModel(), request, context);
    QVERIFY(longer.hasValue() && written.hasValue());
    QCOMPARE(written->tokens, longer->tokens);
    QCOMPARE(written->token, 8);
    for (std::size_t i = 0; i < written->neurons.size(); ++i) {
      QCOMPARE(written->neurons[i].neuron, longer->neurons[i].neuron);
      for (int token = 0; token < 10; ++token)
        QVERIFY(std::abs(written->activations.at(static_cast<std::int64_t>(i), token) -
                         longer->activations.at(static_cast<std::int64_t>(i), token)) < 1e-3F);
    }
    request.token = 10;
    QCOMPARE(runNeurons(defaultModel(), request, context).error().code, std::string("PLACE-02"));
    request.token = -1;
    request.layer = 30;
    QCOMPARE(runNeurons(defaultModel(), request, context).error().code, std::string("PLACE-03"));
  }
};

QTEST_GUILESS_MAIN(PathsTest)
#include "tst_paths.moc"
