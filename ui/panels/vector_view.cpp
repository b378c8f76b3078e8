#include "ui/panels/vector_view.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>

#include "core/data/requests.h"
#include "ui/panels/picture.h"
#include "ui/panels/vector_norms.h"
#include "ui/plots/line_plot.h"
#include "ui/state/action_registry.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/widgets/button.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;

QString linesOf(const std::vector<std::string>& texts) {
  QStringList lines;
  for (const std::string& text : texts) lines << QString::fromStdString(text);
  return lines.join(QLatin1Char('\n'));
}

QPlainTextEdit* textList(const char* name, const QString& words, QWidget* parent) {
  auto* list = new QPlainTextEdit(parent);
  list->setObjectName(QLatin1String(name));
  list->setAccessibleName(words);
  list->setReadOnly(true);
  list->setTabChangesFocus(true);
  list->setLineWrapMode(QPlainTextEdit::NoWrap);
  list->setMaximumHeight(96);
  return list;
}

QVBoxLayout* titled(const QString& words, QWidget* widget, QWidget* parent) {
  auto* title = new MarkedLabel(words, 12, MarkedLabel::Ink::Text, parent);
  title->setFontSize(12, 600);
  auto* column = new QVBoxLayout;
  column->setSpacing(4);
  column->addWidget(title);
  column->addWidget(widget);
  return column;
}

}  // namespace

VectorView::VectorView(const Workbench& workbench, QWidget* parent)
    : ResultView(workbench, parent),
      m_name(new MarkedLabel({}, 13, MarkedLabel::Ink::Text, this)),
      m_steer(new Button(tr("Steer with it"), QStringLiteral("steer"), Button::Kind::Plain, this)),
      m_facts(new QLabel(content())),
      m_positives(textList("vectorViewPositives", tr("Texts to steer towards"), content())),
      m_negatives(textList("vectorViewNegatives", tr("Texts to steer away from"), content())),
      m_norms(new LinePlot(content())) {
  m_name->setObjectName(QStringLiteral("vectorViewName"));
  m_name->setFontSize(13, 600);
  m_steer->setObjectName(QStringLiteral("vectorViewSteer"));
  m_facts->setObjectName(QStringLiteral("vectorViewFacts"));
  m_facts->setProperty("muted", true);
  m_facts->setFont(uiFont(12));
  m_norms->setObjectName(QStringLiteral("vectorViewNorms"));
  m_norms->setMinimumHeight(140);
  header()->addWidget(m_name, 1);
  header()->addWidget(m_steer);
  auto* texts = new QHBoxLayout;
  texts->setSpacing(kInset);
  texts->addLayout(titled(tr("Towards"), m_positives, content()), 1);
  texts->addLayout(titled(tr("Away from"), m_negatives, content()), 1);
  auto* column = new QVBoxLayout(content());
  column->setContentsMargins(kInset, 0, kInset, kInset);
  column->setSpacing(10);
  column->addWidget(m_facts);
  column->addLayout(texts);
  column->addWidget(m_norms, 1);
  connect(m_steer, &Button::clicked, this, [this] {
    bench().selection->selectRun(shownRun());
    bench().actions->trigger(QStringLiteral("intervene.steer-vector"));
  });
  showRun(0);
}

QString VectorView::kind() const { return QLatin1String(MakeVectorRequest::kKind); }

EmptyText VectorView::emptyText() const {
  return {QStringLiteral("vector"),
          tr("No vector yet"),
          tr("Make one from two sets of prompts in a steering view."),
          {},
          {}};
}

bool VectorView::readResult() {
  const auto vector = bench().runs->result<SteeringVector>(run());
  if (!vector) return false;
  m_vector = vector;
  return true;
}

QString VectorView::facts() const {
  const QString place =
      m_vector->read == ReadPosition::LastToken ? tr("the last token") : tr("the mean of all tokens but token 0");
  return tr("%1 of %2 and %3 texts, read at %4, resid_post · %5 layers, width %6 · made for %7")
      .arg(QString::fromStdString(m_vector->method))
      .arg(m_vector->positives.size())
      .arg(m_vector->negatives.size())
      .arg(place)
      .arg(m_vector->layers())
      .arg(m_vector->width())
      .arg(QString::fromStdString(m_vector->model.name));
}

void VectorView::resultShown() {
  if (shownRun() == 0) m_vector.reset();
  m_steer->setEnabled(m_vector != nullptr);
  m_name->setText(m_vector ? QString::fromStdString(m_vector->name) : QString());
  if (!m_vector) return;
  m_facts->setText(facts());
  m_facts->setToolTip(m_facts->text());
  m_positives->setPlainText(linesOf(m_vector->positives));
  m_negatives->setPlainText(linesOf(m_vector->negatives));
  m_norms->setData(vectorNormPlot(*m_vector, QString::fromStdString(m_vector->name)));
}

ResultTable VectorView::resultTable() const {
  ResultTable table;
  if (!m_vector) return table;
  table.rows = m_vector->layers();
  table.columns = {{tr("layer"), {}, [](int row) { return QVariant(static_cast<double>(row)); }, 0},
                   {tr("norm"),
                    {},
                    [norms = m_vector->norms()](int row) { return QVariant(norms[static_cast<std::size_t>(row)]); },
                    3},
                   {tr("mean norm of the texts"),
                    {},
                    [vector = m_vector](int row) { return QVariant(static_cast<double>(vector->meanNorms.at(row))); },
                    3}};
  return table;
}

QString VectorView::copyText() const {
  if (!m_vector) return {};
  return tr("%1\n%2\ntowards:\n%3\naway from:\n%4")
      .arg(QString::fromStdString(m_vector->name), facts(), linesOf(m_vector->positives), linesOf(m_vector->negatives));
}

Figure VectorView::exportFigure() {
  if (!m_vector) return {};
  const auto list = [](const QString& words, const std::vector<std::string>& texts) {
    return QStringLiteral("<p><b>%1</b><br>%2</p>")
        .arg(words.toHtmlEscaped(), linesOf(texts).toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>")));
  };
  const QString html = QStringLiteral("<p>%1</p>").arg(facts().toHtmlEscaped()) +
                       list(tr("Towards"), m_vector->positives) + list(tr("Away from"), m_vector->negatives);
  return withCaption(stacked({textFigure(html, std::max(640, m_norms->width())), m_norms->figure()}), caption());
}

}  // namespace patchbay::ui
