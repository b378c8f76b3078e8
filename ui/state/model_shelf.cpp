#include "ui/state/model_shelf.h"

#include <algorithm>

#include "core/base/log.h"

namespace patchbay::ui {

QString displayName(const ModelCard& card) {
  QString name = QString::fromStdString(card.ref.name);
  const QString endings[] = {QStringLiteral(".gguf"), QLatin1Char('.') + QString::fromStdString(card.quantisation),
                             QLatin1Char('-') + QString::fromStdString(card.quantisation)};
  for (const QString& ending : endings) {
    if (ending.size() > 1 && name.endsWith(ending, Qt::CaseInsensitive)) name.chop(ending.size());
  }
  return name;
}

QString loadingName(const QString& path) {
  if (path == QLatin1String("default")) return ModelShelf::tr("bundled model");
  QString name = path.section(QLatin1Char('/'), -1, -1, QString::SectionSkipEmpty);
  if (name.endsWith(QLatin1String(".gguf"), Qt::CaseInsensitive)) name.chop(5);
  return name;
}

ModelShelf::ModelShelf(EngineClient& engine, Settings& settings, QObject* parent)
    : QObject(parent), m_engine(engine), m_settings(settings) {}

const ModelCard* ModelShelf::find(const std::string& fingerprint) const {
  const auto found = std::find_if(m_models.begin(), m_models.end(),
                                  [&](const ModelCard& card) { return card.ref.fingerprint == fingerprint; });
  return found == m_models.end() ? nullptr : &*found;
}

const ModelCard* ModelShelf::current() const { return find(m_current); }

void ModelShelf::load(const QString& path) {
  const quint64 ticket = ++m_ticket;
  m_loading = path;
  m_progress.reset();
  m_error.reset();
  m_failedPath.clear();
  Reply<LoadModelRequest> reply;
  reply.onOutcome = [this, ticket](Outcome<ModelCard> outcome) { finishLoading(ticket, std::move(outcome)); };
  reply.onProgress = [this, ticket](const Progress& progress) {
    if (ticket != m_ticket) return;
    m_progress = progress;
    Q_EMIT loadingChanged();
  };
  JobOptions options{.title = tr("Load %1").arg(path.section(QLatin1Char('/'), -1)).toStdString(),
                     .replaceKey = "load-model"};
  LoadModelRequest request{.path = path.toStdString(),
                           .dtype = m_settings.computeType().toStdString(),
                           .device = m_settings.computeDevice().toStdString()};
  m_job = m_engine.run(std::move(request), std::move(options), this, std::move(reply));
  Q_EMIT loadingChanged();
}

void ModelShelf::computeOn(const std::string& device, const QString& dtype) {
  m_settings.setComputeDevice(QString::fromStdString(device));
  m_settings.setComputeType(dtype);
  // What is on its way, or could not be loaded where it was to go, is meant.
  const ModelCard* card = current();
  if (isLoading()) return load(loadingPath());
  if (!m_failedPath.isEmpty()) return load(QString(m_failedPath));
  load(card ? QString::fromStdString(card->ref.path) : lastPath());
}

void ModelShelf::cancelLoading() {
  if (isLoading()) m_engine.cancel(m_job);
}

void ModelShelf::finishLoading(quint64 ticket, Outcome<ModelCard> outcome) {
  if (ticket != m_ticket) return;
  const QString path = loadingPath();
  m_loading.reset();
  m_progress.reset();
  if (outcome) {
    m_models = m_engine.models();
    m_current = outcome->ref.fingerprint;
    // The engine's list is the truth; the card stands in should it not list the model yet.
    if (!find(m_current)) m_models.push_back(*outcome);
    if (path != QLatin1String("default")) m_settings.addRecentModel(path);
    m_settings.setValue(QStringLiteral("models/last"), path);
    Q_EMIT modelsChanged();
    Q_EMIT currentChanged();
  } else if (outcome.isError()) {
    m_error = outcome.error();
    m_failedPath = path;
    log(LogLevel::Error, m_error->message());
    Q_EMIT loadFailed(*m_error);
  }
  Q_EMIT loadingChanged();
}

void ModelShelf::setCurrent(const std::string& fingerprint) {
  const ModelCard* card = find(fingerprint);
  if (fingerprint == m_current || !card) return;
  m_current = fingerprint;
  m_settings.setValue(QStringLiteral("models/last"), QString::fromStdString(card->ref.path));
  Q_EMIT currentChanged();
}

void ModelShelf::free(const std::string& fingerprint) {
  m_engine.freeModel(fingerprint);
  std::erase_if(m_models, [&](const ModelCard& card) { return card.ref.fingerprint == fingerprint; });
  Q_EMIT modelsChanged();
  if (m_current != fingerprint) return;
  m_current = m_models.empty() ? std::string() : m_models.back().ref.fingerprint;
  Q_EMIT currentChanged();
}

QString ModelShelf::lastPath() const {
  return m_settings.value(QStringLiteral("models/last"), QStringLiteral("default")).toString();
}

QStringList ModelShelf::recentPaths() const { return m_settings.recentModels(); }

}  // namespace patchbay::ui
