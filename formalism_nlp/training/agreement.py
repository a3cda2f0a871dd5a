"""Agreement of the two labellings of sentences that were labelled twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp import store
from formalism_nlp.training.metrics import f1_of
from formalism_nlp.values.report import FUNCTIONS


@dataclass(frozen=True)
class Agreement:
    """Shares of equal labels, Cohen's κ, and F1 of each function between the two labellings."""

    sentences: int
    documents: int
    function: float
    function_kappa: float
    specific: float
    specific_kappa: float
    labels: dict[str, float]


def kappa(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Cohen's κ = (observed − expected) / (1 − expected) agreement (Cohen 1960); NaN when both always say the same label."""
    values = np.union1d(first, second)
    observed = float((first == second).mean())
    expected = float(sum((first == v).mean() * (second == v).mean() for v in values))
    return (observed - expected) / (1.0 - expected) if expected < 1.0 else float("nan")


def agreement(pairs: Sequence[tuple[str, int, int, int, int]]) -> Agreement | None:
    """Compare two labellings.

    Args:
        pairs: (document, function, specific, second function, second specific) of each sentence labelled twice.

    Returns:
        None when there is no such sentence.
    """
    if not pairs:
        return None
    function, specific, other_function, other_specific = np.array([row[1:] for row in pairs], dtype=np.int64).T
    return Agreement(
        sentences=len(pairs),
        documents=len({row[0] for row in pairs}),
        function=float((function == other_function).mean()),
        function_kappa=kappa(function, other_function),
        specific=float((specific == other_specific).mean()),
        specific_kappa=kappa(specific, other_specific),
        labels={name: f1_of(function == i, other_function == i) for i, name in enumerate(FUNCTIONS)},
    )


def double_labels() -> list[tuple[str, int, int, int, int]]:
    """The sentences of ``corpora/labels`` that carry a second labelling: of public texts and of own documents."""
    folder = store.data_folder("corpora") / "labels"
    out = []
    for line in (line for name in ("public-own", "own") for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines()):
        row = json.loads(line)
        for (_, _, function, specific), second in zip(row["sentences"], row.get("second") or (), strict=False):
            if second is not None:
                out.append((row["doc_id"], FUNCTIONS.index(function), specific, FUNCTIONS.index(second[0]), second[1]))
    return out
