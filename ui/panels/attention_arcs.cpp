#include "ui/panels/attention_arcs.h"

#include <algorithm>
#include <cmath>

#include <QEvent>
#include <QPainter>
#include <QPainterPath>

#include "ui/widgets/theme.h"
#include "ui/widgets/token_strip.h"

namespace patchbay::ui {
namespace {

constexpr double kLeastShare = 0.02;
constexpr double kWidest = 7;

}  // namespace

AttentionArcs::AttentionArcs(TokenStrip& strip, QWidget* parent) : QWidget(parent), m_strip(strip) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setAttribute(Qt::WA_TransparentForMouseEvents);
  m_strip.installEventFilter(this);  // chips move when the row is scrolled
}

void AttentionArcs::setQuery(int query, std::vector<double> shares) {
  m_query = query;
  m_shares = std::move(shares);
  update();
}

std::vector<int> AttentionArcs::keys() const {
  std::vector<int> found;
  for (int key = 0; key < static_cast<int>(m_shares.size()); ++key)
    if (m_shares[static_cast<std::size_t>(key)] >= kLeastShare) found.push_back(key);
  std::ranges::sort(found, std::greater<>(), [this](int key) { return m_shares[static_cast<std::size_t>(key)]; });
  return found;
}

void AttentionArcs::paintEvent(QPaintEvent*) {
  if (m_query < 0 || m_query >= static_cast<int>(m_strip.chips().size())) return;
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const auto middle = [this](int token) {
    return static_cast<double>(mapFromGlobal(m_strip.mapToGlobal(m_strip.chipRect(token).center().toPoint())).x());
  };
  const double from = middle(m_query), ground = height();
  QColor ink = theme().accent;
  const std::vector<int> strongestFirst = keys();
  for (auto key = strongestFirst.rbegin(); key != strongestFirst.rend(); ++key) {
    const double share = m_shares[static_cast<std::size_t>(*key)], to = middle(*key);
    ink.setAlphaF(static_cast<float>(0.25 + 0.75 * std::min(1.0, share)));
    painter.setPen(QPen(ink, 1 + kWidest * share, Qt::SolidLine, Qt::RoundCap));
    if (*key == m_query) {
      painter.drawEllipse(QPointF(from, ground - 9), 5, 5);
      continue;
    }
    const double top = std::max(4.0, ground - 12 - std::abs(from - to) * 0.35);
    QPainterPath arc(QPointF(from, ground - 1));
    arc.cubicTo(QPointF(from, top), QPointF(to, top), QPointF(to, ground - 1));
    painter.drawPath(arc);
  }
}

bool AttentionArcs::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Paint || event->type() == QEvent::Move) update();
  return QWidget::eventFilter(watched, event);
}

}  // namespace patchbay::ui
