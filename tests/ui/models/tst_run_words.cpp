#include <QTest>

#include "core/data/learning_curve.h"
#include "core/data/meta_model.h"
#include "core/data/patch_grid.h"
#include "core/data/requests.h"
#include "ui/models/run_words.h"

using namespace patchbay;
using namespace patchbay::ui;

namespace {

RunRecord titled(const char* kind, const char* title) {
  RunRecord record;
  record.kind = kind;
  record.title = title;
  return record;
}

}  // namespace

/// Titles of runs in the two parts that narrow rows show.
class TestRunWords : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void splits_data() {
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("title");
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("rest");
    const auto row = [](const char* name, const char* kind, const char* title, const char* first, const char* rest) {
      QTest::newRow(name) << QString::fromUtf8(kind) << QString::fromUtf8(title) << QString::fromUtf8(first)
                          << QString::fromUtf8(rest);
    };
    row("lens of a part", LensRequest::kKind, "Lens of attn_out · The capital of Japan is", "Lens of attn_out",
        "The capital of Japan is");
    row("grid", PatchGridRequest::kKind, "Patching grid resid_post · The doctor", "Patching grid",
        "resid_post · The doctor");
    row("lens", LensRequest::kKind, "Logit lens · The capital of Japan is", "Logit lens", "The capital of Japan is");
    row("cell", PatchscopeRequest::kKind, "Patchscope t4.L24.resid_post", "Patchscope", "t4.L24");
    row("layers", PatchscopeRequest::kKind, "Patchscope t4, all layers", "Patchscope", "t4, all L");
    row("patch", PatchRequest::kKind, "Patch t3.L8.resid_post of #5 into t3.L8.resid_post", "Patch", "t3.L8 of #5");
    row("steer", SteerRequest::kKind, "Steer joy -1.0", "Steer", "joy -1.0");
    row("learning curve", LearningCurveRequest::kKind, "Learning curve · 4 decoders", "Learning curve", "4 decoders");
    row("meta-models", MetaModelRequest::kKind, "Meta-models · 4 mixes", "Meta-models", "4 mixes");
    row("named", PatchRequest::kKind, "my best one", "my best one", "");
    row("longer word", SteerRequest::kKind, "Steering wheel", "Steering wheel", "");
  }

  void splits() {
    QFETCH(QString, kind);
    QFETCH(QString, title);
    const RunWords words = runWords(titled(kind.toUtf8().constData(), title.toUtf8().constData()));
    QTEST(words.kind, "first");
    QTEST(words.detail, "rest");
  }

  void aPatchedLensSaysSo() {
    LensRequest request;
    request.prompt = Prompt::plain("The capital of France is");
    request.patches = {StatePatch{}};
    QCOMPARE(lensTitle(request), QStringLiteral("Patched lens · The capital of France is"));
    request.site = "attn_out";
    QCOMPARE(lensTitle(request), QStringLiteral("Patched lens of attn_out · The capital of France is"));
    const RunWords words = runWords(titled(LensRequest::kKind, lensTitle(request).toUtf8().constData()));
    QCOMPARE(words.kind, QStringLiteral("Patched lens of attn_out"));
    QCOMPARE(words.detail, QStringLiteral("The capital of France is"));
  }

  void thePromptStandsInForAMissingDetail() {
    RunRecord record = titled(LensRequest::kKind, "Logit lens");
    LensRequest request;
    request.prompt = Prompt::plain("The capital of France is");
    record.request = Json(request);
    const RunWords words = runWords(record);
    QCOMPARE(words.detail, QStringLiteral("The capital of France is"));
    QVERIFY(words.isCutAtStart);
    record.request = Json();
    QCOMPARE(runWords(record).detail, QString());
  }
};

QTEST_APPLESS_MAIN(TestRunWords)
#include "tst_run_words.moc"
