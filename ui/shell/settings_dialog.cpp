#include "ui/shell/settings_dialog.h"

#include <algorithm>
#include <thread>

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>

#include "core/base/kept_states.h"
#include "core/data/file_requests.h"
#include "ui/bridge/engine_client.h"
#include "ui/plots/colour_maps.h"
#include "ui/plots/map_preview.h"
#include "ui/state/settings.h"
#include "ui/widgets/format.h"

namespace patchbay::ui {

SettingsDialog::SettingsDialog(const Workbench& bench, QWidget* window) : QDialog(window), m_bench(bench) {
  setObjectName(QStringLiteral("settingsDialog"));
  setWindowTitle(tr("Settings"));
  setAttribute(Qt::WA_DeleteOnClose);
  setMinimumWidth(420);
  auto* form = new QFormLayout(this);
  form->setContentsMargins(16, 16, 16, 16);
  form->setSpacing(8);
  addDevice(*form);
  addAppearance(*form);
  addKeptStates(*form);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  form->addRow(buttons);
}

void SettingsDialog::addDevice(QFormLayout& form) {
  auto* threads = new QSpinBox(this);
  threads->setObjectName(QStringLiteral("settingThreads"));
  threads->setRange(0, static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
  threads->setSpecialValueText(tr("automatic"));
  threads->setValue(m_bench.settings->threads());
  connect(threads, &QSpinBox::valueChanged, m_bench.settings, &Settings::setThreads);
  form.addRow(tr("Threads of one computation"), threads);
}

void SettingsDialog::addKeptStates(QFormLayout& form) {
  auto* size = new QLabel(this);
  size->setObjectName(QStringLiteral("settingKeptStates"));
  size->setToolTip(
      tr("States that trainings of decoders have read; another one of the same questions reads them from disk"));
  auto* remove = new QPushButton(tr("Delete"), this);
  remove->setObjectName(QStringLiteral("settingDeleteStates"));
  // The folder may hold a thousand files: the engine looks, and deletes.
  const auto ask = [this, size, remove](bool isDeleting) {
    remove->setEnabled(false);
    m_bench.engine->run(KeptStatesRequest{isDeleting}, {.title = tr("Training states on disk").toStdString()}, this,
                        Reply<KeptStatesRequest>{.onOutcome = [size, remove](const Outcome<KeptStates>& kept) {
                          if (!kept) return;
                          size->setText(tr("%1 on disk, at most %2")
                                            .arg(formatBytes(static_cast<double>(kept->bytes)),
                                                 formatBytes(static_cast<double>(kKeptStatesBytes))));
                          remove->setEnabled(kept->bytes > 0);
                        }});
  };
  ask(false);
  connect(remove, &QPushButton::clicked, this, [ask] { ask(true); });
  auto* line = new QHBoxLayout;
  line->addWidget(size, 1);
  line->addWidget(remove);
  form.addRow(tr("Training states"), line);
}

void SettingsDialog::addAppearance(QFormLayout& form) {
  Settings* settings = m_bench.settings;
  auto* theme = new QComboBox(this);
  theme->setObjectName(QStringLiteral("settingTheme"));
  theme->addItems({tr("As the system"), tr("Light"), tr("Dark")});
  theme->setCurrentIndex(static_cast<int>(settings->theme()));
  connect(theme, &QComboBox::activated, settings,
          [settings](int index) { settings->setTheme(static_cast<ThemeChoice>(index)); });
  form.addRow(tr("Theme"), theme);

  auto* map = new QComboBox(this);
  map->setObjectName(QStringLiteral("settingMap"));
  map->addItems({QStringLiteral("cividis"), QStringLiteral("viridis"), QStringLiteral("magma"), QStringLiteral("grey"),
                 QStringLiteral("high contrast")});
  map->setCurrentText(settings->colourMap());
  auto* preview = new MapPreview(this);
  preview->setObjectName(QStringLiteral("settingMapPreview"));
  preview->setMap(mapByName(settings->colourMap()));
  connect(map, &QComboBox::textActivated, settings, &Settings::setColourMap);
  connect(map, &QComboBox::textActivated, preview,
          [preview](const QString& name) { preview->setMap(mapByName(name)); });
  form.addRow(tr("Colour map"), map);
  form.addRow(QString(), preview);

  auto* scale = new QSpinBox(this);
  scale->setObjectName(QStringLiteral("settingScale"));
  scale->setRange(80, 300);
  scale->setSingleStep(10);
  scale->setSuffix(QStringLiteral(" %"));
  scale->setValue(settings->scalePercent());
  connect(scale, &QSpinBox::valueChanged, settings, &Settings::setScalePercent);
  form.addRow(tr("Scale, from the next start"), scale);

  auto* density = new QComboBox(this);
  density->setObjectName(QStringLiteral("settingDensity"));
  density->addItems({tr("Compact"), tr("Roomy")});
  density->setCurrentIndex(static_cast<int>(settings->density()));
  connect(density, &QComboBox::activated, settings,
          [settings](int index) { settings->setDensity(static_cast<Density>(index)); });
  form.addRow(tr("Density"), density);

  auto* fonts = new QCheckBox(tr("Use the system's fonts"), this);
  fonts->setObjectName(QStringLiteral("settingFonts"));
  fonts->setChecked(settings->usesSystemFonts());
  connect(fonts, &QCheckBox::toggled, settings, &Settings::setUsesSystemFonts);
  form.addRow(QString(), fonts);

  auto* motion = new QCheckBox(tr("Reduce motion"), this);
  motion->setObjectName(QStringLiteral("settingMotion"));
  motion->setChecked(settings->reducedMotion());
  connect(motion, &QCheckBox::toggled, settings, &Settings::setReducedMotion);
  form.addRow(QString(), motion);
}

}  // namespace patchbay::ui
