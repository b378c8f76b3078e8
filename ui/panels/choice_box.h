#pragma once

#include <QComboBox>

namespace patchbay::ui {

/// A drop-down that names what it chooses: "colour: p(top-1)", "track: ␣Paris". Tokens stand in the data face.
class ChoiceBox : public QComboBox {
  Q_OBJECT
public:
  enum class Face { Words, Data };
  /// `name` as it is printed before the choice ("colour:").
  explicit ChoiceBox(const QString& name, Face face = Face::Words, QWidget* parent = nullptr);

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;
  /// The choice is elided beyond this width of the whole box.
  void setWidestPixels(int pixels);

protected:
  void paintEvent(QPaintEvent*) override;

private:
  [[nodiscard]] QString marked(const QString& choice) const;

  QString m_name;
  Face m_face;
  int m_widest = 260;
};

}  // namespace patchbay::ui
