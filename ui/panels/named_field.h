#pragma once

#include <QLineEdit>

namespace patchbay::ui {

/// A field in the data face with its name inside, at the left: "Layers 0-28".
class NamedField : public QLineEdit {
  Q_OBJECT
public:
  explicit NamedField(const QString& name, QWidget* parent = nullptr);

protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  void makeRoom();

  QString m_name;
};

}  // namespace patchbay::ui
