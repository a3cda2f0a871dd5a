"""Both passes of the taxonomy over many sentences at once, besides cues and single rules: what all rows share, and what is around.

Equal to ``detection.detection_features`` and ``taxonomy.second_pass`` with their weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.classifier import sigmoid
from formalism_nlp.analysis.detection import CONTEXT_FEATURES, RELATIVES, SHARED, RowRules
from formalism_nlp.analysis.features import Prepared
from formalism_nlp.analysis.linear import group_sums, logs
from formalism_nlp.analysis.spans import Bools, Ints, firsts, lengths, where, with_last
from formalism_nlp.values.taxonomy import CODES, FORMS

Floats = NDArray[np.float64]

assert all(set(others) == {i // 3 * 3 + k for k in range(3)} - {i} for i, others in enumerate(RELATIVES))  # families of three
_KIND = np.repeat([0, 1], [len(FORMS), len(CODES) - len(FORMS)])


@dataclass(frozen=True)
class RowHits:
    """Hits of rules that carry a row, by kind (named, counted, trace; see ``detection.RuleHits``), sentence and row.

    ``holds`` (kinds, sentences, ``CODES``) tells where there are any; ``cell`` are those places in it, laid out flat, and
    ``number`` how many hits each has.
    """

    cell: Ints
    number: Ints
    holds: Bools

    def of(self, kind: int) -> tuple[Ints, Ints]:
        """Places of one kind, counted from its first, and their numbers."""
        size = self.holds[0].size
        first, last = self.cell.searchsorted((kind * size, (kind + 1) * size)).tolist()
        return self.cell[first:last] - kind * size, self.number[first:last]


def row_hits(prepared: Prepared, part: slice, rules: RowRules) -> tuple[RowHits, Ints, Ints]:
    """Find the hits of rules that carry a row in some sentences, numbered from the first of them.

    Returns:
        Them by kind, sentence and row; and sentence and rule (by ``RowRules.column``) of each hit.
    """
    low, high = prepared.hit_sentence.searchsorted((part.start, part.stop)).tolist()
    column, sentence = rules.column.take(prepared.found.rule[low:high]), prepared.hit_sentence[low:high] - part.start
    carrying = where(column >= 0)
    column, sentence = column.take(carrying), sentence.take(carrying)
    count = part.stop - part.start
    cell = (rules.kind.take(column) * count + sentence) * len(CODES) + rules.code.take(column)
    cell.sort()
    begin = firsts(cell)
    number = lengths(with_last(begin, len(cell)))
    cell = cell.take(begin)
    holds = np.zeros((3, count, len(CODES)), dtype=bool)
    holds.reshape(-1)[cell] = True
    return RowHits(cell, number, holds), sentence, column


class RowPasses:
    """The weights of both passes; immutable.

    Args:
        shared: (``detection.SHARED``, ``CODES``).
        context: (``detection.CONTEXT_FEATURES``, 2), for forms and for remedies.
        bias: (2,) of the second pass.
    """

    def __init__(self, shared: Floats, context: Floats, bias: Floats) -> None:
        self._shared = dict(zip(SHARED, shared, strict=True))
        self._context = dict(zip(CONTEXT_FEATURES, context[:, _KIND, None], strict=True))
        self._bias = bias[_KIND, None]

    def add_shared(self, logits: Floats, hits: RowHits, paragraph: Ints, active: Floats, above: Bools) -> None:
        """Add what the features all rows share (``detection.SHARED``) give: nearly all of them are zero nearly everywhere."""
        weight, flat = self._shared, logits.reshape(-1)
        at, number = hits.of(0)
        code = at % len(CODES)
        flat[at] += weight["hits"].take(code) + logs(number - 1) * weight["more_hits"].take(code)
        for kind, name in ((1, "counted"), (2, "trace")):
            more, number = hits.of(kind)
            code = more % len(CODES)
            times = active.take(more // len(CODES))
            flat[more] += logs(number) * (weight[name].take(code) + times * weight[f"{name}·p:ACTIVITY"].take(code))
        _add_where(flat, above, weight["above"])
        if len(at):
            named = hits.holds[0]
            same = (paragraph[1:] == paragraph[:-1])[:, None]
            near = np.zeros_like(named)
            near[1:] = named[:-1] & same
            near[:-1] |= named[1:] & same
            _add_where(flat, near, weight["near"])
            _add_where(flat, _others_hold(named, paragraph, at), weight["paragraph"])

    def second(self, logits: Floats, paragraph: Ints, text: Floats) -> Floats:
        """``taxonomy.second_pass``, a feature at a time; a line holds one row of all sentences, so that sums run along it."""
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


def _add_where(flat: Floats, mask: Bools, weight: Floats) -> None:
    """Add the weight of its row to each number, (sentences, ``CODES``) laid out flat, at which the mask is true."""
    at = where(mask.reshape(-1))
    flat[at] += weight.take(at % len(CODES))


def _others_hold(named: Bools, paragraph: Ints, at: Ints) -> Bools:
    """Whether another sentence of the paragraph has a named hit of each row; ``at`` are the places of those that have."""
    begin = firsts(paragraph)
    size = lengths(with_last(begin, len(paragraph)))
    line = np.arange(len(begin)).repeat(size).take(at // len(CODES))
    number = np.bincount(line * len(CODES) + at % len(CODES), minlength=len(begin) * len(CODES))
    several = np.minimum(number, 2).astype(np.int8).reshape(len(begin), len(CODES))
    return np.asarray(several.repeat(size, axis=0) > named)


def _best_relatives(p: Floats) -> Floats:
    """For each row the greatest of the other rows of its family; (``CODES``, sentences), families of three."""
    families = p.reshape(-1, 3, p.shape[1])
    out = np.empty_like(families)
    for row in range(3):
        np.maximum(families[:, row - 1], families[:, row - 2], out=out[:, row])
    return out.reshape(p.shape)
