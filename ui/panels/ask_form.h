#pragma once

#include <optional>

#include "core/data/asking.h"
#include "ui/panels/run_form.h"

class QCheckBox;
class QLineEdit;

namespace patchbay::ui {

class Button;
class ChoiceBox;
class MapChoice;
class MarkedLabel;

/// The composer of a question: the question, the cells that are handed over, answers to choose from, and the decoder.
class AskForm : public FormOf<AskRequest> {
  Q_OBJECT
public:
  explicit AskForm(const Workbench& bench, QWidget* parent = nullptr);

  void setRequest(const AskRequest& request) override;
  [[nodiscard]] std::optional<AskRequest> request() const override;
  [[nodiscard]] Json draft() const override;
  void setDraft(const Json& draft) override;

  /// By a brush or another view: an edit of the person.
  void setCells(const std::vector<AskedSpan>& spans);
  [[nodiscard]] std::optional<std::vector<AskedSpan>> cells() const;
  [[nodiscard]] const Prompt& prompt() const { return m_prompt; }
  [[nodiscard]] const ModelRef& model() const { return m_model; }
  [[nodiscard]] const DecoderRef& decoder() const { return m_decoder; }
  /// Adds a decoder to those to choose from, or knows more of one, and chooses it.
  void chooseDecoder(const DecoderRef& decoder);
  /// Whose states the chosen decoder was trained on. Those of another model need a map into it.
  void setDecoderModel(const ModelRef& model);

Q_SIGNALS:
  /// The same question at every layer.
  void layersAsked();
  /// A decoder from another folder.
  void folderAsked();

private:
  void build();
  void arrange();
  void changed(const QString& typed = {}) override;
  void chooseDecoderAt(int index);
  void listDecoders();
  void listMaps();
  /// Whether the chosen decoder belongs to another model than that whose states are read.
  [[nodiscard]] bool isForeign() const;
  [[nodiscard]] QString missing() const;
  /// What is missing to ask a decoder of another model.
  [[nodiscard]] QString missingMap() const;
  /// Tokens of the prompt; counted anew when it is another one.
  [[nodiscard]] int tokenCount() const;

  struct Counted {
    std::string model;
    Prompt prompt;
    int tokens = 0;
  };

  ModelRef m_model;
  Prompt m_prompt;
  DecoderRef m_decoder;
  ModelRef m_decoderModel;  ///< empty while it is not known
  std::vector<DecoderRef> m_decoders;
  QLineEdit* m_question = nullptr;
  QLineEdit* m_cells = nullptr;
  QLineEdit* m_choices = nullptr;
  QCheckBox* m_controls = nullptr;
  ChoiceBox* m_decoderBox = nullptr;
  MapChoice* m_through = nullptr;
  Button* m_layers = nullptr;
  Button* m_ask = nullptr;
  MarkedLabel* m_hint = nullptr;
  mutable std::optional<Counted> m_counted;
  bool m_isFilling = false;
};

}  // namespace patchbay::ui
