#pragma once

#include <QtCore/QString>
#include <QtGui/QColor>
#include <QtGui/QFont>
#include <QtWidgets/QWidget>

#include <memory>

class QPainter;

namespace patchbay::ui {

/// Draws many token texts in one font, each laid out once: for grids of words.
class TokenPen {
public:
  explicit TokenPen(const QFont& font);
  ~TokenPen();

  /// As `drawTokenText`.
  void draw(QPainter& painter, const QRectF& area, const QString& displayed, const QColor& ink,
            Qt::Alignment alignment = Qt::AlignLeft);
  [[nodiscard]] qreal width(const QString& displayed) const;

private:
  struct Parts;
  std::unique_ptr<Parts> m_parts;
};

/// Draws token text made by `displayToken`: "␣" and "↵" at 55 % opacity, vertically centred in `area`, left or right
/// aligned, elided in the middle when it does not fit.
void drawTokenText(QPainter& painter, const QRectF& area, const QString& displayed, const QFont& font,
                   const QColor& ink, Qt::Alignment alignment = Qt::AlignLeft);

/// Marks a part of a sentence as data (token, number, address), so that `MarkedText` sets it in the data face.
[[nodiscard]] QString asData(const QString& text);
/// The sentence without marks: for tooltips, accessible names and the clipboard.
[[nodiscard]] QString withoutMarks(const QString& text);

/// One line of interface text in which parts marked by `asData` stand in the data face.
struct MarkedText {
  QString text;
  double size = 12;
  int weight = 400;

  [[nodiscard]] qreal width() const;
  /// Paints left aligned and vertically centred; elides at the right with an ellipsis when too wide.
  void paint(QPainter& painter, const QRectF& area, const QColor& ink) const;
};

/// A label that understands `asData`. Muted, text or accent ink by `setInk`.
class MarkedLabel : public QWidget {
  Q_OBJECT
public:
  enum class Ink { Text, Muted, Accent, Warning };
  explicit MarkedLabel(QWidget* parent = nullptr);
  MarkedLabel(const QString& text, double size, Ink ink, QWidget* parent = nullptr);

  void setText(const QString& text);
  void setFontSize(double size, int weight = 400);
  void setInk(Ink ink);
  [[nodiscard]] const QString& text() const { return m_text.text; }

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;

protected:
  void paintEvent(QPaintEvent*) override;
  void changeEvent(QEvent* event) override;

private:
  MarkedText m_text;
  Ink m_ink = Ink::Text;
};

}  // namespace patchbay::ui
