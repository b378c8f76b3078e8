#include "ui/panels/patchscope_composer.h"

#include <algorithm>

#include <QEvent>
#include <QLineEdit>
#include <QRandomGenerator>
#include <QSpinBox>
#include <QStyle>

#include "core/data/presets.h"
#include "ui/bridge/engine_client.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/layer_list.h"
#include "ui/panels/map_arrow.h"
#include "ui/state/kept.h"
#include "ui/state/log_book.h"
#include "ui/state/map_shelf.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"
#include "ui/widgets/format.h"
#include "ui/widgets/token_strip.h"

namespace patchbay::ui {
namespace {

/// Data of a fitted map in the box of maps: this and its hash.
const QString kAffine = QStringLiteral("affine:");

void mark(QLineEdit* field, bool isWrong, const QString& advice) {
  if (field->property("invalid").toBool() == isWrong) return;
  field->setProperty("invalid", isWrong);
  field->setToolTip(isWrong ? advice : QString());
  field->style()->unpolish(field);
  field->style()->polish(field);
}

}  // namespace

PatchscopeComposer::PatchscopeComposer(const Workbench& workbench, QWidget* parent) : FormOf(workbench, parent) {
  setObjectName(QStringLiteral("patchscopeComposer"));
  buildSide(m_source, QStringLiteral("patchscopeSource"), tr("Source text"), tr("24, 0-28 or all"));
  buildSide(m_target, QStringLiteral("patchscopeTarget"), tr("Target text"), tr("same, 24, 0-28 or all"));
  buildOptions();
  arrange();
  PatchscopeRequest first;
  first.target = Prompt::plain(std::string(patchscopePresets().front().target));
  first.preset = patchscopePresets().front().id;
  first.source = bench().prompt->prompt();
  if (const ModelCard* card = bench().models->current()) first.model = card->ref;
  setRequest(first);
  connect(bench().maps, &MapShelf::changed, this, [this] { fillMaps(); });
  connect(bench().models, &ModelShelf::modelsChanged, this, [this] {
    fillModels();
    fillMaps();
  });
  connect(bench().models, &ModelShelf::currentChanged, this, [this] {
    if (const ModelCard* card = bench().models->current(); card && m_model.fingerprint.empty()) m_model = card->ref;
    fillModels();
    fillMaps();
    tokenize(m_source);
    tokenize(m_target);
    check();
  });
}

void PatchscopeComposer::fillMaps(const QString& wanted) {
  const QString chosen = wanted.isEmpty() ? m_map->currentData().toString() : wanted;
  m_map->clear();
  const std::pair<StateMap, QString> plain[] = {{StateMap::Identity, tr("identity")},
                                                {StateMap::TargetNorm, tr("norm of the target")},
                                                {StateMap::Mean, tr("mean of texts")},
                                                {StateMap::Zero, tr("zero")}};
  for (const auto& [map, words] : plain) m_map->addItem(words, QString::fromStdString(Json(map).get<std::string>()));
  for (const ShelfMap& entry : bench().maps->maps()) {
    if (entry.map->source.fingerprint == m_model.fingerprint &&
        entry.map->target.fingerprint == writtenModel().fingerprint)
      m_map->addItem(tr("%1 %2").arg(entry.name, runLabel(entry.run)),
                     kAffine + QString::fromStdString(entry.map->hash));
  }
  const QString own = kAffine + QString::fromStdString(m_affine.hash);
  if (!m_affine.isEmpty() && m_map->findData(own) < 0) m_map->addItem(QString::fromStdString(m_affine.name), own);
  // Maps of the session come after the form that names one.
  if (chosen.startsWith(kAffine) && m_map->findData(chosen) < 0) m_map->addItem(tr("a map that is not here"), chosen);
  m_map->setCurrentIndex(std::max(0, m_map->findData(chosen)));
  m_arrow->setWords(tr("map: %1").arg(m_map->currentText()));
}

void PatchscopeComposer::fillModels() {
  m_written->clear();
  m_written->addItem(tr("the same model"), QString());
  for (const ModelCard& card : bench().models->models()) {
    if (card.ref.fingerprint != m_model.fingerprint)
      m_written->addItem(displayName(card), QString::fromStdString(card.ref.fingerprint));
  }
  const QString chosen = QString::fromStdString(m_targetModel.fingerprint);
  if (m_written->findData(chosen) < 0) m_written->addItem(QString::fromStdString(m_targetModel.name), chosen);
  m_written->setCurrentIndex(m_written->findData(chosen));
  m_written->setVisible(m_written->count() > 1);
}

void PatchscopeComposer::chooseTargetModel(const ModelRef& model) {
  m_targetModel = model;
  // A map between other models is none between these.
  dropAffineMap();
  fillMaps();
  tokenize(m_target);
}

void PatchscopeComposer::dropAffineMap() {
  if (m_map->currentData().toString().startsWith(kAffine)) m_map->setCurrentIndex(0);
}

int PatchscopeComposer::chosenToken(const Side& side) {
  const int last = static_cast<int>(side.tokens.size()) - 1;
  return side.chosen < 0 ? last : std::min(side.chosen, last);
}

void PatchscopeComposer::setRequest(const PatchscopeRequest& request) {
  m_isFilling = true;
  m_model = request.model;
  m_targetModel = request.targetModel;
  m_affine = request.affine;
  fillModels();
  const auto fill = [this](Side& side, const Prompt& prompt, int token, const std::vector<int>& layers,
                           const QString& none) {
    showPrompt(side, prompt);
    side.layers->setText(layers.empty() ? none : formatLayers(layers));
    side.chosen = token;
    tokenize(side);
    if (token < -1) side.chosen = std::max(0, static_cast<int>(side.tokens.size()) + token);
    showTokens(side);
  };
  m_everyToken = request.everyToken;
  QStringList asked;
  for (const std::string& word : request.words) asked << typedToken(word);
  m_words->setText(asked.join(QLatin1Char('|')));
  fill(m_source, request.source, request.sourceToken, request.sourceLayers, tr("all"));
  fill(m_target, request.target, request.targetToken, request.targetLayers, tr("same"));
  const int written = layerCount(writtenModel());
  if (written > 0 && static_cast<int>(request.targetLayers.size()) == written) m_target.layers->setText(tr("all"));
  fillMaps(request.map == StateMap::Affine ? kAffine + QString::fromStdString(request.affine.hash)
                                           : QString::fromStdString(Json(request.map).get<std::string>()));
  m_preset->setCurrentIndex(std::max(0, m_preset->findData(QString::fromStdString(request.preset))));
  m_length->setValue(request.generateTokens);
  m_isFilling = false;
  check();
}

Json PatchscopeComposer::draft() const {
  const auto draftOf = [](const Side& side) {
    return Json{{"prompt", side.prompt}, {"token", side.chosen}, {"layers", side.layers->text().toStdString()}};
  };
  return {{"model", m_model},
          {"source", draftOf(m_source)},
          {"target", draftOf(m_target)},
          {"map", m_map->currentData().toString().toStdString()},
          {"target_model", m_targetModel},
          {"every_token", m_everyToken},
          {"words", m_words->text().toStdString()},
          {"preset", m_preset->currentData().toString().toStdString()},
          {"length", m_length->value()}};
}

void PatchscopeComposer::showPrompt(Side& side, const Prompt& prompt) {
  side.prompt = prompt;
  side.text->setText(oneLine(prompt.headline()));
  side.text->setCursorPosition(0);
}

void PatchscopeComposer::fillSide(Side& side, const Json& draft) {
  if (const auto prompt = kept<Prompt>(draft, "prompt")) showPrompt(side, *prompt);
  if (const auto layers = kept<QString>(draft, "layers")) side.layers->setText(*layers);
  if (const auto token = kept<int>(draft, "token")) side.chosen = std::max(-1, *token);
  tokenize(side);
}

void PatchscopeComposer::setDraft(const Json& draft) {
  if (!draft.is_object()) return;
  m_isFilling = true;
  if (const auto model = kept<ModelRef>(draft, "model")) m_model = *model;
  if (const auto model = kept<ModelRef>(draft, "target_model")) m_targetModel = *model;
  if (const auto every = kept<bool>(draft, "every_token")) m_everyToken = *every;
  if (const auto words = kept<QString>(draft, "words")) m_words->setText(*words);
  fillModels();
  fillMaps();
  fillSide(m_source, draft.value("source", Json()));
  fillSide(m_target, draft.value("target", Json()));
  const auto choose = [](ChoiceBox* box, int index) {
    if (index >= 0) box->setCurrentIndex(index);
  };
  if (const auto map = kept<QString>(draft, "map")) fillMaps(*map);
  if (const auto preset = kept<QString>(draft, "preset")) choose(m_preset, m_preset->findData(*preset));
  if (const auto length = kept<int>(draft, "length")) m_length->setValue(*length);
  m_arrow->setWords(tr("map: %1").arg(m_map->currentText()));
  m_isFilling = false;
  check();
}

void PatchscopeComposer::setRecordedTokens(const std::vector<TokenFact>& source, const std::vector<TokenFact>& target) {
  for (const auto& [side, tokens] : {std::pair{&m_source, &source}, std::pair{&m_target, &target}}) {
    if (!side->tokens.empty()) continue;
    side->tokens = *tokens;
    showTokens(*side);
  }
}

std::optional<PatchscopeRequest> PatchscopeComposer::request() const {
  const int layers = layerCount(m_model), written = layerCount(writtenModel());
  PatchscopeRequest wanted;
  wanted.model = m_model;
  wanted.targetModel = m_targetModel;
  wanted.source = m_source.prompt;
  wanted.sourceToken = m_everyToken ? -1 : chosenToken(m_source);
  wanted.everyToken = m_everyToken;
  for (const QString& word : m_words->text().split(QLatin1Char('|'), Qt::SkipEmptyParts))
    wanted.words.push_back(meantToken(word));
  wanted.target = m_target.prompt;
  // The last token keeps its name, so that the same template asks the same question of another text.
  wanted.targetToken = m_target.chosen == static_cast<int>(m_target.tokens.size()) - 1 ? -1 : m_target.chosen;
  const QString source = m_source.layers->text().trimmed();
  const QString target = m_target.layers->text().trimmed();
  if (source != tr("all") && !source.isEmpty()) {
    const auto list = parseLayers(source, layers);
    if (!list) return std::nullopt;
    wanted.sourceLayers = *list;
  }
  if (target == tr("all")) {
    for (int layer = 0; layer < written; ++layer) wanted.targetLayers.push_back(layer);
  } else if (target != tr("same") && !target.isEmpty()) {
    const auto list = parseLayers(target, written);
    if (!list) return std::nullopt;
    wanted.targetLayers = *list;
  }
  wanted.preset = m_preset->currentData().toString().toStdString();
  const QString map = m_map->currentData().toString();
  if (map.startsWith(kAffine)) {
    wanted.map = StateMap::Affine;
    const ShelfMap* entry = bench().maps->find(map.mid(kAffine.size()).toStdString());
    wanted.affine = entry ? MapRef::of(entry->map) : m_affine;
    if (kAffine + QString::fromStdString(wanted.affine.hash) != map) return std::nullopt;
  } else {
    wanted.map = Json(map.toStdString()).get<StateMap>();
  }
  wanted.generateTokens = m_length->value();
  if (m_everyToken && wanted.targetLayers.size() > 1) return std::nullopt;
  if (m_source.tokens.empty() || m_target.tokens.empty() || layers == 0 || written == 0) return std::nullopt;
  return wanted;
}

void PatchscopeComposer::readText(Side& side) {
  const std::string text = fromOneLine(side.text->text());
  if (side.prompt.isChat && !side.prompt.messages.empty()) {
    side.prompt.messages.back().content = text;
  } else {
    side.prompt.text = text;
  }
  side.chosen = -1;
  if (&side == &m_target) m_preset->setCurrentIndex(m_preset->count() - 1);
  tokenize(side);
  check(side.text->objectName());
}

void PatchscopeComposer::tokenize(Side& side) {
  side.tokens.clear();
  const ModelRef& model = &side == &m_target ? writtenModel() : m_model;
  if (!model.fingerprint.empty() && bench().models->find(model.fingerprint)) {
    if (const auto tokens = bench().engine->tokenize(model.fingerprint, side.prompt)) side.tokens = tokens->tokens;
  }
  showTokens(side);
}

void PatchscopeComposer::showTokens(Side& side) {
  side.strip->setChips(chipsOf(side.tokens));
  side.token->clear();
  for (std::size_t t = 0; t < side.tokens.size(); ++t) {
    side.token->addItem(QStringLiteral("t%1 %2").arg(t).arg(displayToken(side.tokens[t])));
  }
  const int token = chosenToken(side);
  const bool isEvery = &side == &m_source && m_everyToken && token >= 0;
  if (&side == &m_source && side.tokens.size() > 1) side.token->addItem(tr("all"));
  side.token->setCurrentIndex(isEvery ? side.token->count() - 1 : token);
  const std::pair<int, int> chosen{isEvery ? 0 : token, token};
  side.strip->setSelection(token < 0 ? std::nullopt : std::optional(chosen));
  if (token >= 0 && !isEvery) side.strip->scrollTo(token);
  moveArrow();
}

void PatchscopeComposer::chooseToken(Side& side, int token) {
  // Behind the tokens of the source stands every one of them.
  if (&side == &m_source) m_everyToken = token == static_cast<int>(side.tokens.size());
  side.chosen = &side == &m_source && m_everyToken ? -1 : token;
  showTokens(side);
  check();
}

void PatchscopeComposer::takeCell(const SelectionState& cell, int targetToken) {
  const auto source = cellSource(bench(), cell);
  const QString obstacle = source ? streamObstacle(bench(), cell) : cellObstacle(bench(), cell);
  if (!source || !obstacle.isEmpty()) {
    bench().log->tell(
        tr("The form is as it was: %1").arg(obstacle.isEmpty() ? tr("the cell cannot be read") : obstacle));
    return;
  }
  // A map between other models is none between these.
  if (source->model.fingerprint != m_model.fingerprint) dropAffineMap();
  m_model = source->model;
  showPrompt(m_source, source->prompt);
  m_source.chosen = source->token;
  m_everyToken = false;
  m_source.layers->setText(QString::number(source->layer));
  m_target.layers->setText(tr("same"));
  if (targetToken >= 0) m_target.chosen = targetToken;
  fillModels();
  fillMaps();
  tokenize(m_source);
  tokenize(m_target);
  check();
}

void PatchscopeComposer::choosePreset(int index) {
  const QString id = m_preset->itemData(index).toString();
  if (id.isEmpty()) return;
  const PatchscopePreset& preset = presetById(id.toStdString());
  std::string text(preset.target);
  if (preset.isDrawn) {
    const auto drawn =
        bench().engine->randomIdentity(writtenModel().fingerprint, QRandomGenerator::global()->generate64());
    if (!drawn) {
      m_preset->setCurrentIndex(m_preset->count() - 1);
      bench().log->tell(QString::fromStdString(drawn.error().message()));
      return;
    }
    text = *drawn;
  }
  m_target.chosen = -1;
  showPrompt(m_target, Prompt::plain(text));
  {
    // One choice is one edit.
    const QSignalBlocker quiet(m_length);
    m_length->setValue(preset.generateTokens);
  }
  tokenize(m_target);
  check();
}

void PatchscopeComposer::swap() {
  std::swap(m_source.prompt, m_target.prompt);
  std::swap(m_source.chosen, m_target.chosen);
  m_everyToken = false;
  for (Side* side : {&m_source, &m_target}) {
    side->text->setText(oneLine(side->prompt.headline()));
    tokenize(*side);
  }
  m_preset->setCurrentIndex(m_preset->count() - 1);
  check();
}

void PatchscopeComposer::check(const QString& typed) {
  if (m_isFilling) return;
  const auto isWrong = [](const QLineEdit* field, const QString& word, int layers) {
    const QString text = field->text().trimmed();
    return layers > 0 && !text.isEmpty() && text != word && text != tr("all") && !parseLayers(text, layers);
  };
  const int read = layerCount(m_model), written = layerCount(writtenModel());
  const QString advice = tr("Layers count from 0 to %1; ranges as 3-7, lists with commas.");
  // Every token is read for one target layer.
  const QString into = m_target.layers->text().trimmed();
  const auto several = into == tr("all") ? std::nullopt : parseLayers(into, written);
  const bool isTooMany = m_everyToken && (into == tr("all") || (several && several->size() > 1));
  mark(m_source.layers, isWrong(m_source.layers, tr("all"), read), advice.arg(read - 1));
  mark(m_target.layers, isTooMany || isWrong(m_target.layers, tr("same"), written),
       isTooMany ? tr("Every token of the source is read for one target layer, or the same as its own.")
                 : advice.arg(written - 1));
  Q_EMIT edited(typed);
}

void PatchscopeComposer::moveArrow() {
  if (!m_arrow || !m_target.strip) return;
  const auto middle = [this](const Side& side) {
    const int token = chosenToken(side);
    if (token < 0) return -1;
    const QPointF point = side.strip->chipRect(token).center();
    return m_arrow->mapFrom(this, side.strip->mapTo(this, point.toPoint())).x();
  };
  m_arrow->setEnds(middle(m_source), middle(m_target));
}

bool PatchscopeComposer::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Paint || event->type() == QEvent::Move) moveArrow();
  return FormOf::eventFilter(watched, event);
}

}  // namespace patchbay::ui
