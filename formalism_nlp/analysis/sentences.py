"""Sentence spans that tile the text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formalism_nlp.analysis.characters import BREAK, CLOSER, SPACE, TERMINATOR, Ints, Kinds, fold
from formalism_nlp.analysis.spans import Runs, firsts, having, lengths, steps, where, with_last
from formalism_nlp.values.document import Span


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences of some documents whose texts stand one behind the other with one character between them.

    ``start`` and ``end`` are their spans; document ``d`` has those from ``first[d]`` up to ``first[d + 1]``.
    """

    start: Ints
    end: Ints
    first: Ints

    @property
    def document(self) -> Ints:
        """Number of the document of each sentence."""
        return np.arange(len(self.first) - 1).repeat(lengths(self.first))


def find_sentences(kinds: Kinds, starts: Ints, ends: Ints) -> Sentences:
    """Split at 。！？； and line breaks; closing quotes and brackets stay with the sentence, and so does white space behind it.

    A run of terminators keeps the closers behind it; white space before the first sentence belongs to it. It is what
    ``[。！？；]+[closers]*\\s*`` and ``[line breaks]\\s*`` find behind the white space a text begins with.

    Args:
        kinds: of the raw texts (``characters.fold``), with one character between two of them.
        starts, ends: where each text stands.
    """
    size = len(kinds)
    padded = with_last(kinds, np.uint16(0))
    padded[ends] = 0  # what stands between the texts is nothing of theirs
    space = having(padded, SPACE)
    spaces = Runs(space)
    terminator = having(padded, TERMINATOR)
    at = terminator[where(steps(with_last(terminator, size + 1), -1)[1:] > 1)] + 1
    if (padded.take(at) & CLOSER).any():
        at = Runs(having(padded, CLOSER)).end_at(at)
    breaks = space[having(padded.take(space), BREAK)]
    at = spaces.end_at(np.concatenate([at, breaks]))
    leading = spaces.end_at(starts)
    for visible in leading[leading > starts].tolist():
        at = at[at != visible]
    at = np.concatenate([at, ends[ends > starts]])
    at.sort()
    at = at[firsts(at)]
    start = np.concatenate([np.zeros(min(len(at), 1), dtype=np.int64), at[:-1]])
    first = at.searchsorted(starts, side="right")
    begins = first[ends > starts]
    start[begins] = starts[ends > starts]
    return Sentences(start, at, with_last(first, len(at)))


def blocks(sizes: Ints, most: int) -> list[tuple[int, int]]:
    """Cut sentences into ranges ``(first, last)`` of at most ``most`` characters, or one longer sentence; one empty range if none.

    Args:
        sizes: characters of each sentence.
        most: a range that holds more than one sentence has no more characters than this.
    """
    reach = sizes.cumsum()
    out, first, passed = [], 0, 0
    while first < len(sizes):
        last = max(first + 1, int(reach.searchsorted(passed + most, side="right")))
        out.append((first, last))
        first, passed = last, int(reach[last - 1])
    return out or [(0, 0)]


def split_sentences(text: str) -> list[Span]:
    """Split one text into sentences, see ``find_sentences``.

    Args:
        text: any string, surrogates included.

    Returns:
        Spans that tile the text: they are not empty, the first starts at 0, each starts where the last one ended,
        and the last ends at ``len(text)``. Trailing white space belongs to the sentence before it; leading white space
        of the text to the first sentence. ``[]`` for ``""``.
    """
    sentences = find_sentences(fold(text).kinds, np.zeros(1, dtype=np.int64), np.full(1, len(text)))
    return [Span(*span) for span in zip(sentences.start.tolist(), sentences.end.tolist(), strict=True)]
