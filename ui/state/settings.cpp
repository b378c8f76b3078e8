#include "ui/state/settings.h"

#include <algorithm>

namespace patchbay::ui {
namespace {

constexpr int kMaxRecent = 8;

const QString kTheme = QStringLiteral("appearance/theme");
const QString kScale = QStringLiteral("appearance/scale");
const QString kDensity = QStringLiteral("appearance/density");
const QString kSystemFonts = QStringLiteral("appearance/systemFonts");
const QString kReducedMotion = QStringLiteral("appearance/reducedMotion");
const QString kThreads = QStringLiteral("device/threads");
const QString kComputeDevice = QStringLiteral("device/kind");
const QString kComputeType = QStringLiteral("device/type");
const QString kColourMap = QStringLiteral("plots/colourMap");
const QString kLensMetric = QStringLiteral("plots/lensMetric");
const QString kRecentModels = QStringLiteral("recent/models");
const QString kRecentSessions = QStringLiteral("recent/sessions");

}  // namespace

Settings::Settings(const QString& file, QObject* parent) : QObject(parent), m_file(file) {}

ThemeChoice Settings::theme() const {
  const QString name = m_file.value(kTheme).toString();
  if (name == QLatin1String("light")) return ThemeChoice::Light;
  if (name == QLatin1String("dark")) return ThemeChoice::Dark;
  return ThemeChoice::System;
}

void Settings::setTheme(ThemeChoice theme) {
  const char* names[] = {"system", "light", "dark"};
  setValue(kTheme, QString::fromLatin1(names[static_cast<int>(theme)]));
}

int Settings::scalePercent() const { return std::clamp(m_file.value(kScale, 100).toInt(), 80, 300); }
void Settings::setScalePercent(int percent) { setValue(kScale, std::clamp(percent, 80, 300)); }

Density Settings::density() const {
  return m_file.value(kDensity).toString() == QLatin1String("roomy") ? Density::Roomy : Density::Compact;
}

void Settings::setDensity(Density density) {
  setValue(kDensity, density == Density::Roomy ? QStringLiteral("roomy") : QStringLiteral("compact"));
}

bool Settings::usesSystemFonts() const { return m_file.value(kSystemFonts, false).toBool(); }
void Settings::setUsesSystemFonts(bool system) { setValue(kSystemFonts, system); }
bool Settings::reducedMotion() const { return m_file.value(kReducedMotion, false).toBool(); }
void Settings::setReducedMotion(bool reduced) { setValue(kReducedMotion, reduced); }
int Settings::threads() const { return std::max(0, m_file.value(kThreads, 0).toInt()); }
void Settings::setThreads(int threads) { setValue(kThreads, std::max(0, threads)); }
QString Settings::computeDevice() const { return m_file.value(kComputeDevice, QStringLiteral("cpu")).toString(); }
void Settings::setComputeDevice(const QString& device) { setValue(kComputeDevice, device); }
QString Settings::computeType() const { return m_file.value(kComputeType, QStringLiteral("f32")).toString(); }
void Settings::setComputeType(const QString& type) { setValue(kComputeType, type); }
QString Settings::colourMap() const { return m_file.value(kColourMap, QStringLiteral("cividis")).toString(); }
void Settings::setColourMap(const QString& name) { setValue(kColourMap, name); }
QString Settings::lensMetric() const { return m_file.value(kLensMetric, QStringLiteral("p")).toString(); }
void Settings::setLensMetric(const QString& metric) { setValue(kLensMetric, metric); }

QStringList Settings::recentModels() const { return m_file.value(kRecentModels).toStringList(); }
void Settings::addRecentModel(const QString& path) { addRecent(kRecentModels, path); }
QStringList Settings::recentSessions() const { return m_file.value(kRecentSessions).toStringList(); }
void Settings::addRecentSession(const QString& path) { addRecent(kRecentSessions, path); }

QVariant Settings::value(const QString& key, const QVariant& fallback) const { return m_file.value(key, fallback); }

void Settings::setValue(const QString& key, const QVariant& value) {
  if (m_file.value(key) == value) return;
  m_file.setValue(key, value);
  Q_EMIT changed(key);
}

void Settings::resetValue(const QString& key) {
  if (!m_file.contains(key)) return;
  m_file.remove(key);
  Q_EMIT changed(key);
}

bool Settings::isChanged(const QString& key) const { return m_file.contains(key); }

void Settings::addRecent(const QString& key, const QString& path) {
  QStringList paths = m_file.value(key).toStringList();
  paths.removeAll(path);
  paths.prepend(path);
  while (paths.size() > kMaxRecent) paths.removeLast();
  setValue(key, paths);
}

}  // namespace patchbay::ui
