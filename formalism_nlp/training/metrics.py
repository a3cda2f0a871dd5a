"""The figures we report, from labels and probabilities; all pure functions of arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.values.report import FUNCTIONS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BINS = 15
REPLICATES = 1000
_SEED = 1989


@dataclass(frozen=True)
class Judged:
    """Labelled sentences with predictions, one row a sentence.

    ``p_function`` is (n, 6), ``p_specific`` and ``p_substantive`` (specific and neither SLOGAN nor OTHER) are (n,);
    ``says_specific`` tells which rows the model calls specific;
    ``document`` names the document of each row (bootstrap unit); ``weight`` counts its characters.
    """

    function: Ints
    specific: Ints
    p_function: Floats
    p_specific: Floats
    p_substantive: Floats
    says_specific: NDArray[np.bool_]
    document: NDArray[np.str_]
    own: NDArray[np.bool_]
    weight: Floats

    def only(self, rows: NDArray[np.bool_] | Ints) -> Judged:
        """Keep some rows."""
        return Judged(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    @property
    def predicted(self) -> Ints:
        """Most probable function of each row."""
        return np.asarray(self.p_function.argmax(axis=1), dtype=np.int64)


def f1_of(truth: NDArray[np.bool_], said: NDArray[np.bool_]) -> float:
    """F1 = 2·TP / (2·TP + FP + FN); 0 when nothing is right, NaN when the label neither occurs nor is predicted."""
    hit = float((truth & said).sum())
    total = float(truth.sum() + said.sum())
    return 2.0 * hit / total if total else float("nan")


def best_threshold(scores: Floats, truth: NDArray[np.bool_], share: Floats | None = None) -> float:
    """The score over which F1 of ``truth`` is highest, midway between two that occur.

    Args:
        scores: (n,).
        truth: (n,).
        share: (n,) weight of each row; 1 when not given.
    """
    order = np.argsort(-scores, kind="stable")
    values = np.append(scores[order], -np.inf)
    weight = np.ones(len(scores)) if share is None else share[order]
    right = np.cumsum(weight * truth[order])
    f1 = 2.0 * right / (np.cumsum(weight) + right[-1])
    best = int(np.where(values[:-1] > values[1:], f1, -1.0).argmax())  # equal scores are not told apart
    if best + 1 == len(scores):
        return float(np.nextafter(values[best], -np.inf))
    return float((values[best] + values[best + 1]) / 2.0)


def label_f1(judged: Judged) -> dict[str, float]:
    """F1 of each function label."""
    said = judged.predicted
    return {name: f1_of(judged.function == i, said == i) for i, name in enumerate(FUNCTIONS)}


def macro_f1(judged: Judged) -> float:
    """Mean of the six label F1s (labels that neither occur nor are predicted are left out)."""
    return float(np.nanmean(list(label_f1(judged).values())))


def accuracy(judged: Judged) -> float:
    """Share of sentences whose most probable function is the label; for parts that lack a label altogether."""
    return float((judged.predicted == judged.function).mean())


def specific_f1(judged: Judged) -> float:
    """F1 of specific = 1, decided at the threshold of the model."""
    return f1_of(judged.specific == 1, judged.says_specific)


def calibration_error(confidence: Floats, right: NDArray[np.bool_], bins: int = BINS) -> float:
    """Expected calibration error: Σ over equal-width bins of share · |mean confidence − share right| (Naeini et al. 2015)."""
    if not len(confidence):
        return float("nan")
    which = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    count = np.bincount(which, minlength=bins)
    gap = np.abs(np.bincount(which, confidence, bins) - np.bincount(which, right.astype(float), bins))
    return float(gap[count > 0].sum() / len(confidence))


def function_ece(judged: Judged) -> float:
    """ECE of the most probable function."""
    return calibration_error(judged.p_function.max(axis=1), judged.predicted == judged.function)


def specific_ece(judged: Judged) -> float:
    """ECE of P(specific) against the label."""
    return calibration_error(judged.p_specific, judged.specific == 1)


def share_errors(judged: Judged) -> dict[str, float]:
    """Mean absolute error, over documents, of slogan_density and substance against the labelled shares of characters.

    Only documents (or excerpts) with at least 200 counted content characters take part.
    """
    idle = (FUNCTIONS.index("SLOGAN"), FUNCTIONS.index("OTHER"))
    errors: dict[str, list[float]] = {"slogan_density": [], "substance": []}
    for name in np.unique(judged.document):
        part = judged.only(judged.document == name)
        content = part.weight * (part.function != idle[1])
        guessed = part.weight * (1.0 - part.p_function[:, idle[1]])
        if content.sum() < 200 or guessed.sum() <= 0:
            continue
        truth = (part.weight * (part.function == idle[0])).sum() / content.sum()
        said = (part.weight * part.p_function[:, idle[0]]).sum() / guessed.sum()
        errors["slogan_density"].append(abs(truth - said))
        solid = part.weight * (part.specific == 1) * ~np.isin(part.function, idle)
        said = (part.weight * part.p_substantive).sum() / guessed.sum()
        errors["substance"].append(abs(solid.sum() / content.sum() - said))
    return {name: float(np.mean(values)) if values else float("nan") for name, values in errors.items()}


def document_draws(document: NDArray[np.str_], replicates: int = REPLICATES) -> list[Ints]:
    """Row numbers of bootstrap samples that draw whole documents with replacement; always the same draws."""
    names, index = np.unique(document, return_inverse=True)
    rows = [np.flatnonzero(index == i) for i in range(len(names))]
    rng = np.random.default_rng(_SEED)
    return [np.concatenate([rows[i] for i in rng.integers(0, len(names), len(names))]) for _ in range(replicates)]


def interval(judged: Judged, measure: Callable[[Judged], float], draws: list[Ints]) -> tuple[float, float]:
    """95 % document-bootstrap interval of a measure."""
    values = [measure(judged.only(rows)) for rows in draws]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def paired_gain(
    ours: Judged, theirs: Judged, measure: Callable[[Judged], float], draws: list[Ints]
) -> tuple[float, float, float]:
    """Gain of ours over theirs on the same rows, with its 95 % paired document-bootstrap interval: (gain, low, high)."""
    values = [measure(ours.only(rows)) - measure(theirs.only(rows)) for rows in draws]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return measure(ours) - measure(theirs), float(low), float(high)
