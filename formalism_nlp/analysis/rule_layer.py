"""What rule hits add to the two passes of the model: one row of weights a hit, instead of a table of sentences by rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.features import Prepared
from formalism_nlp.analysis.linear import RowTable, logs
from formalism_nlp.analysis.spans import Bools, Ints, distinct, firsts, steps, where, with_last

Floats = NDArray[np.float64]
_SENTENCES = 1 << 14  # looked at together


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
        self.in_first = bool(np.any(first))
        self.base = self._zero @ hidden

    def add_first(self, row: Ints, rule: Ints, value: Floats, table: Floats) -> None:
        """Add up hits into a table of the outputs of the first pass.

        Args:
            row: row of each hit, ascending.
            rule: its rule.
            value: value of its feature.
            table: of all rows, changed.
        """
        begin = firsts(row)
        table[row.take(begin)] += self._first.sums(rule, begin, value)

    def add_hidden(self, row: Ints, rule: Ints, value: Floats, table: Floats) -> None:
        """The same into a table of the hidden units of the second pass."""
        begin = firsts(row)
        standard = (value - self._mean.take(rule)) / self._spread.take(rule)
        np.minimum(np.maximum(standard, -self._farthest, out=standard), self._farthest, out=standard)
        standard -= self._zero.take(rule)
        table[row.take(begin)] += self._hidden.sums(rule, begin, standard)


class RuleLayer:
    """The features ``rule:…``, ``section:…`` and ``subsection:…`` of a model; immutable.

    Args:
        rules: ids of the rules of the lexicon, in order.
        weights: of the model; features of rules it does not know have none.
        bias: (units,) of the hidden layer.
    """

    def __init__(self, rules: Sequence[str], weights: DenseWeights, bias: Floats) -> None:
        self._own = _Kind("rule", rules, weights)
        above = {name: _Kind(name, rules, weights) for name in ("section", "subsection")}
        self._above = {name: kind for name, kind in above.items() if kind.used.any()}  # most models look at no headings
        self._outputs = weights.first.shape[1]
        self._base = bias + self._own.base + sum(kind.base for kind in above.values())

    def sums(self, prepared: Prepared) -> RuleSums:
        """What the rule hits give each sentence."""
        count = len(prepared.weights)
        first = np.zeros((count, self._outputs))
        if self._own.in_first:
            for start in range(0, count, _SENTENCES):
                rows = slice(start, min(start + _SENTENCES, count))
                self._own.add_first(*_values(prepared, rows, self._own.used), first[rows])
        over = []
        for name, kind in self._above.items():
            heads, above = distinct(getattr(prepared.place, name), count)
            slot = np.full(count + 1, -1, dtype=np.int64)
            slot[heads] = np.arange(len(heads))  # -1 (no heading) writes the spare last slot
            hits = where((slot.take(prepared.hit_sentence) >= 0) & kind.used.take(prepared.found.rule))
            sentence, rule, number = counts_by_sentence(prepared.hit_sentence.take(hits), prepared.found.rule.take(hits))
            value = np.minimum(logs(number), 1.0)
            first_over, hidden_over = np.zeros((len(heads), self._outputs)), np.zeros((len(heads), len(self._base)))
            kind.add_first(slot.take(sentence), rule, value, first_over)
            kind.add_hidden(slot.take(sentence), rule, value, hidden_over)
            first += first_over.take(above, axis=0)
            over.append((hidden_over, above))
        return RuleSums(first, prepared, self._own, self._base, over)


class RuleSums:
    """What the rule hits of some documents give each sentence.

    ``first`` are first-pass logits. The inputs of the hidden units are many: ``hidden`` makes them for some sentences at a time.
    """

    def __init__(self, first: Floats, prepared: Prepared, own: _Kind, base: Floats, over: Sequence[tuple[Floats, Ints]]) -> None:
        self.first = first
        self._prepared, self._own, self._base, self._over = prepared, own, base, over

    def hidden(self, rows: slice) -> Floats:
        """Inputs of the hidden units, with their bias, of some sentences."""
        out = self._base[None, :].repeat(rows.stop - rows.start, axis=0)
        self._own.add_hidden(*_values(self._prepared, rows, self._own.used), out)
        for table, above in self._over:
            out += table.take(above[rows], axis=0)
        return out


def _values(prepared: Prepared, rows: slice, used: Bools) -> tuple[Ints, Ints, Floats]:
    """Row, rule and value of the features that some sentences have, of rules in use; rows count from the first of them."""
    low, high = prepared.hit_sentence.searchsorted((rows.start, rows.stop)).tolist()
    row, rule, number = counts_by_sentence(prepared.hit_sentence[low:high] - rows.start, prepared.found.rule[low:high])
    own = where(used.take(rule))
    return row.take(own), rule.take(own), logs(number.take(own))


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
