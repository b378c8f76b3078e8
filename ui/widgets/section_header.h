#pragma once

#include <QtWidgets/QWidget>

class QHBoxLayout;

namespace patchbay::ui {

class IconButton;

/// Title row of a dock or a section, 28 px: bold title, muted count, buttons at the right.
class SectionHeader : public QWidget {
  Q_OBJECT
public:
  explicit SectionHeader(const QString& title, QWidget* parent = nullptr);

  void setTitle(const QString& title);
  /// Muted text after the title ("6", "1 of 12"); empty for none.
  void setNote(const QString& note);
  /// Adds a 24 px icon button at the right; the caller connects it. `name` is its accessible name and tooltip.
  IconButton* addButton(const QString& icon, const QString& name);

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;

protected:
  void paintEvent(QPaintEvent*) override;
  void changeEvent(QEvent* event) override;

private:
  QString m_title, m_note;
  QHBoxLayout* m_buttons;
};

}  // namespace patchbay::ui
