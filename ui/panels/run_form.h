#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include <QWidget>

#include "core/data/any_request.h"
#include "ui/state/workbench.h"

class QGridLayout;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace patchbay::ui {

class NamedField;

/// The frame of a form that says what a run asks. It stands in the head of the window, in place of the prompt; undo in
/// its fields belongs to the window's history.
class RunForm : public QWidget {
  Q_OBJECT
public:
  RunForm(const Workbench& bench, QWidget* parent);

  /// The request of the form; nothing while a field is missing or not understood, which the form says.
  [[nodiscard]] virtual std::optional<AnyRequest> wanted() const = 0;
  /// Shows what a run asked. False for a request of another kind, which changes nothing.
  virtual bool showRequest(const AnyRequest& request) = 0;
  /// What the form says, understood or not, for view state and undo.
  [[nodiscard]] virtual Json draft() const = 0;
  /// Fills the form; what is missing or of another type stays as it is.
  virtual void setDraft(const Json& draft) = 0;

Q_SIGNALS:
  /// Enter in a field.
  void runAsked();
  /// The person changed a field. `typed` names the field that is being typed in, empty for a choice.
  void edited(const QString& typed);

protected:
  [[nodiscard]] const Workbench& bench() const { return m_bench; }
  /// The grid that a form stands in.
  [[nodiscard]] QGridLayout* formGrid();
  /// Fields beside one another, each with its stretch.
  [[nodiscard]] static QHBoxLayout* rowOf(std::initializer_list<std::pair<QWidget*, int>> parts);
  /// The name of a row, as wide as those of the prompt strip.
  [[nodiscard]] QLabel* rowLabel(const QString& words);
  /// Fields whose edits are told to `changed`; Enter in a line runs the form, and undo in it belongs to the window's
  /// history. `spoken` is what a screen reader says.
  [[nodiscard]] QLineEdit* lineField(const char* name, const QString& spoken, const QString& hint);
  [[nodiscard]] NamedField* namedField(const char* name, const QString& title, const QString& spoken);
  [[nodiscard]] QSpinBox* numberBox(const char* name, const QString& prefix, int least, int most);
  /// The person changed a field; `typed` as in `edited`.
  virtual void changed(const QString& typed) { Q_EMIT edited(typed); }
  /// Takes the model in front into `model` while that names none; then, and whenever another is in front, `before` is
  /// called and the form tells itself `changed`.
  void followModel(ModelRef& model, const std::function<void()>& before = {});
  /// 0 while the model is not loaded.
  [[nodiscard]] int layerCount(const ModelRef& model) const;
  /// The numbers below `count` that a field names, none where it is empty; nothing when it is not understood.
  [[nodiscard]] static std::optional<std::vector<int>> placesIn(const QLineEdit& field, int count);
  /// The layers of the model that a field names, none where it is empty; nothing when it is not understood.
  [[nodiscard]] std::optional<std::vector<int>> layersIn(const QLineEdit& field, const ModelRef& model) const;
  /// Whether a field holds a learning rate; what is told where it does not, with one that would do.
  [[nodiscard]] static bool isRate(const QLineEdit& field);
  [[nodiscard]] static QString rateAdvice(const QString& example);

  bool eventFilter(QObject* watched, QEvent* event) override;
  void paintEvent(QPaintEvent*) override;

private:
  void watch(QLineEdit* field, const char* name, const QString& spoken);

  Workbench m_bench;
};

/// A form of one kind of request.
template <typename Request>
class FormOf : public RunForm {
public:
  using RunForm::RunForm;

  virtual void setRequest(const Request& request) = 0;
  /// As `wanted`.
  [[nodiscard]] virtual std::optional<Request> request() const = 0;

  [[nodiscard]] std::optional<AnyRequest> wanted() const final {
    const auto typed = request();
    return typed ? std::optional<AnyRequest>(*typed) : std::nullopt;
  }
  bool showRequest(const AnyRequest& request) final {
    const auto* typed = std::get_if<Request>(&request);
    if (typed) setRequest(*typed);
    return typed != nullptr;
  }
};

}  // namespace patchbay::ui
