#pragma once

#include <QtCore/QStringList>
#include <QtWidgets/QFrame>

#include "core/base/outcome.h"

class QHBoxLayout;
class QLabel;
class QPushButton;
class QToolButton;

namespace patchbay::ui {

/// An error where the result would stand: what happened, why, remedies, folded details, code and copy.
class ErrorPanel : public QFrame {
  Q_OBJECT
public:
  explicit ErrorPanel(QWidget* parent = nullptr);
  ErrorPanel(const Error& error, const QStringList& remedies, QWidget* parent = nullptr);

  /// The first remedy is the filled button. No remedies: the advice alone is shown.
  void setError(const Error& error, const QStringList& remedies = {});
  [[nodiscard]] const Error& error() const { return m_error; }
  /// Everything the panel knows, as text.
  [[nodiscard]] QString copyText() const;

Q_SIGNALS:
  void remedyChosen(int index);

protected:
  void paintEvent(QPaintEvent*) override;
  void changeEvent(QEvent* event) override;

private:
  void build();
  void dress();
  void showDetails(bool shown);

  Error m_error;
  QLabel* m_icon;
  QLabel* m_what;
  QLabel* m_why;
  QHBoxLayout* m_remedies;
  QToolButton* m_fold;
  QLabel* m_code;
  QToolButton* m_copy;
  QLabel* m_details;
};

}  // namespace patchbay::ui
