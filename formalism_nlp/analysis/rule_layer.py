"""What rule hits add to the two passes of the model: one row of weights a hit, instead of a table of sentences by rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.features import Prepared
from formalism_nlp.analysis.linear import RowTable, logs
from formalism_nlp.analysis.spans import Ints, distinct, firsts, steps, where, with_last

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
        used = at >= 0
        self.used = used
        first, hidden = (np.where(used[:, None], table[at], 0.0) for table in (weights.first, weights.hidden))
        self._first, self._hidden = RowTable(first), RowTable(hidden)
        self._mean, self._spread = weights.mean[at], weights.spread[at]
        self._farthest = weights.farthest
        self._zero = np.clip(-self._mean / self._spread, -self._farthest, self._farthest)
        self._in_first = bool(np.any(first))
        self.base = self._zero @ hidden

    def add(self, row: Ints, rule: Ints, value: Floats, first: Floats, hidden: Floats) -> None:
        """Add up hits into two tables, of the outputs of the first pass and of the hidden units of the second.

        Args:
            row: row of each hit, ascending.
            rule: its rule.
            value: value of its feature.
            first, hidden: tables of all rows, changed.
        """
        begin = firsts(row)
        at = row.take(begin)
        standard = np.clip((value - self._mean.take(rule)) / self._spread.take(rule), -self._farthest, self._farthest)
        hidden[at] += self._hidden.sums(rule, begin, standard - self._zero.take(rule))
        if self._in_first:
            first[at] += self._first.sums(rule, begin, value)


class RuleLayer:
    """The features ``rule:…``, ``section:…`` and ``subsection:…`` of a model; immutable.

    Args:
        rules: ids of the rules of the lexicon, in order.
        weights: of the model; features of rules it does not know have none.
        bias: (units,) of the hidden layer.
    """

    def __init__(self, rules: Sequence[str], weights: DenseWeights, bias: Floats) -> None:
        self._own, self._section, self._subsection = (_Kind(kind, rules, weights) for kind in ("rule", "section", "subsection"))
        self._outputs = weights.first.shape[1]
        self._base = bias + self._own.base + self._section.base + self._subsection.base

    def sums(self, prepared: Prepared) -> tuple[Floats, Floats]:
        """What the rule hits give each sentence: first-pass logits, and inputs of the hidden units with their bias."""
        row, rule, number = counts_by_sentence(prepared.hit_sentence, prepared.found.rule)
        value = logs(number)
        count = len(prepared.weights)
        first, hidden = np.zeros((count, self._outputs)), self._base[None, :].repeat(count, axis=0)
        own = where(self._own.used.take(rule))
        self._own.add(row.take(own), rule.take(own), value.take(own), first, hidden)
        for kind, heading in ((self._section, prepared.place.section), (self._subsection, prepared.place.subsection)):
            heads, above = distinct(heading, count)
            slot = np.full(count + 1, -1, dtype=np.int64)
            slot[heads] = np.arange(len(heads))  # -1 (no heading) writes the spare last slot
            hits = where(kind.used.take(rule))
            hits = hits[where(slot[row[hits]] >= 0)]
            over_first, over_hidden = np.zeros((len(heads), self._outputs)), np.zeros((len(heads), hidden.shape[1]))
            kind.add(slot[row[hits]], rule[hits], np.minimum(value[hits], 1.0), over_first, over_hidden)
            first += over_first.take(above, axis=0)
            hidden += over_hidden.take(above, axis=0)
        return first, hidden


def counts_by_sentence(sentence: Ints, rule: Ints) -> tuple[Ints, Ints, Ints]:
    """Sentence, rule and number of hits of each distinct pair, ordered by sentence.

    Args:
        sentence: sentence of each hit, ascending.
        rule: rule of each hit.
    """
    order = np.argsort(rule.astype(np.uint16), kind="stable")
    sorted_sentence, sorted_rule = sentence.take(order), rule.take(order)
    new = firsts(sorted_sentence * (int(rule.max(initial=0)) + 1) + sorted_rule)
    number = np.zeros(len(rule), dtype=np.int64)
    number[order.take(new)] = steps(with_last(new, len(rule)), 0)[1:]
    kept = where(number)
    return sentence[kept], rule[kept], number[kept]
