#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <QObject>
#include <QString>

#include "core/data/json.h"
#include "core/data/run_record.h"
#include "core/data/site.h"

namespace patchbay::ui {

/// What is selected: a run, and in it a place. No tokens and no layers: nothing but the run.
struct SelectionState {
  RunId run = 0;  ///< 0: no run
  std::optional<IndexRange> tokens;
  std::optional<IndexRange> layers;
  Site site = Site::ResidPost;
  std::optional<int> head;
  bool operator==(const SelectionState&) const = default;

  /// Exactly one token and one layer.
  [[nodiscard]] bool isCell() const;
  [[nodiscard]] bool hasPlace() const { return tokens.has_value() || layers.has_value(); }
  [[nodiscard]] int token() const { return tokens ? tokens->first : -1; }
  [[nodiscard]] int layer() const { return layers ? layers->first : -1; }
  /// "t4.L24.resid_post", the form that can be pasted anywhere; empty without a place.
  [[nodiscard]] QString address() const;
};

void to_json(Json& json, const SelectionState& state);
void from_json(const Json& json, SelectionState& state);

/// The one selection of the window, the reference (pinned cell or run) beside it, and the way back.
/// Every view shows it and can change it; nothing else couples views.
class Selection : public QObject {
  Q_OBJECT
public:
  using QObject::QObject;

  [[nodiscard]] const SelectionState& state() const { return m_state; }
  [[nodiscard]] RunId run() const { return m_state.run; }
  [[nodiscard]] const std::optional<SelectionState>& reference() const { return m_reference; }

  /// Replaces the whole selection and remembers the one before for `back()`.
  void select(const SelectionState& state);
  void selectCell(RunId run, int token, int layer, Site site = Site::ResidPost);
  /// Keeps run, layers and site.
  void selectTokens(IndexRange tokens);
  void selectLayers(IndexRange layers);
  /// Another run; the place is kept, views clamp it to what the run has.
  void selectRun(RunId run);
  /// Keeps the run, forgets the place.
  void clearPlace();

  /// Pins the present selection as the reference, or unpins when it is the reference already.
  void toggleReference();
  void setReference(const std::optional<SelectionState>& reference);

  [[nodiscard]] bool canGoBack() const { return m_position > 0; }
  [[nodiscard]] bool canGoForward() const { return m_position + 1 < m_history.size(); }
  void back();
  void forward();

  /// Takes runs that are gone for good out of selection, reference and history.
  void forget(const std::function<bool(RunId)>& isGone);

  /// Selection, reference and history for the session file.
  [[nodiscard]] Json save() const;
  void restore(const Json& json);

Q_SIGNALS:
  void changed();
  void referenceChanged();
  void historyChanged();

private:
  void goTo(std::size_t position);

  SelectionState m_state;
  std::optional<SelectionState> m_reference;
  std::vector<SelectionState> m_history{SelectionState{}};
  std::size_t m_position = 0;
};

}  // namespace patchbay::ui
