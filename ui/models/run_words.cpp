#include "ui/models/run_words.h"

#include <array>

#include <QCoreApplication>

#include "core/data/any_request.h"
#include "core/data/site.h"

namespace patchbay::ui {
namespace {

/// Beginnings of the titles the program gives; longer ones first.
constexpr std::array kKinds{"Future lens +1",
                            "Future lens +2",
                            "Future lens +3",
                            "Future lens +4",
                            "Steered lens",
                            "Steered tuned lens",
                            "Lens, growing",
                            "Activations",
                            "Two steps",
                            "Probes",
                            "Wish",
                            "Meta-models",
                            "Learning curve",
                            "Learned prompt",
                            "Ask",
                            "Decoder",
                            "Patched lens of attn_out",
                            "Patched lens of mlp_out",
                            "Patched lens of resid_mid",
                            "Patched lens of head",
                            "Patched tuned lens",
                            "Patched lens",
                            "Lens of attn_out",
                            "Lens of mlp_out",
                            "Lens of resid_mid",
                            "Lens of head",
                            "Tuned lens",
                            "Logit lens",
                            "Patchscope list",
                            "Patchscope",
                            "Attention, growing",
                            "Attention",
                            "Attribution",
                            "Neurons",
                            "Paths",
                            "Map",
                            "Continuation",
                            "Vector",
                            "Patching grid",
                            "Knock-out",
                            "Patch",
                            "Steer",
                            "Chat"};

/// Words of the prompt in a stored request, without reading the rest of it.
QString promptWords(const Json& request) {
  const auto prompt = request.is_object() ? request.find("prompt") : request.end();
  if (!request.is_object() || prompt == request.end() || !prompt->is_object()) return {};
  const auto read = fromJson<Prompt>(*prompt, "prompt");
  return read ? QString::fromStdString(read->headline()).simplified() : QString();
}

/// "t3.L8.resid_post of #5 into t3.L8.resid_post" as "t3.L8 of #5": the target is the run above it.
QString shortPlace(QString words) {
  words.replace(QLatin1String(", all layers"), QLatin1String(", all L"));
  words.remove(QLatin1Char('.') + QString::fromUtf8(factOf(Site::ResidPost).name.data()));
  const qsizetype into = words.indexOf(QLatin1String(" into "));
  return into > 0 ? words.left(into) : words;
}

}  // namespace

QString lensTitle(const LensRequest& request) {
  const QString headline = QString::fromStdString(request.prompt.headline()).simplified();
  const auto words = [](const char* text) { return QCoreApplication::translate("RunWords", text); };
  const bool isPatched = !request.patches.empty();
  if (request.ahead > 0) {
    // The prompt's name stands behind what is read: the list of runs shows the beginning.
    const QString learned = QString::fromStdString(request.aheadPrompt.name);
    const QString read = learned.isEmpty() ? headline : words("%1, by %2").arg(headline, learned);
    return words("Future lens +%1 · %2").arg(request.ahead).arg(read);
  }
  if (!request.steering.isEmpty()) {
    const QString vector = QString::fromStdString(request.steering.vectorName);
    return (request.translator.isEmpty() ? words("Steered lens · %1 · %2") : words("Steered tuned lens · %1 · %2"))
        .arg(vector, headline);
  }
  if (request.continueTokens > 0 && request.translator.isEmpty() && request.site == "resid_post" && !isPatched)
    return words("Lens, growing · %1").arg(headline);
  if (!request.translator.isEmpty())
    return (isPatched ? words("Patched tuned lens · %1") : words("Tuned lens · %1")).arg(headline);
  if (request.site == "resid_post")
    return (isPatched ? words("Patched lens · %1") : words("Logit lens · %1")).arg(headline);
  if (request.site == "head_out")
    return (isPatched ? words("Patched lens of head %1 · %2") : words("Lens of head %1 · %2"))
        .arg(request.head)
        .arg(headline);
  return (isPatched ? words("Patched lens of %1 · %2") : words("Lens of %1 · %2"))
      .arg(QString::fromStdString(request.site), headline);
}

QString attentionTitle(const AttentionRequest& request) {
  const auto words = [](const char* text) { return QCoreApplication::translate("RunWords", text); };
  return (request.continueTokens > 0 ? words("Attention, growing · %1") : words("Attention · %1"))
      .arg(QString::fromStdString(request.prompt.headline()).simplified());
}

QString neuronsTitle(const NeuronsRequest& request) {
  const QString headline = QString::fromStdString(request.prompt.headline()).simplified();
  return QCoreApplication::translate("RunWords", "Neurons L%1 · %2").arg(request.layer).arg(headline);
}

RunWords runWords(const RunRecord& record) {
  const QString title = QString::fromStdString(record.title);
  for (const char* name : kKinds) {
    const QString kind = QString::fromLatin1(name);
    if (!title.startsWith(kind)) continue;
    QString rest = title.mid(kind.size());
    if (!rest.isEmpty() && !rest.front().isSpace()) continue;
    if (rest.startsWith(QStringLiteral(" · "))) rest.remove(0, 3);
    const bool isOfPrompt = record.kind == LensRequest::kKind || record.kind == GenerateRequest::kKind ||
                            record.kind == AttentionRequest::kKind || record.kind == AttributionRequest::kKind ||
                            record.kind == NeuronsRequest::kKind || record.kind == ExploreRequest::kKind;
    if (isOfPrompt) return {kind, rest.isEmpty() ? promptWords(record.request) : rest.trimmed(), true};
    return {kind, shortPlace(rest.trimmed()), false};
  }
  return {title, {}, false};
}

}  // namespace patchbay::ui
