"""Error analysis: which confusions cost the indices most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.training.metrics import Judged
from formalism_nlp.values.report import FUNCTIONS

_S, _A, _O = (FUNCTIONS.index(name) for name in ("SLOGAN", "ACTIVITY", "OTHER"))


@dataclass(frozen=True)
class Confusion:
    """Sentences of one label pair that were taken for another: how many, their characters, what they cost, an own example."""

    label: str
    prediction: str
    sentences: int
    characters: int
    cost: float
    share: float
    example: str


def sentence_costs(judged: Judged) -> NDArray[np.float64]:
    """Misplaced characters of each sentence, (n,).

    cost = w · (|p(SLOGAN) − is SLOGAN| + |p(ACTIVITY) − is ACTIVITY| + |p(substantive) − is substantive|) / 3: its characters
    times the mean error it brings into the numerators of slogan_density, trace_padding and substance.
    """
    solid = (judged.specific == 1) & (judged.function != _S) & (judged.function != _O)
    wrong = np.abs(judged.p_function[:, _S] - (judged.function == _S))
    wrong += np.abs(judged.p_function[:, _A] - (judged.function == _A))
    wrong += np.abs(judged.p_substantive - solid)
    return np.asarray(judged.weight * wrong / 3.0)


def costly_confusions(judged: Judged, texts: Sequence[str], count: int = 10) -> list[Confusion]:
    """The confusions of (function, specific) that cost most, dearest first.

    Args:
        judged: labelled sentences with predictions.
        texts: their text; only that of own documents is ever quoted.
        count: how many.
    """
    cost = sentence_costs(judged)
    labels = [_name(f, s) for f, s in zip(judged.function, judged.specific == 1, strict=True)]
    said = [_name(f, s) for f, s in zip(judged.predicted, judged.says_specific, strict=True)]
    rows: dict[tuple[str, str], list[int]] = {}
    for i, pair in enumerate(zip(labels, said, strict=True)):
        if pair[0] != pair[1]:
            rows.setdefault(pair, []).append(i)
    total = float(cost.sum()) or 1.0
    out = []
    for (label, prediction), members in rows.items():
        spent = float(cost[members].sum())
        own = [i for i in members if judged.own[i]]
        example = texts[max(own, key=lambda i: (cost[i], -i))] if own else ""
        characters = int(judged.weight[members].sum())
        out.append(Confusion(label, prediction, len(members), characters, spent, spent / total, example))
    return sorted(out, key=lambda c: (-c.cost, c.label, c.prediction))[:count]


def _name(function: int, specific: bool) -> str:
    return f"{FUNCTIONS[function]}·{int(specific)}"
