"""Prints the figures on a decoder's card as two Markdown tables: summed over families, and by family.

    python tests/bench/decoder_table.py resources/decoder/default/decoder.json

`patchbay-cli decoder evaluate --decoder FOLDER --keep` measures them and writes them onto the card.
"""

import json
import math
import sys
from collections import defaultdict

ROWS = {
    ("evidence", "unseen"): "the words are in the window",
    ("evidence", "unseen-value"): "the same, a value never trained on",
    ("after", "unseen"): "the tokens right behind them",
    ("after", "unseen-value"): "the same, a value never trained on",
    ("tail", "unseen"): "the last ten tokens of the prompt",
    ("tail", "unseen-value"): "the same, a value never trained on",
}
ARMS = ["", "shuffled", "zero", "untrained", "probe"]


def wilson(hits, items):
    z = 1.959964
    p, down = hits / items, 1 + z * z / items
    half = z * math.sqrt(p * (1 - p) / items + z * z / (4 * items * items)) / down
    centre = (p + z * z / (2 * items)) / down
    return max(0, centre - half), min(1, centre + half)


def short(share):
    return f"{share:.2f}".lstrip("0") if share < 1 else "1.0"


def cell(measured, hasInterval):
    hits, items = measured
    if not items:
        return "-"
    text = short(hits / items)
    if hasInterval:
        low, high = wilson(hits, items)
        text += f" ({short(low)}-{short(high)})"
    return text


def main():
    figures = json.load(open(sys.argv[1], encoding="utf-8"))["figures"]
    sums = defaultdict(lambda: [0, 0])
    chances = defaultdict(list)
    for figure in figures:
        plain = figure["family"].startswith("text_") or figure["family"] == "passage"
        sort = "yes/no" if figure["kind"] == "yes_no" else "open"
        key = ("plain" if plain else figure["window"], figure["split"], sort)
        if figure["chance"]:
            chances[key].append(figure["chance"])
        for arm in ARMS:
            for what in ("exact", "choice"):
                measured = figure.get(arm + what.capitalize() if arm else what, {"hits": 0, "items": 0})
                sums[key, arm, what][0] += measured["hits"]
                sums[key, arm, what][1] += measured["items"]
    print("| window, questions | chance | choice (95 %) | exact | choice: shuffled states | zeros | without the adapter "
          "| whitened probe |")
    print("|---|---|---|---|---|---|---|---|")
    rows = [(window, split) for window, split in ROWS] + [("plain", "unseen"), ("plain", "unseen-value")]
    for window, split in rows:
        words = ROWS.get((window, split)) or ("plain texts" if split == "unseen" else "the same, a value never trained on")
        for sort in ("open", "yes/no"):
            key = (window, split, sort)
            if not sums[key, "", "exact"][1]:
                continue
            chance = sum(chances[key]) / len(chances[key]) if chances[key] else 0
            arms = [cell(sums[key, arm, "choice"], False) for arm in ARMS[1:]]
            print(f"| {words}, {sort} | {short(chance) if chance else '-'} | {cell(sums[key, '', 'choice'], True)} "
                  f"| {cell(sums[key, '', 'exact'], False)} | {' | '.join(arms)} |")

    by_family(figures)


def by_family(figures):
    """The right choice, exact words in brackets, of each family: seen and unseen values, and the other windows."""
    places = {"evidence": ("evidence", "unseen"), "unseen value": ("evidence", "unseen-value"),
              "right behind": ("after", "unseen"), "tail": ("tail", "unseen")}
    found = {(figure["family"], figure["kind"], figure["window"], figure["split"]): figure for figure in figures}
    print(f"\n| family | {' | '.join(places)} | yes/no, unseen value |")
    print("|---" * (len(places) + 2) + "|")
    for family, kind in dict.fromkeys((figure["family"], figure["kind"]) for figure in figures):
        if kind == "yes_no" or family == "passage":
            continue
        cells = []
        for place in places.values():
            figure = found.get((family, kind, *place))
            cells.append(f"{share_of(figure['choice'])} ({share_of(figure['exact'])})" if figure else "-")
        denied = found.get((family, "yes_no", "evidence", "unseen-value"))
        name = family.replace("text_", "plain text: ").replace("_", " ") + ("" if kind == "open" else f", {kind}")
        print(f"| {name} | {' | '.join(cells)} | {share_of(denied['choice']) if denied else '-'} |")


def share_of(measured):
    return short(measured["hits"] / measured["items"]) if measured["items"] else "-"


if __name__ == "__main__":
    main()
