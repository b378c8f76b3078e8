#pragma once

#include <QObject>
#include <QString>
#include <QStringList>
#include <QVariant>

#include "ui/state/settings_file.h"

namespace patchbay::ui {

enum class ThemeChoice { System, Light, Dark };
enum class Density { Compact, Roomy };

/// Everything the person set, in one INI file. `changed` names the key.
class Settings : public QObject {
  Q_OBJECT
public:
  /// `file` is the INI file; its folder is made when something is first written.
  explicit Settings(const QString& file, QObject* parent = nullptr);

  [[nodiscard]] ThemeChoice theme() const;
  void setTheme(ThemeChoice theme);
  /// Size of everything in per cent, 80 to 300; takes effect at the next start.
  [[nodiscard]] int scalePercent() const;
  void setScalePercent(int percent);
  [[nodiscard]] Density density() const;
  void setDensity(Density density);
  [[nodiscard]] bool usesSystemFonts() const;
  void setUsesSystemFonts(bool system);
  [[nodiscard]] bool reducedMotion() const;
  void setReducedMotion(bool reduced);
  /// Threads of one computation; 0 leaves it to the engine.
  [[nodiscard]] int threads() const;
  void setThreads(int threads);
  /// What models are loaded to, "cpu" or "cuda:0", and in which type, "f32" or "bf16".
  [[nodiscard]] QString computeDevice() const;
  void setComputeDevice(const QString& device);
  [[nodiscard]] QString computeType() const;
  void setComputeType(const QString& type);
  /// Name of the sequential colour map: "cividis", "viridis", "magma", "grey", "high contrast".
  [[nodiscard]] QString colourMap() const;
  void setColourMap(const QString& name);
  /// Metric of the lens grid: "p", "entropy", "kl", "norm", "rank", "tracked-p".
  [[nodiscard]] QString lensMetric() const;
  void setLensMetric(const QString& metric);

  [[nodiscard]] QStringList recentModels() const;
  void addRecentModel(const QString& path);
  [[nodiscard]] QStringList recentSessions() const;
  void addRecentSession(const QString& path);

  /// Anything a view wants to remember; `key` has a prefix of its own ("patchscope/preset").
  [[nodiscard]] QVariant value(const QString& key, const QVariant& fallback = {}) const;
  void setValue(const QString& key, const QVariant& value);
  /// Back to the default of one key.
  void resetValue(const QString& key);
  [[nodiscard]] bool isChanged(const QString& key) const;

Q_SIGNALS:
  void changed(const QString& key);

private:
  void addRecent(const QString& key, const QString& path);

  SettingsFile m_file;
};

}  // namespace patchbay::ui
