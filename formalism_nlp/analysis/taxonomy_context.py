"""The second pass of the taxonomy over many sentences at once: what stands around each. Equal to ``TaxonomyModel.second_pass``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.classifier import sigmoid
from formalism_nlp.analysis.detection import CONTEXT_FEATURES, RELATIVES, RowRules
from formalism_nlp.analysis.features import Prepared
from formalism_nlp.analysis.linear import group_sums
from formalism_nlp.analysis.spans import Bools, Ints, firsts, lengths, where, with_last
from formalism_nlp.values.taxonomy import CODES, FORMS

Floats = NDArray[np.float64]

assert all(set(others) == {i // 3 * 3 + k for k in range(3)} - {i} for i, others in enumerate(RELATIVES))  # families of three
_KIND = np.repeat([0, 1], [len(FORMS), len(CODES) - len(FORMS)])


def row_hits(prepared: Prepared, part: slice, rules: RowRules) -> tuple[Bools, Ints, Ints]:
    """Find the hits of rules that carry a row in some sentences, numbered from the first of them.

    Returns:
        Where there are any, by kind (named, counted, trace; see ``detection.RuleHits``), sentence and row of ``CODES``; and
        sentence and rule (by ``RowRules.column``) of each hit.
    """
    low, high = prepared.hit_sentence.searchsorted((part.start, part.stop)).tolist()
    column, sentence = rules.column.take(prepared.found.rule[low:high]), prepared.hit_sentence[low:high] - part.start
    carrying = where(column >= 0)
    column, sentence = column.take(carrying), sentence.take(carrying)
    count = part.stop - part.start
    holds = np.zeros((3, count, len(CODES)), dtype=bool)
    holds.reshape(-1)[(rules.kind.take(column) * count + sentence) * len(CODES) + rules.code.take(column)] = True
    return holds, sentence, column


class SecondPass:
    """Its weights; immutable.

    Args:
        context: (``detection.CONTEXT_FEATURES``, 2), for forms and for remedies.
        bias: (2,).
    """

    def __init__(self, context: Floats, bias: Floats) -> None:
        self._context = dict(zip(CONTEXT_FEATURES, context[:, _KIND, None], strict=True))
        self._bias = bias[_KIND, None]

    def logits(self, logits: Floats, paragraph: Ints, text: Floats) -> Floats:
        """``TaxonomyModel.second_pass``, a feature at a time; a line holds one row of all sentences, so that sums run along it."""
        weight = self._context
        p = sigmoid(logits)
        begin = firsts(paragraph)
        edges = with_last(begin, len(paragraph))
        size = lengths(edges)
        whole = group_sums(p, edges)
        p, out = np.ascontiguousarray(p.T), np.multiply(logits.T, weight["own"], order="C")
        out += self._bias
        same = paragraph[1:] == paragraph[:-1]
        out[:, 1:] += p[:, :-1] * same * weight["previous"]
        out[:, :-1] += p[:, 1:] * same * weight["next"]
        others = np.ascontiguousarray(whole.T).repeat(size, axis=1)
        others -= p
        others *= (1.0 / np.maximum(size - 1, 1)).repeat(size)
        out += others * weight["paragraph"]
        out += _best_relatives(p) * weight["family"]
        out += (p.sum(axis=0) - p) * weight["rivals"]
        out += text[:, 0] * weight["spoken"]
        out += text[:, 1] * weight["length"]
        return np.ascontiguousarray(out.T)


def _best_relatives(p: Floats) -> Floats:
    """For each row the greatest of the other rows of its family; (``CODES``, sentences), families of three."""
    families = p.reshape(-1, 3, p.shape[1])
    out = np.empty_like(families)
    for row in range(3):
        np.maximum(families[:, row - 1], families[:, row - 2], out=out[:, row])
    return out.reshape(p.shape)
