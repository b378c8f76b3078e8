#pragma once

#include <QStringList>

#include "ui/shell/desk.h"

class QMimeData;

namespace patchbay::ui {

/// The files and folders of this machine among what is dragged.
[[nodiscard]] QStringList localFiles(const QMimeData& dragged);
/// Opens what was dropped on the window: a session, a model file or folder, or steering vectors. A safetensors file
/// that holds no vector is opened as a model. Of sessions and models the first counts; what is none of these is told.
void openDropped(const Desk& desk, const QStringList& paths);

}  // namespace patchbay::ui
