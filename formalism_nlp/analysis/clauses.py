"""Which cues stand in which clause and sentence: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.characters import CLAUSE_STOP
from formalism_nlp.analysis.cues import NAMES, CueFinder
from formalism_nlp.analysis.normal import code_points
from formalism_nlp.values.document import Span

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

COUNT = len(NAMES)  # the column behind the cue groups: an Arabic number stands in the clause
COLUMNS = (*NAMES, "count")
COLUMN = {name: i for i, name in enumerate(COLUMNS)}
_STOPS = np.array(sorted(ord(c) for c in CLAUSE_STOP), dtype=np.uint32)


@dataclass(frozen=True)
class ClauseTable:
    """Cues by clause. Clauses tile the text; none crosses a sentence.

    ``starts`` are clause starts (counted from the first sentence), ``first`` the first clause of each sentence; ``present`` (clauses, ``COLUMNS``) tells what
    stands in a clause, ``opening`` what it begins with.
    """

    starts: Ints
    first: Ints
    present: Bools
    opening: Bools

    def by_sentence(self, table: Bools) -> Bools:
        """Any over the clauses of each sentence: (clauses, k) → (sentences, k)."""
        out = np.zeros((len(self.first), table.shape[1]), dtype=bool)
        clause, column = table.nonzero()
        out[self.first.searchsorted(clause, side="right") - 1, column] = True
        return out

    def clause_of(self, position: Ints) -> Ints:
        """Number of the clause that holds each position."""
        return np.asarray(np.searchsorted(self.starts, position, side="right") - 1)


def find_clauses(text: str, spans: Sequence[Span], finder: CueFinder) -> ClauseTable:
    """Cut a text into clauses and mark the cues in each.

    Args:
        text: normalised text.
        spans: neighbouring sentences of it; only they are looked at.
        finder: the compiled cue words.
    """
    begin = spans[0].start if spans else 0
    text = text[begin : spans[-1].end] if spans else ""
    codes = code_points(text)
    sentence_starts = np.array([span.start - begin for span in spans], dtype=np.int64)
    stops = np.flatnonzero(np.isin(codes, _STOPS)) + 1
    starts = np.union1d(sentence_starts, stops[stops < len(codes)])
    shape = (len(starts), len(COLUMNS))
    nothing = np.zeros(shape, dtype=bool)
    table = ClauseTable(starts, np.searchsorted(starts, sentence_starts), nothing, nothing.copy())
    if not len(starts):
        return table
    hits = finder.find(text)
    clause = table.clause_of(hits.start)  # no cue word holds a clause stop, so a word lies in one clause
    table.present[clause, hits.group] = True
    opens = hits.start == starts[clause]
    table.opening[clause[opens], hits.group[opens]] = True
    digits = np.flatnonzero((codes >= ord("0")) & (codes <= ord("9")))
    table.present[table.clause_of(digits), COUNT] = True
    return table
