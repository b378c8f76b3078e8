#pragma once

#include <optional>
#include <string>
#include <vector>

#include <QObject>
#include <QString>
#include <QStringList>

#include "ui/bridge/engine_client.h"
#include "ui/state/settings.h"

namespace patchbay::ui {

/// The name of a model for people: without the file's ending and quantisation, which stand beside it.
[[nodiscard]] QString displayName(const ModelCard& card);
/// What a model is called before it is read: its file without the ending.
[[nodiscard]] QString loadingName(const QString& path);

/// The models in memory, the one in use, and the one on its way.
class ModelShelf : public QObject {
  Q_OBJECT
public:
  ModelShelf(EngineClient& engine, Settings& settings, QObject* parent = nullptr);

  [[nodiscard]] const std::vector<ModelCard>& models() const { return m_models; }
  /// The model new requests go to; null before the first is loaded.
  [[nodiscard]] const ModelCard* current() const;
  [[nodiscard]] const ModelCard* find(const std::string& fingerprint) const;
  [[nodiscard]] bool isReady() const { return current() != nullptr; }

  /// Loads a GGUF file or a folder to the device that the person chose; it becomes current when ready. A load on its
  /// way is replaced.
  void load(const QString& path);
  /// What can be chosen, from the first load on; and the choice, for this load and those to come.
  [[nodiscard]] std::vector<DeviceFact> devices() const { return m_engine.devices(); }
  void computeOn(const std::string& device, const QString& dtype);
  void cancelLoading();
  void setCurrent(const std::string& fingerprint);
  void free(const std::string& fingerprint);

  [[nodiscard]] bool isLoading() const { return m_loading.has_value(); }
  /// Path on its way; empty when nothing loads.
  [[nodiscard]] QString loadingPath() const { return m_loading.value_or(QString()); }
  [[nodiscard]] const std::optional<Progress>& loadingProgress() const { return m_progress; }
  /// Why the last load failed; forgotten by the next load.
  [[nodiscard]] const std::optional<Error>& lastError() const { return m_error; }
  [[nodiscard]] const QString& failedPath() const { return m_failedPath; }
  [[nodiscard]] QStringList recentPaths() const;
  /// What the last successful load was asked for; "default" at first.
  [[nodiscard]] QString lastPath() const;

Q_SIGNALS:
  void modelsChanged();
  void currentChanged();
  /// Began, progressed or ended.
  void loadingChanged();
  void loadFailed(const patchbay::Error& error);

private:
  void finishLoading(quint64 ticket, Outcome<ModelCard> outcome);

  EngineClient& m_engine;
  Settings& m_settings;
  std::vector<ModelCard> m_models;
  std::string m_current;
  std::optional<QString> m_loading;
  std::optional<Progress> m_progress;
  std::optional<Error> m_error;
  QString m_failedPath;
  JobId m_job = 0;
  quint64 m_ticket = 0;
};

}  // namespace patchbay::ui
