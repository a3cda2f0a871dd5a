"""Edited copies of training passages: what a writer may change without changing what a sentence says.

A model that saw only texts as they were written takes an invented numeral formula (“五抓六促”) for a quantity, and lets the mark
between two sentences move the indices. The copies teach it not to: a formula before a sentence and ； in place of 。 leave the
labels as they are.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from formalism_nlp.training.data import Label, Passage
from formalism_nlp.values.document import Document
from formalism_nlp.values.report import FUNCTIONS

_LEADS = ("围绕", "按照", "锚定", "紧扣", "对照", "依托", "坚持", "深化")
_NOUNS = ("工作法", "思路", "工程", "行动", "部署", "布局", "体系", "目标", "要求", "机制")
_NUMERALS = "三四五六七八九"
_ACTS = "抓比促带联强亮定看创"
_AIMS = ("提升", "突破", "一流", "到位", "表率", "见效", "覆盖", "争先", "融合", "转变")
_OTHER = FUNCTIONS.index("OTHER")
_LEAST = 12  # shorter sentences are left alone: headings, salutations, scraps of lists
_SWAP = {"。": "；", "；": "。"}


@dataclass(frozen=True)
class Edits:
    """Share of the sentences that each edit takes: a formula before the sentence, the other mark after it."""

    formula: float = 0.3
    mark: float = 0.3


def formula_clause(rng: random.Random) -> str:
    """An invented formula built on a numeral, as the opening clause of a sentence."""
    kind = rng.randrange(4)
    if kind == 0:
        name = "".join(str(rng.randrange(1, 10)) for _ in range(rng.randrange(3, 6)))
    elif kind == 1:
        name = f"{rng.choice(_NUMERALS)}个{rng.choice(_AIMS)}"
    elif kind == 2:
        name = "".join(rng.choice(_NUMERALS) + rng.choice(_ACTS) for _ in range(2))
    else:
        name = f"{rng.randrange(1, 4)}+{rng.randrange(2, 10)}+{rng.choice('NX')}"
    return f"{rng.choice(_LEADS)}“{name}”{rng.choice(('', rng.choice(_NOUNS)))}，"


def edited_copies(passages: Sequence[Passage], edits: Edits) -> list[Passage]:
    """Return one edited copy of each passage, the same at every call.

    Args:
        passages: each labelled in order; adjoining labels are adjoining sentences.
        edits: how much is edited.

    Returns:
        Passages whose labels point at the same sentences in the edited text. Their ``doc_id`` ends in ``~``.
    """
    return [_edited(passage, edits, _dice(passage)) for passage in passages]


def _dice(passage: Passage) -> random.Random:
    return random.Random(f"{passage.doc_id}:{passage.labels[0].start}")  # noqa: S311 - copies must be the same each time


def _edited(passage: Passage, edits: Edits, rng: random.Random) -> Passage:
    text, following = passage.document.text, [*passage.labels[1:], None]
    out: list[str] = []
    labels: list[Label] = []
    length = last = 0
    for label, then in zip(passage.labels, following, strict=True):
        body = text[label.start : label.end]
        if len(body) >= _LEAST and label.function != _OTHER and rng.random() < edits.formula:
            body = formula_clause(rng) + body
        # Only inside a paragraph: the last mark of a line stays what it is.
        if then and then.start == label.end and rng.random() < edits.mark:
            body = body[:-1] + _SWAP.get(body[-1], body[-1])
        gap = text[last : label.start]
        labels.append(replace(label, start=length + len(gap), end=length + len(gap) + len(body)))
        out += [gap, body]
        length, last = labels[-1].end, label.end
    document = Document.from_text("".join(out) + text[last:], name=passage.document.name, genre=passage.genre)
    return replace(passage, document=document, doc_id=passage.doc_id + "~", labels=tuple(labels))
