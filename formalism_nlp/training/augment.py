"""Edited copies of training passages: what a writer may change without changing what a sentence says.

A model that saw only texts as they were written takes an invented numeral formula (“五抓六促”) for a quantity, and lets the mark
between two sentences move the indices. The copies teach it not to: formulae before sentences leave their labels as they
are, 。 and ； change places, and two sentences that became one carry both labels, each by its share of the characters.
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
_ACTS = ("抓", "比", "促", "带", "联", "强", "亮", "定", "看", "创")
_AIMS = ("提升", "突破", "一流", "到位", "表率", "见效", "覆盖", "争先", "融合", "转变")
_OTHER = FUNCTIONS.index("OTHER")
_LEAST = 12  # shorter sentences are left alone: headings, salutations, scraps of lists
_LEAST_PART = 0.05  # of a merged sentence's characters; a label below it is dropped


@dataclass(frozen=True)
class Edits:
    """Share of the sentences that each edit takes: a formula before it, the other mark after it, merged with the next."""

    formula: float = 0.2
    mark: float = 0.3
    merge: float = 0.1


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


def edited_copies(passages: Sequence[Passage], edits: Edits, *, seed: int = 0) -> list[Passage]:
    """Return one edited copy of each passage; labels keep pointing at the same words.

    Args:
        passages: each labelled in order; adjoining labels are adjoining sentences.
        edits: how much is edited.
        seed: same seed, same copies.

    Returns:
        Passages whose ``weight`` of a label is its share of a merged sentence (1 elsewhere). Their ``doc_id`` ends in ``~``.
    """
    return [_edited(passage, edits, random.Random(f"{seed}:{passage.doc_id}:{passage.labels[0].start}")) for passage in passages]


def _edited(passage: Passage, edits: Edits, rng: random.Random) -> Passage:
    text = passage.document.text
    out: list[str] = []
    labels: list[Label] = []
    length = last = 0
    joined: list[Label] = []  # labels of the merged sentence being written
    for i, label in enumerate(passage.labels):
        body = text[label.start : label.end]
        gap = text[last : label.start]
        out.append(gap)
        length += len(gap)
        if not joined and len(body) >= _LEAST and label.function != _OTHER and rng.random() < edits.formula:
            clause = formula_clause(rng)
            body = clause + body
        runs_on = i + 1 < len(passage.labels) and passage.labels[i + 1].start == label.end and body[-1] in "。；"
        merges = runs_on and len(body) >= _LEAST and rng.random() < edits.merge
        if merges:
            body = body[:-1] + "，"
        elif runs_on and rng.random() < edits.mark:
            body = body[:-1] + ("；" if body[-1] == "。" else "。")
        joined.append(replace(label, start=length, end=length + len(body)))
        out.append(body)
        length += len(body)
        last = label.end
        if not merges:
            labels += _shared(joined)
            joined = []
    labels += _shared(joined)
    out.append(text[last:])
    document = Document.from_text("".join(out), name=passage.document.name, genre=passage.genre)
    return replace(passage, document=document, doc_id=passage.doc_id + "~", labels=tuple(labels))


def _shared(parts: Sequence[Label]) -> list[Label]:
    """The labels of one sentence, each weighted by its share of the characters; equal ones are one."""
    if len(parts) < 2:
        return list(parts)
    start, end = parts[0].start, parts[-1].end
    weight: dict[tuple[int, int], float] = {}
    for part in parts:
        key = (part.function, part.specific)
        weight[key] = weight.get(key, 0.0) + (part.end - part.start) / (end - start)
    return [Label(start, end, f, s, w) for (f, s), w in weight.items() if w > _LEAST_PART]
