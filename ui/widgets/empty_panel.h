#pragma once

#include <QtWidgets/QWidget>

class QLabel;
class QPushButton;

namespace patchbay::ui {

/// What an empty panel says: icon, bold line, one sentence, at most one button.
struct EmptyText {
  QString icon;
  QString headline;
  QString sentence;
  QString offer;      ///< words of the button; empty for none
  QString offerIcon;  ///< its icon; empty for none
};

/// Stands in the middle of a panel that has nothing to show, and says what would fill it.
class EmptyPanel : public QWidget {
  Q_OBJECT
public:
  explicit EmptyPanel(const EmptyText& text, QWidget* parent = nullptr);

  void setText(const EmptyText& text);

Q_SIGNALS:
  void offerTaken();

protected:
  void changeEvent(QEvent* event) override;

private:
  void dress();

  EmptyText m_text;
  QLabel* m_icon;
  QLabel* m_headline;
  QLabel* m_sentence;
  QPushButton* m_offer;
};

}  // namespace patchbay::ui
