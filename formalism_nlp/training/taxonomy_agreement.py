"""How well annotators agree on forms and stances: what no model can be expected to beat."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import combinations

from formalism_nlp import store
from formalism_nlp.training.stance_corpus import Paragraph
from formalism_nlp.values.report import STANCES
from formalism_nlp.values.taxonomy import CODES, FORMS, REMEDIES

OTHERS = ("second", "third")
_Said = list[dict[str, str]]  # a sentence each: row → stance or state


def agreement_table(texts: Mapping[str, Sequence[Paragraph]]) -> str:
    """Compare the labels of some texts with those of the annotators of ``stance/annotators.jsonl``, and these with each other.

    Args:
        texts: name of a table → its texts; those nobody else labelled do not count.

    Returns:
        A Markdown table: micro-F1 of forms and of remedies of each pair of annotators, and the share of equal stances among
        the forms both see.
    """
    path = store.data_folder("corpora") / "stance" / "annotators.jsonl"
    others = {row["id"]: row for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())}
    lines = [
        "### Agreement of annotators (language models; the second and third labelled blind)",
        "",
        "| table | annotators | form micro-F1 | remedy micro-F1 | equal stances |",
        "|---|---|---|---|---|",
    ]
    for name, members in texts.items():
        labelled = [p for p in members if p.id in others]
        said = {"first": [sentence for p in labelled for sentence in _labels(p)]}
        for other in OTHERS:
            said[other] = [_parsed(labels) for p in labelled for labels in others[p.id][other]]
        if not labelled:
            continue
        for one, two in combinations(said, 2):
            remedies = f"{_f1(said[one], said[two], REMEDIES):.3f}" if all(p.remedies for p in labelled) else ""
            forms, equal = _f1(said[one], said[two], FORMS), _equal_stances(said[one], said[two])
            lines.append(f"| {name} | {one}, {two} | {forms:.3f} | {remedies} | {equal:.3f} |")
    return "\n".join(lines) + "\n"


def _labels(paragraph: Paragraph) -> _Said:
    out: _Said = []
    for present, stance in zip(paragraph.present.tolist(), paragraph.stance.tolist(), strict=True):
        forms = {FORMS[i]: STANCES[s] for i, s in enumerate(stance) if s >= 0}
        out.append(forms | {CODES[i]: "" for i, there in enumerate(present) if there and CODES[i] not in FORMS})
    return out


def _parsed(labels: Sequence[str]) -> dict[str, str]:
    return {row: said for row, _, said in (label.partition(":") for label in labels)}


def _f1(one: _Said, two: _Said, rows: Sequence[str]) -> float:
    pairs = [({*a} & {*rows}, {*b} & {*rows}) for a, b in zip(one, two, strict=True)]
    total = sum(len(a) + len(b) for a, b in pairs)
    return 2 * sum(len(a & b) for a, b in pairs) / total if total else float("nan")


def _equal_stances(one: _Said, two: _Said) -> float:
    both = [(a[row], b[row]) for a, b in zip(one, two, strict=True) for row in a.keys() & b.keys() if row in FORMS]
    return sum(a == b for a, b in both) / len(both) if both else float("nan")
