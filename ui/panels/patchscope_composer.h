#pragma once

#include <optional>
#include <vector>

#include "core/data/requests.h"
#include "ui/panels/run_form.h"
#include "ui/state/selection.h"

class QGridLayout;
class QLineEdit;
class QSpinBox;

namespace patchbay::ui {

class ChoiceBox;
class MapArrow;
class TokenStrip;

/// The form of a Patchscope: where to read, the map, where to write, the template and the length of the answer.
///
/// A template's line breaks are shown and typed as "↵" in the one-line fields.
class PatchscopeComposer : public FormOf<PatchscopeRequest> {
  Q_OBJECT
public:
  explicit PatchscopeComposer(const Workbench& bench, QWidget* parent = nullptr);

  void setRequest(const PatchscopeRequest& request) override;
  [[nodiscard]] std::optional<PatchscopeRequest> request() const override;
  [[nodiscard]] Json draft() const override;
  void setDraft(const Json& draft) override;
  /// Tokens to show where the model is not loaded: those of a recorded result.
  void setRecordedTokens(const std::vector<TokenFact>& source, const std::vector<TokenFact>& target);

protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

private:
  /// One side of the form: text, tokens, the chosen token and the layers.
  struct Side {
    QLineEdit* text = nullptr;
    TokenStrip* strip = nullptr;
    ChoiceBox* token = nullptr;
    QLineEdit* layers = nullptr;
    Prompt prompt;
    std::vector<TokenFact> tokens;
    int chosen = -1;  ///< counted from 0; -1 the last
  };

  void buildSide(Side& side, const QString& name, const QString& label, const QString& layersHint);
  /// The prompt of a side and its words, from their beginning.
  void showPrompt(Side& side, const Prompt& prompt);
  void buildOptions();
  void arrange();
  /// Template, map and length above `buttons`.
  [[nodiscard]] QGridLayout* options(const std::vector<QWidget*>& buttons) const;
  void readText(Side& side);
  void tokenize(Side& side);
  void showTokens(Side& side);
  void chooseToken(Side& side, int token);
  /// Makes a cell that was carried here the source; `targetToken` is where it is written, -1 where that stays.
  void takeCell(const SelectionState& cell, int targetToken);
  void choosePreset(int index);
  void swap();
  void check(const QString& typed = {});
  void fillSide(Side& side, const Json& draft);
  void moveArrow();
  /// The maps and second models there are to choose from; what was chosen stays, as `wanted` if that is given.
  void fillMaps(const QString& wanted = {});
  void fillModels();
  /// Identity in place of a fitted map.
  void dropAffineMap();
  void chooseTargetModel(const ModelRef& model);
  /// The model that is written into.
  [[nodiscard]] const ModelRef& writtenModel() const {
    return m_targetModel.fingerprint.empty() ? m_model : m_targetModel;
  }
  [[nodiscard]] static int chosenToken(const Side& side);

  ModelRef m_model;
  ModelRef m_targetModel;  ///< empty: the same
  MapRef m_affine;         ///< of the request shown, when its map is not on the shelf
  Side m_source, m_target;
  MapArrow* m_arrow = nullptr;
  ChoiceBox* m_map = nullptr;
  ChoiceBox* m_written = nullptr;
  ChoiceBox* m_preset = nullptr;
  QSpinBox* m_length = nullptr;
  QLineEdit* m_words = nullptr;  ///< asked for, with | between them
  bool m_everyToken = false;     ///< of the source is read
  bool m_isFilling = false;
};

}  // namespace patchbay::ui
