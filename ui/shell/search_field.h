#pragma once

#include <QAbstractButton>

namespace patchbay::ui {

/// "Search actions  Ctrl+K" at the right of the menus: a button that looks like a field and opens the palette.
class SearchField : public QAbstractButton {
  Q_OBJECT
public:
  explicit SearchField(const QString& key, QWidget* parent = nullptr);
  [[nodiscard]] QSize sizeHint() const override { return {220, 20}; }

protected:
  void paintEvent(QPaintEvent*) override;

private:
  QString m_key;
};

}  // namespace patchbay::ui
