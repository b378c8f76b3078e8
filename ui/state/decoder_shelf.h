#pragma once

#include <string>
#include <vector>

#include <QObject>

#include "core/data/asking.h"
#include "core/data/decoder_card.h"
#include "core/data/run_record.h"

namespace patchbay::ui {

class RunBook;

/// A decoder that can be asked: the one that comes with the program, or one that the session trained.
struct ShelfDecoder {
  RunId run = 0;  ///< that trained it; 0: it comes with the program
  DecoderRef ref;
  DecoderCard card;  ///< of a trained one
  bool operator==(const ShelfDecoder&) const = default;
};

/// The decoders of the session, first the one that comes with the program. One that was trained is on the shelf while
/// its run is not in the trash.
class DecoderShelf : public QObject {
  Q_OBJECT
public:
  explicit DecoderShelf(RunBook& runs, QObject* parent = nullptr);

  /// In order of making; those whose runs are still being read are not there yet.
  [[nodiscard]] const std::vector<ShelfDecoder>& decoders() const { return m_decoders; }
  /// By its folder; null when there is none.
  [[nodiscard]] const ShelfDecoder* find(const std::string& folder) const;

Q_SIGNALS:
  void changed();

private:
  void reload();
  void rebuild();

  RunBook& m_runs;
  std::vector<ShelfDecoder> m_decoders;
};

}  // namespace patchbay::ui
