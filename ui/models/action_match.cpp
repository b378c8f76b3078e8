#include "ui/models/action_match.h"

#include <algorithm>

namespace patchbay::ui {
namespace {

constexpr int kLetter = 1;
constexpr int kRunOfLetters = 3;
constexpr int kWordStart = 5;

QString folded(const QString& text) {
  QString plain;
  for (const QChar letter : text.normalized(QString::NormalizationForm_KD).toCaseFolded()) {
    if (letter.category() != QChar::Mark_NonSpacing) plain += letter;
  }
  return plain;
}

}  // namespace

int fuzzyScore(const QString& typed, const QString& text) {
  const QString wanted = folded(typed).remove(QLatin1Char(' '));
  const QString words = folded(text);
  int score = 0;
  qsizetype at = 0;
  qsizetype last = -2;
  for (const QChar letter : wanted) {
    // A start of a word further on is a better reading of the letter than one inside a word.
    qsizetype found = words.indexOf(letter, at);
    if (found < 0) return 0;
    if (found != last + 1) {
      const qsizetype start = words.indexOf(QLatin1Char(' ') + QString(letter), at);
      if (start >= 0 && found != 0) found = start + 1;
    }
    const bool isStart = found == 0 || !words[found - 1].isLetterOrNumber();
    score += kLetter + (isStart ? kWordStart : 0) + (found == last + 1 ? kRunOfLetters : 0);
    last = found;
    at = found + 1;
  }
  return score;
}

std::vector<const Action*> matchActions(const ActionRegistry& actions, const QString& typed) {
  std::vector<std::pair<int, const Action*>> scored;
  for (const Action& action : actions.all()) {
    const int score = typed.trimmed().isEmpty() ? 1 : fuzzyScore(typed, action.text);
    if (score > 0) scored.emplace_back(score, &action);
  }
  std::stable_sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) {
    // Of equally good readings the shorter name is the nearer one; without letters the order of adding stays.
    return a.first != b.first ? a.first > b.first : a.first > 1 && a.second->text.size() < b.second->text.size();
  });
  std::vector<const Action*> matched;
  for (const auto& [score, action] : scored) matched.push_back(action);
  return matched;
}

}  // namespace patchbay::ui
