#pragma once

// The one door to QCustomPlot. Its header uses the short keywords of Qt, which the program switches off.
#define signals Q_SIGNALS
#define slots Q_SLOTS
#define foreach Q_FOREACH
#include <qcustomplot.h>
#undef signals
#undef slots
#undef foreach
