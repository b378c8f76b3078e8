#include "ui/panels/patch_view.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QLabel>

#include "core/data/any_request.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/map_arrow.h"
#include "ui/panels/picture.h"
#include "ui/panels/text_card.h"
#include "ui/panels/token_menu.h"
#include "ui/plots/bar_plot.h"
#include "ui/state/run_book.h"
#include "ui/widgets/button.h"
#include "ui/widgets/format.h"
#include "ui/widgets/probability_bars.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_strip.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr std::size_t kShownWords = 5;
constexpr std::size_t kShownChanges = 5;

std::vector<RankedToken> firstFew(const std::vector<RankedToken>& tokens) {
  return {tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(std::min(tokens.size(), kShownWords))};
}

QLabel* sideLabel(const QString& words, QWidget* parent) {
  auto* label = new QLabel(words, parent);
  label->setFont(uiFont(12, 600));
  label->setFixedWidth(54);
  return label;
}

}  // namespace

PatchView::PatchView(const Workbench& workbench, QWidget* parent)
    : ResultView(workbench, parent),
      m_statement(new MarkedLabel({}, 13, MarkedLabel::Ink::Text, this)),
      m_divergence(new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this)),
      m_lens(new Button(tr("Lens of the patched run"), QStringLiteral("lens"), Button::Kind::Plain, content())),
      m_source(new TokenStrip(content())),
      m_target(new TokenStrip(content())),
      m_arrow(new MapArrow(content())),
      m_plain(new ProbabilityBars(content())),
      m_patched(new ProbabilityBars(content())),
      m_changes(new BarPlot(content())),
      m_plainText(new TextCard(tr("Without the patch"), QStringLiteral("patchPlainText"), content())),
      m_patchedText(new TextCard(tr("With the patch"), QStringLiteral("patchPatchedText"), content())) {
  m_statement->setObjectName(QStringLiteral("patchText"));
  m_divergence->setObjectName(QStringLiteral("patchKl"));
  m_changes->setObjectName(QStringLiteral("patchChanges"));
  m_plain->setObjectName(QStringLiteral("patchPlain"));
  m_patched->setObjectName(QStringLiteral("patchPatched"));
  m_source->setObjectName(QStringLiteral("patchSourceStrip"));
  m_target->setObjectName(QStringLiteral("patchTargetStrip"));
  m_lens->setObjectName(QStringLiteral("patchLens"));
  m_lens->setToolTip(
      tr("What every layer says with the patch in place; a cell carried onto that lens is a patch on top of this one"));
  m_divergence->setToolTip(tr("How far the patch moves the next-token distribution from the plain one"));
  header()->addWidget(m_statement, 1);
  header()->addWidget(m_divergence);
  connect(m_lens, &Button::clicked, this, [this] { startLensOfPatched(bench(), shownRun()); });
  auto* column = new QVBoxLayout(content());
  column->setContentsMargins(kInset, 2, kInset, kInset);
  column->setSpacing(0);
  buildStrips(column);
  buildAnswers(column);
  showRun(0);
}

void PatchView::buildStrips(QVBoxLayout* column) {
  const auto row = [&](const QString& words, TokenStrip* strip) {
    strip->setProbabilitiesShown(false);
    giveTokenMenu(*strip);
    auto* line = new QHBoxLayout;
    line->addWidget(sideLabel(words, content()));
    line->addWidget(strip, 1);
    column->addLayout(line);
  };
  row(tr("Source"), m_source);
  auto* arrowRow = new QHBoxLayout;
  arrowRow->setContentsMargins(60, 0, 0, 0);
  arrowRow->addWidget(m_arrow, 1);
  arrowRow->addWidget(m_lens);
  column->addLayout(arrowRow);
  row(tr("Target"), m_target);
  column->addSpacing(12);
}

void PatchView::buildAnswers(QVBoxLayout* column) {
  const auto titled = [&](const QString& words, QWidget* widget) {
    auto* part = new QVBoxLayout;
    part->setSpacing(4);
    auto* title = new MarkedLabel(words, 12, MarkedLabel::Ink::Text, content());
    title->setFontSize(12, 600);
    part->addWidget(title);
    part->addWidget(widget);
    part->addStretch(1);
    return part;
  };
  // The bars below have the same scale and print it.
  m_plain->setScaleShown(false);
  m_patched->setScaleShown(false);
  auto* answers = new QHBoxLayout;
  answers->setSpacing(24);
  answers->addLayout(titled(tr("Next token, without the patch"), m_plain), 1);
  answers->addLayout(titled(tr("Next token, with the patch"), m_patched), 1);
  column->addLayout(answers);
  column->addSpacing(12);
  column->addWidget(m_changes);
  column->addSpacing(12);
  auto* texts = new QHBoxLayout;
  texts->setSpacing(12);
  texts->addWidget(m_plainText);
  texts->addWidget(m_patchedText);
  m_plainText->setMinimumHeight(120);
  column->addLayout(texts, 1);
}

QString PatchView::kind() const { return QLatin1String(PatchRequest::kKind); }

EmptyText PatchView::emptyText() const {
  return {QStringLiteral("patch"),
          tr("Nothing moved yet"),
          tr("Drag a selected cell of a logit lens onto a cell of another run, or press D on it."),
          {},
          {}};
}

bool PatchView::readResult() {
  const auto result = bench().runs->result<PatchResult>(run());
  if (!result) return false;
  m_result = result;
  return true;
}

bool PatchView::readStream(const StreamedTokens& tokens) {
  if (shownRun() != run()) return false;
  (tokens.lane == 0 ? m_plainText : m_patchedText)->text()->setGeneration(tokens.soFar);
  return false;
}

QString PatchView::statement() const {
  const RunRecord* record = bench().runs->record(shownRun());
  const auto request = bench().runs->request(shownRun());
  if (!record || !request || !std::holds_alternative<PatchRequest>(*request)) return {};
  const auto& asked = std::get<PatchRequest>(*request);
  const Site site = siteByName(asked.site).value_or(Site::ResidPost);
  const auto place = [&](int token, int layer) {
    return asData(QString::fromStdString(formatCell(token, layer, site)));
  };
  // The target's tokens stand below; its run is named where there is one.
  const QString target =
      record->parent ? asData(runName(*record->parent))
                     : QStringLiteral("“%1”").arg(elideMiddle(QString::fromStdString(asked.target.headline()), 40));
  QStringList frozen;
  for (const StatePatch& patch : asked.frozen)
    frozen << asData(
        QString::fromStdString(formatCell(patch.token, patch.layer, siteByName(patch.site).value_or(Site::ResidPost))));
  const QString onTop =
      frozen.isEmpty() ? QString() : tr(" On top of %1, frozen.").arg(frozen.join(QStringLiteral(", ")));
  return tr("You moved %1 of “%2” into %3 of %4.%5")
      .arg(place(m_result->sourceToken, asked.sourceLayer),
           elideMiddle(QString::fromStdString(asked.source.headline()), 40),
           place(m_result->targetToken, asked.targetLayer), target, onTop);
}

void PatchView::resultShown() {
  if (shownRun() == 0) m_result.reset();
  m_statement->setText(m_result ? statement() : QString());
  m_divergence->setText(
      m_result ? tr("KL %1").arg(asData(tr("%1 bit").arg(formatNumber(static_cast<double>(m_result->klBits), 2))))
               : QString());
  m_lens->setEnabled(m_result != nullptr);
  if (!m_result) return;
  m_source->setChips(chipsOf(m_result->sourceTokens));
  m_source->setSelection(std::pair{m_result->sourceToken, m_result->sourceToken});
  m_source->scrollTo(m_result->sourceToken);
  m_target->setChips(chipsOf(m_result->targetTokens));
  m_target->setSelection(std::pair{m_result->targetToken, m_result->targetToken});
  m_target->scrollTo(m_result->targetToken);
  m_plain->setTokens(firstFew(m_result->plain));
  m_patched->setTokens(firstFew(m_result->patched));
  BarPlotData bars{tr("Largest changes of the next token"), tr("without"), tr("with the patch"), {}};
  for (std::size_t i = 0; i < std::min(kShownChanges, m_result->changes.size()); ++i) {
    const TokenChange& change = m_result->changes[i];
    bars.pairs.push_back(
        {displayToken(change.token), static_cast<double>(change.plainP), static_cast<double>(change.patchedP)});
  }
  m_changes->setData(std::move(bars));
  m_plainText->text()->setGeneration(m_result->plainContinuation);
  m_patchedText->text()->setGeneration(m_result->patchedContinuation);
  markDifferences(*m_plainText, *m_patchedText);
  const auto request = bench().runs->request(shownRun());
  if (request && std::holds_alternative<PatchRequest>(*request)) {
    const auto& asked = std::get<PatchRequest>(*request);
    QString words =
        tr("L%1 to L%2, %3").arg(asked.sourceLayer).arg(asked.targetLayer).arg(QString::fromStdString(asked.site));
    for (const StatePatch& patch : asked.frozen) words += tr(", on top of t%1.L%2").arg(patch.token).arg(patch.layer);
    m_arrow->setWords(words);
  }
  moveArrow();
}

void PatchView::moveArrow() {
  if (!m_result) return;
  const auto middle = [this](TokenStrip* strip, int token) {
    return m_arrow->mapFrom(this, strip->mapTo(this, strip->chipRect(token).center().toPoint())).x();
  };
  m_arrow->setEnds(middle(m_source, m_result->sourceToken), middle(m_target, m_result->targetToken));
}

void PatchView::resizeEvent(QResizeEvent* event) {
  ResultView::resizeEvent(event);
  moveArrow();
}

ResultTable PatchView::resultTable() const {
  ResultTable table;
  if (!m_result) return table;
  table.rows = static_cast<int>(m_result->changes.size());
  const auto number = [result = m_result](float TokenChange::*member) {
    return [result, member](int row) {
      return QVariant(static_cast<double>(result->changes[static_cast<std::size_t>(row)].*member));
    };
  };
  table.columns = {{tr("token"),
                    {},
                    [result = m_result](int row) {
                      return QVariant(displayToken(result->changes[static_cast<std::size_t>(row)].token));
                    }},
                   {tr("p without"), {}, number(&TokenChange::plainP), 4},
                   {tr("p with the patch"), {}, number(&TokenChange::patchedP), 4},
                   {tr("logit without"), {}, number(&TokenChange::plainLogit), 3},
                   {tr("logit with the patch"), {}, number(&TokenChange::patchedLogit), 3}};
  return table;
}

QString PatchView::copyText() const {
  if (!m_result) return {};
  return tr("%1\nwithout: %2\nwith: %3")
      .arg(withoutMarks(m_statement->text()), QString::fromStdString(m_result->plainContinuation.text),
           QString::fromStdString(m_result->patchedContinuation.text));
}

Figure PatchView::exportFigure() {
  if (!m_result) return {};
  const QString html =
      QStringLiteral("<p>%1</p><p><b>%2</b> %3</p><p><b>%4</b> %5</p>")
          .arg(withoutMarks(m_statement->text()).toHtmlEscaped(), m_plainText->title().toHtmlEscaped(),
               m_plainText->text()->generatedText().toHtmlEscaped(), m_patchedText->title().toHtmlEscaped(),
               m_patchedText->text()->generatedText().toHtmlEscaped());
  return withCaption(stacked({textFigure(html, std::max(640, width())), m_changes->figure()}), caption());
}

}  // namespace patchbay::ui
