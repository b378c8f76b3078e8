#pragma once

#include <algorithm>

#include "core/data/json.h"
#include "ui/panels/choice_box.h"
#include "ui/state/kept.h"

namespace patchbay::ui {

/// Adds the lists that come with the program to a drop-down; the data of each is its id.
template <typename List>
void addLists(ChoiceBox& box, const std::vector<List>& lists) {
  for (const List& list : lists) box.addItem(QString::fromStdString(list.title), QString::fromStdString(list.id));
}

/// Whether a list is one that comes with the program, unchanged. `known` is the one of its id, or null.
template <typename List>
[[nodiscard]] bool isBuiltin(const List& list, const List* known) {
  return known && known->items == list.items;
}

/// Chooses a list; one from a file stands in the box while it is used.
template <typename List>
void showListIn(ChoiceBox& box, const List& list, const List* known) {
  int index = box.findData(QString::fromStdString(list.id));
  if (index < 0 || !isBuiltin(list, known)) {
    index = box.findData(QString());
    if (index < 0) {
      box.addItem(QString(), QString());
      index = box.count() - 1;
    }
    box.setItemText(index, QString::fromStdString(list.title));
  }
  box.setCurrentIndex(index);
}

/// A list in a draft: one that comes with the program by its name.
template <typename List>
[[nodiscard]] Json listDraft(const List& list, const List* known) {
  return isBuiltin(list, known) ? Json(list.id) : Json(list);
}

/// The list of a draft; nothing when it names none.
template <typename List>
[[nodiscard]] std::optional<List> listOfDraft(const Json& draft, const List* (*builtin)(const std::string&)) {
  if (const auto id = kept<std::string>(draft, "list"); id && builtin(*id)) return *builtin(*id);
  return kept<List>(draft, "list");
}

}  // namespace patchbay::ui
