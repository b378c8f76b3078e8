#pragma once

#include <memory>
#include <string>
#include <vector>

#include <QObject>
#include <QString>

#include "core/data/affine_map.h"
#include "core/data/run_record.h"
#include "core/data/soft_prompt.h"

namespace patchbay::ui {

class RunBook;

/// One fitted map of the session.
struct ShelfMap {
  RunId run = 0;  ///< that made it
  QString name;
  std::shared_ptr<const AffineMap> map;
};

/// One learned prompt of the session.
struct ShelfPrompt {
  RunId run = 0;  ///< that made it
  QString name;
  std::shared_ptr<const SoftPrompt> prompt;
};

/// The affine maps and learned prompts of the session: results of its fits, found by the hash of their numbers. One is
/// on the shelf while its run is not in the trash; requests of the past find it there too until the trash is emptied.
class MapShelf : public QObject {
  Q_OBJECT
public:
  explicit MapShelf(RunBook& runs, QObject* parent = nullptr);

  /// In order of making; those whose numbers are still being read are not there yet.
  [[nodiscard]] const std::vector<ShelfMap>& maps() const { return m_maps; }
  [[nodiscard]] const ShelfMap* find(const std::string& hash) const;
  /// Also of a map in the trash; null when there is none.
  [[nodiscard]] std::shared_ptr<const AffineMap> numbers(const std::string& hash) const;
  /// As `maps`.
  [[nodiscard]] const std::vector<ShelfPrompt>& prompts() const { return m_prompts; }
  [[nodiscard]] const ShelfPrompt* findPrompt(const std::string& hash) const;

Q_SIGNALS:
  void changed();

private:
  void reload();
  void rebuild();

  RunBook& m_runs;
  std::vector<ShelfMap> m_maps;
  std::vector<ShelfPrompt> m_prompts;
};

}  // namespace patchbay::ui
