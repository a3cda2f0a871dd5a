"""What rule hits add to the two passes of the model: one row of weights a hit, instead of a table of sentences by rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.features import Prepared
from formalism_nlp.analysis.spans import Ints, firsts, steps, where

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DenseWeights:
    """What a model does with its named features, in their order.

    First pass: ``first`` (features, outputs), of the plain value. Second pass: ``hidden`` (features, units), of the value less
    ``mean``, over ``spread``, clipped to ±``farthest``.
    """

    names: Sequence[str]
    first: Floats
    mean: Floats
    spread: Floats
    farthest: float
    hidden: Floats


class _Kind:
    """The features ``kind:RULE`` of all rules: zero almost everywhere, so their share is what zero gives plus the differences."""

    def __init__(self, kind: str, rules: Sequence[str], weights: DenseWeights) -> None:
        position = {name: i for i, name in enumerate(weights.names)}
        at = np.array([position.get(f"{kind}:{rule}", -1) for rule in rules], dtype=np.int64)
        self._used = at >= 0
        self._first = np.where(self._used[:, None], weights.first[at], 0.0)
        self._hidden = np.where(self._used[:, None], weights.hidden[at], 0.0)
        self._mean, self._spread = weights.mean[at], weights.spread[at]
        self._farthest = weights.farthest
        self._zero = np.clip(-self._mean / self._spread, -self._farthest, self._farthest)
        self.base = self._zero @ self._hidden

    def used(self, rule: Ints) -> Ints:
        """Which of the hits are of a rule that has such a feature."""
        return where(self._used.take(rule))

    def sums(self, row: Ints, rule: Ints, value: Floats, rows: int) -> Floats:
        """Add up hits.

        Args:
            row: row of each hit, ascending.
            rule: its rule.
            value: value of its feature.
            rows: number of rows.

        Returns:
            (rows, outputs + units).
        """
        out = np.zeros((rows, self._first.shape[1] + self._hidden.shape[1]))
        if not len(row):
            return out
        standard = np.clip((value - self._mean.take(rule)) / self._spread.take(rule), -self._farthest, self._farthest)
        each = np.hstack(
            [self._first.take(rule, axis=0) * value[:, None],
             self._hidden.take(rule, axis=0) * (standard - self._zero.take(rule))[:, None]]
        )  # fmt: skip
        first = firsts(row)
        out[row[first]] = np.add.reduceat(each, first, axis=0)
        return out


class RuleLayer:
    """The features ``rule:…``, ``section:…`` and ``subsection:…`` of a model; immutable.

    Args:
        rules: ids of the rules of the lexicon, in order.
        weights: of the model; features of rules it does not know have none.
        bias: (units,) of the hidden layer.
    """

    def __init__(self, rules: Sequence[str], weights: DenseWeights, bias: Floats) -> None:
        self._own, self._section, self._subsection = (_Kind(kind, rules, weights) for kind in ("rule", "section", "subsection"))
        outputs = np.zeros(weights.first.shape[1])
        self._base = np.concatenate([outputs, bias + self._own.base + self._section.base + self._subsection.base])

    def sums(self, prepared: Prepared) -> Floats:
        """(sentences, outputs + units): what the rule hits and the bias of the hidden layer give each sentence."""
        row, rule, value = _logged_counts(prepared.hit_sentence, prepared.found.rule)
        count = len(prepared.weights)
        own = self._own.used(rule)
        out = self._base + self._own.sums(row[own], rule[own], value[own], count)
        for kind, heading in ((self._section, prepared.place.section), (self._subsection, prepared.place.subsection)):
            heads, where = np.unique(heading, return_inverse=True)
            slot = np.full(count + 1, -1, dtype=np.int64)
            slot[heads] = np.arange(len(heads))  # -1 (no heading) writes the spare last slot
            hits = kind.used(rule)
            hits = hits[slot[row[hits]] >= 0]
            over = kind.sums(slot[row[hits]], rule[hits], np.minimum(value[hits], 1.0), len(heads))
            out += over[where]
        return out


def _logged_counts(sentence: Ints, rule: Ints) -> tuple[Ints, Ints, Floats]:
    """Sentence, rule and log(1 + number of hits) of each distinct pair, ordered by sentence.

    Args:
        sentence: sentence of each hit, ascending.
        rule: rule of each hit.
    """
    order = np.argsort(rule.astype(np.uint16), kind="stable")
    sorted_sentence, sorted_rule = sentence.take(order), rule.take(order)
    new = firsts(sorted_sentence * (int(rule.max(initial=0)) + 1) + sorted_rule)
    number = np.zeros(len(rule), dtype=np.int64)
    number[order.take(new)] = steps(np.append(new, len(rule)), 0)[1:]
    kept = where(number)
    return sentence[kept], rule[kept], np.log1p(number[kept])
