#include "ui/panels/grid_form.h"

#include <algorithm>

#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>

#include "ui/bridge/engine_client.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/layer_list.h"
#include "ui/panels/named_field.h"
#include "ui/panels/site_choice.h"
#include "ui/panels/token_menu.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/widgets/button.h"
#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_strip.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 10;
constexpr int kAnswerWidth = 190;
constexpr int kChoiceWidth = 224;

void choose(ChoiceBox* box, const QString& name) {
  const int index = box->findData(name);
  if (index >= 0) box->setCurrentIndex(index);
}

std::string chosen(const ChoiceBox* box) { return box->currentData().toString().toStdString(); }

/// Tokens of the first list that stand elsewhere in the other one, or are others there.
std::vector<int> differing(const std::vector<TokenFact>& tokens, const std::vector<TokenFact>& other) {
  const std::vector<int> places = alignTokens(idsOf(tokens), idsOf(other));
  std::vector<int> found;
  for (std::size_t i = 0; i < places.size(); ++i)
    if (places[i] < 0 || tokens[i].id != other[static_cast<std::size_t>(places[i])].id)
      found.push_back(static_cast<int>(i));
  return found;
}

}  // namespace

GridForm::GridForm(const Workbench& workbench, QWidget* parent) : FormOf(workbench, parent) {
  setObjectName(QStringLiteral("gridForm"));
  buildSide(m_clean, QStringLiteral("gridClean"), tr("Clean prompt"), tr("Answer"));
  buildSide(m_corrupt, QStringLiteral("gridCorrupt"), tr("Corrupted prompt"), tr("Wrong"));
  m_corrupt.text->setPlaceholderText(tr("the same prompt with another answer: one word changed"));
  m_clean.answer->setPlaceholderText(tr("what the clean prompt says"));
  m_corrupt.answer->setPlaceholderText(tr("what the other says"));
  buildChoices();
  arrange();
  PatchGridRequest first;
  first.clean = bench().prompt->prompt();
  if (const ModelCard* card = bench().models->current()) first.model = card->ref;
  setRequest(first);
  followModel(m_model, [this] { tokenize(); });
}

void GridForm::buildSide(Side& side, const QString& name, const QString& label, const QString& answerName) {
  side.text = new QLineEdit(this);
  side.text->setObjectName(name);
  side.text->setAccessibleName(label);
  side.text->setFont(dataFont(12));
  side.strip = new TokenStrip(this);
  side.strip->setObjectName(name + QStringLiteral("Strip"));
  side.strip->setProbabilitiesShown(false);
  giveTokenMenu(*side.strip);
  side.answer = new NamedField(answerName, this);
  side.answer->setObjectName(name + QStringLiteral("Answer"));
  side.answer->setAccessibleName(answerName);
  side.answer->setFixedWidth(kAnswerWidth);
  side.text->installEventFilter(this);
  side.answer->installEventFilter(this);
  connect(side.text, &QLineEdit::textEdited, this, [this, &side] { readText(side); });
  connect(side.text, &QLineEdit::returnPressed, this, &GridForm::runAsked);
  connect(side.answer, &QLineEdit::textEdited, this, [this, &side] { changed(side.answer->objectName()); });
  connect(side.answer, &QLineEdit::returnPressed, this, &GridForm::runAsked);
}

void GridForm::buildChoices() {
  const auto box = [this](const QString& name, const QString& title,
                          const std::vector<std::pair<const char*, QString>>& items) {
    auto* made = new ChoiceBox(title, ChoiceBox::Face::Words, this);
    made->setObjectName(name);
    made->setMinimumWidth(kChoiceWidth);
    made->setWidestPixels(kChoiceWidth);
    for (const auto& [key, words] : items) made->addItem(words, QLatin1String(key));
    connect(made, &ChoiceBox::activated, this, [this] {
      showChoices();
      changed();
    });
    return made;
  };
  m_mode = box(QStringLiteral("gridMode"), tr("Write"),
               {{"denoise", tr("clean into corrupted")},
                {"noise", tr("corrupted into clean")},
                {"zero", tr("zeros (knock-out)")},
                {"mean", tr("means (knock-out)")}});
  m_site = box(QStringLiteral("gridSite"), tr("At"), {});
  addSites(*m_site, {Site::ResidPost, Site::ResidMid, Site::ResidPre, Site::AttnOut, Site::MlpOut, Site::HeadOut});
  m_metric = box(QStringLiteral("gridMetric"), tr("Score"),
                 {{"logit-difference", tr("logit difference")},
                  {"probability", tr("p of the answer")},
                  {"kl", tr("KL from clean")}});
  m_reach =
      box(QStringLiteral("gridReach"), tr("Heads"), {{"last", tr("at the last token")}, {"all", tr("at every token")}});
  m_method = box(QStringLiteral("gridMethod"), tr("Cells"),
                 {{"exact", tr("each computed")}, {"gradient", tr("estimated by gradient")}});
  m_method->setToolTip(
      tr("Attribution patching: one backward pass estimates every cell; fast, linear, and sometimes wrong"));
  m_receiver = new NamedField(tr("Read by"), this);
  m_receiver->setObjectName(QStringLiteral("gridReceiver"));
  m_receiver->setAccessibleName(tr("Receiver of the path"));
  m_receiver->setPlaceholderText(tr("all · L22.H4+L23.mlp · logits"));
  m_receiver->setToolTip(
      tr("Path patching: only these parts read the change, each directly; everything between stays as it was"));
  m_receiver->setFixedWidth(kChoiceWidth);
  m_receiver->installEventFilter(this);
  connect(m_receiver, &QLineEdit::textEdited, this, [this] { changed(m_receiver->objectName()); });
  connect(m_receiver, &QLineEdit::returnPressed, this, &GridForm::runAsked);
  const auto numbers = [this](const char* name, const QString& title, const QString& spoken) {
    NamedField* field = namedField(name, title, spoken);
    field->setPlaceholderText(tr("all"));
    field->setToolTip(tr("All where it is empty; else as 3-7, 9, or 0-28/4 for every fourth"));
    field->setFixedWidth(kChoiceWidth);
    return field;
  };
  m_layers = numbers("gridLayers", tr("Layers"), tr("Layers of the grid"));
  m_tokens = numbers("gridTokens", tr("Tokens"), tr("Tokens of the grid"));
  m_means = new QPlainTextEdit(this);
  m_means->setObjectName(QStringLiteral("gridMeans"));
  m_means->setAccessibleName(tr("Texts to take the mean over, one a line"));
  m_means->setPlaceholderText(tr("Texts to take the mean over, one a line"));
  m_means->setFont(dataFont(12));
  m_means->setTabChangesFocus(true);
  connect(m_means, &QPlainTextEdit::textChanged, this, [this] { changed(m_means->objectName()); });
  m_hint = new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this);
  m_hint->setObjectName(QStringLiteral("gridHint"));
}

void GridForm::arrange() {
  auto* swapButton = new Button(tr("Swap"), QStringLiteral("swap"), Button::Kind::Plain, this);
  swapButton->setObjectName(QStringLiteral("gridSwap"));
  connect(swapButton, &Button::clicked, this, &GridForm::swap);
  m_swap = swapButton;
  m_corruptLabel = rowLabel(tr("Corrupt"));
  auto* grid = m_layout = new QGridLayout(this);
  grid->setContentsMargins(kInset, 7, kInset, 8);
  grid->setHorizontalSpacing(8);
  grid->setVerticalSpacing(3);
  m_cleanLabel = rowLabel(tr("Clean"));
  grid->addWidget(m_cleanLabel, 0, 0);
  grid->addWidget(m_clean.text, 0, 1);
  grid->addWidget(m_clean.answer, 0, 2);
  grid->addWidget(m_clean.strip, 1, 1);
  grid->addWidget(m_corruptLabel, 2, 0);
  grid->addWidget(m_corrupt.text, 2, 1);
  grid->addWidget(m_corrupt.answer, 2, 2);
  grid->addWidget(m_corrupt.strip, 3, 1, 1, 2);
  grid->addWidget(m_means, 2, 1, 2, 1);
  auto* choices = new QGridLayout;
  choices->setContentsMargins(8, 0, 0, 0);
  choices->setSpacing(6);
  choices->addWidget(m_mode, 0, 0);
  choices->addWidget(m_site, 0, 1);
  choices->addWidget(m_metric, 1, 0);
  choices->addWidget(m_reach, 1, 1);
  choices->addWidget(m_method, 2, 0);
  choices->addWidget(m_receiver, 2, 1);
  choices->addWidget(m_layers, 3, 0);
  choices->addWidget(m_tokens, 3, 1);
  choices->addWidget(m_hint, 4, 0);
  choices->addWidget(swapButton, 4, 1, Qt::AlignRight);
  choices->setRowStretch(5, 1);
  grid->addLayout(choices, 0, 3, 4, 1);
  grid->setColumnStretch(1, 1);
  setFocusProxy(m_clean.text);
}

GridMode GridForm::mode() const { return Json(chosen(m_mode)).get<GridMode>(); }
bool GridForm::isPair() const { return usesTwoPrompts(mode()); }

void GridForm::showChoices() {
  const bool needsWrong = chosen(m_metric) == "logit-difference";
  m_corrupt.text->setVisible(isPair());
  m_corrupt.strip->setVisible(isPair());
  m_swap->setVisible(isPair());
  m_method->setVisible(isPair());
  m_receiver->setVisible(canFollowPaths());
  m_means->setVisible(mode() == GridMode::Mean);
  m_corrupt.answer->setVisible(needsWrong);
  // With one prompt the other answer stands under the first.
  m_layout->removeWidget(m_corrupt.answer);
  m_layout->removeWidget(m_clean.strip);
  m_layout->addWidget(m_corrupt.answer, isPair() ? 2 : 1, 2);
  m_layout->addWidget(m_clean.strip, 1, 1, 1, isPair() || !needsWrong ? 2 : 1);
  m_cleanLabel->setText(isPair() ? tr("Clean") : tr("Prompt"));
  m_corruptLabel->setVisible(isPair() || mode() == GridMode::Mean);
  m_corruptLabel->setText(isPair() ? tr("Corrupt") : tr("Means"));
  m_clean.answer->setVisible(chosen(m_metric) != "kl");
  m_reach->setVisible(chosen(m_site) == "head_out");
  m_tokens->setVisible(chosen(m_site) != "head_out");
}

const std::vector<TokenFact>& GridForm::changedTokens() const {
  return mode() == GridMode::Denoise ? m_corrupt.tokens : m_clean.tokens;
}

bool GridForm::canFollowPaths() const {
  const std::string site = chosen(m_site);
  return isPair() && (site == "attn_out" || site == "mlp_out" || site == "head_out") && chosen(m_method) == "exact";
}

void GridForm::setRequest(const PatchGridRequest& request) {
  m_isFilling = true;
  m_model = request.model;
  m_clean.prompt = request.clean;
  m_corrupt.prompt = request.corrupt;
  m_clean.answer->setText(typedToken(request.answer));
  m_corrupt.answer->setText(typedToken(request.wrong));
  choose(m_mode, QString::fromStdString(Json(request.mode).get<std::string>()));
  choose(m_metric, QString::fromStdString(Json(request.metric).get<std::string>()));
  choose(m_site, QString::fromStdString(request.site));
  choose(m_reach, request.allTokens ? QStringLiteral("all") : QStringLiteral("last"));
  choose(m_method, request.isApproximate ? QStringLiteral("gradient") : QStringLiteral("exact"));
  m_receiver->setText(QString::fromStdString(request.receiver));
  m_layers->setText(formatLayers(request.layers));
  m_tokens->setText(formatLayers(request.tokens));
  QStringList lines;
  for (const std::string& text : request.meanTexts) lines << oneLine(text);
  m_means->setPlainText(lines.join(QLatin1Char('\n')));
  for (Side* side : {&m_clean, &m_corrupt}) {
    side->text->setText(oneLine(side->prompt.headline()));
    side->text->setCursorPosition(0);
  }
  showChoices();
  tokenize();
  m_isFilling = false;
  changed();
}

std::optional<PatchGridRequest> GridForm::request() const {
  if (!missing().isEmpty()) return std::nullopt;
  PatchGridRequest wanted;
  wanted.model = m_model;
  wanted.clean = m_clean.prompt;
  wanted.mode = mode();
  if (isPair()) wanted.corrupt = m_corrupt.prompt;
  wanted.site = chosen(m_site);
  wanted.metric = Json(chosen(m_metric)).get<GridMetric>();
  if (wanted.metric != GridMetric::Kl) wanted.answer = meantToken(m_clean.answer->text());
  if (wanted.metric == GridMetric::LogitDifference) wanted.wrong = meantToken(m_corrupt.answer->text());
  wanted.isApproximate = isPair() && chosen(m_method) == "gradient";
  if (canFollowPaths()) wanted.receiver = m_receiver->text().trimmed().toStdString();
  wanted.allTokens = wanted.site == "head_out" && chosen(m_reach) == "all";
  wanted.layers = layersIn(*m_layers, m_model).value_or(std::vector<int>());
  if (wanted.site != "head_out")
    wanted.tokens = placesIn(*m_tokens, static_cast<int>(changedTokens().size())).value_or(std::vector<int>());
  if (wanted.mode == GridMode::Mean) {
    for (const QString& line : m_means->toPlainText().split(QLatin1Char('\n'), Qt::SkipEmptyParts))
      wanted.meanTexts.push_back(fromOneLine(line));
  }
  return wanted;
}

QString GridForm::missing() const {
  if (m_model.fingerprint.empty() || !bench().models->find(m_model.fingerprint)) return tr("Needs a model");
  if (m_clean.tokens.empty()) return tr("Type the clean prompt");
  if (isPair() && m_corrupt.tokens.empty()) return tr("Type the corrupted prompt");
  const QString receiver = m_receiver->text().trimmed();
  if (canFollowPaths() && !receiver.isEmpty() && !parseReceivers(receiver.toStdString()))
    return tr("Read by: L22.H4, L22.mlp, both with +, logits or nothing");
  if (!layersIn(*m_layers, m_model)) return tr("Layers are 0 to %1, as in 0-28/4").arg(layerCount(m_model) - 1);
  const auto tokens = static_cast<int>(changedTokens().size());
  if (chosen(m_site) != "head_out" && !placesIn(*m_tokens, tokens))
    return tr("Tokens are 0 to %1, as in 2-5").arg(tokens - 1);
  if (mode() == GridMode::Mean && m_means->toPlainText().trimmed().isEmpty()) return tr("Type the texts of the mean");
  return {};
}

Json GridForm::draft() const {
  return {{"model", m_model},
          {"clean", m_clean.prompt},
          {"corrupt", m_corrupt.prompt},
          {"answer", meantToken(m_clean.answer->text())},
          {"wrong", meantToken(m_corrupt.answer->text())},
          {"mode", chosen(m_mode)},
          {"site", chosen(m_site)},
          {"metric", chosen(m_metric)},
          {"reach", chosen(m_reach)},
          {"method", chosen(m_method)},
          {"receiver", m_receiver->text().toStdString()},
          {"layers", m_layers->text().toStdString()},
          {"tokens", m_tokens->text().toStdString()},
          {"means", m_means->toPlainText().toStdString()}};
}

void GridForm::setDraft(const Json& draft) {
  if (!draft.is_object()) return;
  m_isFilling = true;
  if (const auto model = kept<ModelRef>(draft, "model")) m_model = *model;
  for (const auto& [side, prompt, answer] :
       {std::tuple{&m_clean, "clean", "answer"}, std::tuple{&m_corrupt, "corrupt", "wrong"}}) {
    if (const auto words = kept<Prompt>(draft, prompt)) {
      side->prompt = *words;
      side->text->setText(oneLine(words->headline()));
      side->text->setCursorPosition(0);
    }
    if (const auto words = kept<std::string>(draft, answer)) side->answer->setText(typedToken(*words));
  }
  for (const auto& [box, name] : {std::pair{m_mode, "mode"}, std::pair{m_site, "site"}, std::pair{m_metric, "metric"},
                                  std::pair{m_reach, "reach"}, std::pair{m_method, "method"}})
    if (const auto word = kept<QString>(draft, name)) choose(box, *word);
  if (const auto receiver = kept<QString>(draft, "receiver")) m_receiver->setText(*receiver);
  if (const auto layers = kept<QString>(draft, "layers")) m_layers->setText(*layers);
  if (const auto tokens = kept<QString>(draft, "tokens")) m_tokens->setText(*tokens);
  if (const auto means = kept<QString>(draft, "means")) m_means->setPlainText(*means);
  showChoices();
  tokenize();
  m_isFilling = false;
  changed();
}

void GridForm::readText(Side& side) {
  const std::string text = fromOneLine(side.text->text());
  if (side.prompt.isChat && !side.prompt.messages.empty()) {
    side.prompt.messages.back().content = text;
  } else {
    side.prompt.text = text;
  }
  tokenize();
  changed(side.text->objectName());
}

void GridForm::tokenize() {
  const bool hasModel = !m_model.fingerprint.empty() && bench().models->find(m_model.fingerprint);
  for (Side* side : {&m_clean, &m_corrupt}) {
    side->tokens.clear();
    if (hasModel && !side->prompt.headline().empty()) {
      if (const auto tokens = bench().engine->tokenize(m_model.fingerprint, side->prompt))
        side->tokens = tokens->tokens;
    }
    side->strip->setChips(chipsOf(side->tokens));
  }
  const bool areBoth = !m_clean.tokens.empty() && !m_corrupt.tokens.empty();
  m_clean.strip->setMarked(areBoth ? differing(m_clean.tokens, m_corrupt.tokens) : std::vector<int>{});
  m_corrupt.strip->setMarked(areBoth ? differing(m_corrupt.tokens, m_clean.tokens) : std::vector<int>{});
}

void GridForm::swap() {
  std::swap(m_clean.prompt, m_corrupt.prompt);
  const QString answer = m_clean.answer->text();
  m_clean.answer->setText(m_corrupt.answer->text());
  m_corrupt.answer->setText(answer);
  for (Side* side : {&m_clean, &m_corrupt}) side->text->setText(oneLine(side->prompt.headline()));
  tokenize();
  changed();
}

void GridForm::changed(const QString& typed) {
  if (m_isFilling) return;
  QString hint = missing();
  if (hint.isEmpty() && isPair() && m_clean.tokens.size() != m_corrupt.tokens.size())
    hint = tr("%1 and %2 tokens: aligned from both ends").arg(m_clean.tokens.size()).arg(m_corrupt.tokens.size());
  m_hint->setText(hint);
  Q_EMIT edited(typed);
}

}  // namespace patchbay::ui
