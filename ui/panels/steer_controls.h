#pragma once

#include <optional>
#include <string>

#include <QWidget>

#include "core/data/requests.h"
#include "ui/state/workbench.h"

class QCheckBox;
class QDoubleSpinBox;
class QLineEdit;
class QSpinBox;
class QTableView;
class QVBoxLayout;

namespace patchbay::ui {

class ChoiceBox;
class MarkedLabel;
class ResultTableModel;
class SectionHeader;
class SegmentedControl;
class VectorMaker;

/// The left column of the steering view: the session's vectors, making one, and how the chosen one is applied.
class SteerControls : public QWidget {
  Q_OBJECT
public:
  explicit SteerControls(const Workbench& bench, QWidget* parent = nullptr);

  /// Hash of the chosen vector; "" when there is none.
  [[nodiscard]] std::string vectorHash() const { return m_hash; }
  [[nodiscard]] SteerSetting setting() const;
  [[nodiscard]] int tokens() const;
  /// Whether the layers field is understood.
  [[nodiscard]] bool isValid() const;

  void chooseVector(const std::string& hash);
  void setSetting(const SteerSetting& setting);
  void setTokens(int tokens);
  void setStrength(double strength);
  void setLayer(int layer);
  void setPositives(const QString& lines);
  /// What stands in the form that makes a vector, and whether it is open.
  [[nodiscard]] Json makerDraft() const;
  void setMakerDraft(const Json& draft);
  /// Layers of the model, for the ends of the layer fields.
  void setLayerCount(int layers);
  /// What the setting on screen did: |s v| as a share of the norm, and KL; may hold `asData` parts.
  void setEffect(const QString& share, const QString& divergence);

Q_SIGNALS:
  /// By the person: anything that asks for another text.
  void changed();
  /// The chosen vector or its layer changed, also by the program.
  void vectorChanged();
  /// The form that makes a vector.
  void makerEdited();

protected:
  void paintEvent(QPaintEvent*) override;

private:
  void buildVectors(QVBoxLayout* column);
  void buildApply(QVBoxLayout* column);
  void fillVectors();
  void chooseRow(int row);

  Workbench m_bench;
  std::string m_hash;
  bool m_isFilling = false;
  bool m_knowsLayers = false;
  bool m_isMakerOpen = false;
  SectionHeader* m_title;
  QTableView* m_table;
  ResultTableModel* m_model;
  VectorMaker* m_maker;
  ChoiceBox* m_vector;
  QSpinBox* m_layer;
  QLineEdit* m_layers;
  QDoubleSpinBox* m_strength;
  SegmentedControl* m_positions;
  QCheckBox* m_keepNorm;
  QSpinBox* m_tokens;
  MarkedLabel* m_share;
  MarkedLabel* m_divergence;
};

}  // namespace patchbay::ui
