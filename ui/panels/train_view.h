#pragma once

#include <memory>
#include <optional>

#include <QTimer>

#include "ui/panels/form_view.h"
#include "ui/panels/train_picture.h"

class QPlainTextEdit;
class QStackedWidget;
class QTableView;

namespace patchbay::ui {

class Button;
class LinePlot;
class MarkedLabel;
class SegmentedControl;
class TrainForm;

/// Training of a decoder: its loss as it falls, what it answers to held-out questions, what it learns from, and what
/// the finished decoder is. Its form is the view's `topForm`.
class TrainView : public FormView {
  Q_OBJECT
public:
  explicit TrainView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Train decoder"); }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;
  [[nodiscard]] Json viewState() const override;
  void restoreViewState(const Json& state) override;
  /// The finished decoder; null while there is none.
  [[nodiscard]] std::shared_ptr<const TrainDecoderResult> trained() const { return m_isFinished ? m_result : nullptr; }
  /// Questions of a person's own, by a dialog: an edit of the form.
  void setQuestions(const QString& path);

protected:
  [[nodiscard]] QString runTitle(const AnyRequest& request) const override;
  /// Hours of work are not thrown away because another training is asked for: that one waits.
  [[nodiscard]] QString replaceKey() const override { return {}; }
  void runChosen() override;
  bool readResult() override;
  bool readStream(const StreamedTokens& tokens) override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;
  [[nodiscard]] QString runningText() const override {
    return tr("The weights are written out, then the loss appears here every ten steps.");
  }

private:
  enum class Page { Loss, Answers, Questions };

  TrainView(const Workbench& bench, TrainForm* form, QWidget* parent);
  void buildContent();
  [[nodiscard]] QWidget* lossPage();
  [[nodiscard]] QWidget* answersPage();
  [[nodiscard]] QWidget* questionsPage();
  void choosePage(Page page);
  void drawLoss();
  void showStep(int step);
  /// The questions of the form, when they are looked at and are other ones.
  void lookAtQuestions();
  void showQuestions(Outcome<QuestionPreview> found);
  void showExample(int row);
  /// What the training in front asked, when it was stopped or failed and left a checkpoint.
  [[nodiscard]] std::optional<TrainDecoderRequest> stopped() const;
  /// That checkpoint becomes a decoder.
  void keepAsItIs();

  TrainForm* m_form;
  QTimer m_look;
  SegmentedControl* m_pages;
  QStackedWidget* m_stack;
  MarkedLabel* m_statement;
  LinePlot* m_loss;
  MarkedLabel* m_place;
  MarkedLabel* m_folder;
  Button* m_keep;
  Button* m_ask;
  MarkedLabel* m_sampleWords;
  QTableView* m_samples;
  ResultTableModel* m_sampleModel;
  MarkedLabel* m_questionWords;
  QTableView* m_counts;
  ResultTableModel* m_countModel;
  QTableView* m_examples;
  ResultTableModel* m_exampleModel;
  QPlainTextEdit* m_example;
  Page m_page = Page::Loss;
  SharedTraining m_result;
  SharedPreview m_preview;
  std::optional<PreviewQuestionsRequest> m_previewed;  ///< what the preview shows, or will
  bool m_isFinished = false;
};

}  // namespace patchbay::ui
