"""What rule hits add to the second pass of the model: one row of weights a hit, instead of a table of sentences by rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.features import Prepared
from formalism_nlp.analysis.linear import RowTable, logs
from formalism_nlp.analysis.spans import Bools, Ints, edges_of, firsts, lengths, where, with_last

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DenseWeights:
    """What a model does with its named features, in their order.

    ``hidden`` (features, units) is of the value less ``mean``, over ``spread``, clipped to ±``farthest``.
    """

    names: Sequence[str]
    mean: Floats
    spread: Floats
    farthest: float
    hidden: Floats


class RuleLayer:
    """The features ``rule:…`` of a model: zero almost everywhere, so their share is what zero gives plus the differences; immutable.

    Args:
        rules: ids of the rules of the lexicon, in order.
        weights: of the model; features of rules it does not know have none.
        bias: (units,) of the hidden layer.
    """

    def __init__(self, rules: Sequence[str], weights: DenseWeights, bias: Floats) -> None:
        position = {name: i for i, name in enumerate(weights.names)}
        at = np.array([position.get(f"rule:{rule}", -1) for rule in rules], dtype=np.int64)
        used = at >= 0
        self._used = used
        hidden = np.where(used[:, None], weights.hidden[at], 0.0)
        self._hidden = RowTable(hidden)
        self._mean, self._spread = weights.mean[at], weights.spread[at]
        self._farthest = weights.farthest
        self._zero = np.clip(-self._mean / self._spread, -self._farthest, self._farthest)
        self.base = bias + self._zero @ hidden
        """Inputs of the hidden units, with their bias, of a sentence without rule hits."""

    def add_hidden(self, out: Floats, prepared: Prepared, rows: slice) -> None:
        """Add what the rule hits give to the inputs of the hidden units, besides ``base``, of some sentences."""
        row, rule, value = _values(prepared, rows, self._used)
        standard = (value - self._mean.take(rule)) / self._spread.take(rule)
        np.minimum(np.maximum(standard, -self._farthest, out=standard), self._farthest, out=standard)
        standard -= self._zero.take(rule)
        self._hidden.add(out, rule, edges_of(row, len(out)), standard)


def _values(prepared: Prepared, rows: slice, used: Bools) -> tuple[Ints, Ints, Floats]:
    """Row, rule and value of the features that some sentences have, of rules in use; rows count from the first of them."""
    low, high = prepared.hit_sentence.searchsorted((rows.start, rows.stop)).tolist()
    row, rule, number = counts_by_sentence(prepared.hit_sentence[low:high] - rows.start, prepared.found.rule[low:high])
    own = where(used.take(rule))
    return row.take(own), rule.take(own), logs(number.take(own))


def counts_by_sentence(sentence: Ints, rule: Ints) -> tuple[Ints, Ints, Ints]:
    """Sentence, rule and number of hits of each distinct pair, ordered by sentence, then by rule.

    Args:
        sentence: sentence of each hit; fastest if they ascend.
        rule: rule of each hit, from 0 on.
    """
    bits = int(np.maximum.reduce(rule, initial=0)).bit_length()
    key = sentence << bits | rule
    key.sort(kind="stable")  # short stretches put in order
    new = firsts(key)
    pair = key.take(new)
    return pair >> bits, pair & ((1 << bits) - 1), lengths(with_last(new, len(key)))
