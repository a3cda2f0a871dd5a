"""Reuse 雷同: what a document shares with its peers, with last year's report, with a parent document, and with itself.

Exact reuse counts characters in stretches of at least ``least`` counted characters (letters, characters, digits; white space and
punctuation do not count, width and script variant are folded) that stand letter for letter elsewhere. Near reuse counts sentences
whose character bigrams mostly stand in one sentence of another document. Both are near linear in the size of the corpus.

Sources: boilerplate, stickiness and redundancy after Dyer, Lang and Stice-Lawrence, J. Account. Econ. 2017; containment after
Broder 1997. A high share says that wording was copied, not that anyone did wrong: laws and set titles are quoted by everybody.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.sentences import split_sentences
from formalism_nlp.corpora import grams, near
from formalism_nlp.corpora.grams import Flags, Ints, Standing, Stream
from formalism_nlp.values.errors import FormalismError

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
LEAST = 16  # about eight words: shorter agreement is mostly idiom and names
SIMILARITY = 0.5
COMMON_SHARE, COMMON_LEAST = 0.3, 3
_SHORTEST_SENTENCE = 12
_COPIED = 0.8  # share of a sentence that stands elsewhere letter for letter
_MATRIX_LIMIT = 400


@dataclass(frozen=True, slots=True, order=True)
class Match:
    """A passage of ``target`` that also stands in ``source``: half-open raw offsets into both texts.

    ``characters`` counts the target's letters, characters and digits; ``similarity`` is 1 for an exact match, else the Jaccard
    index of character bigrams; ``relation`` is ``"peer"`` (the first document in order that has it), ``"earlier"`` or ``"parent"``.
    """

    target: str
    start: int
    end: int
    source: str
    source_start: int
    source_end: int
    characters: int
    similarity: float = 1.0
    relation: Literal["peer", "earlier", "parent"] = "peer"


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch that many documents share: its text and place where it stands first, and how many documents hold all of it."""

    text: str
    source: str
    start: int
    end: int
    characters: int
    documents: int


@dataclass(frozen=True, slots=True)
class DocumentReuse:
    """Shares (0–1) of one document's counted characters; NaN when there is nothing to compare.

    ``shared``: stand letter for letter in another document; ``common``: in at least a given share of the documents (boilerplate);
    ``near``: in sentences that nearly stand in another document and are not ``shared``; ``repeated``: stood before in this
    document; ``stickiness``: stand in the named earlier document; ``containment``: stand in the named parent document.
    """

    name: str
    characters: int
    shared: float
    common: float
    near: float
    repeated: float
    stickiness: float = math.nan
    containment: float = math.nan
    earlier: str = ""
    parent: str = ""


@dataclass(frozen=True)
class ReuseReport:
    """Result of ``find_reuse``: documents in the given order, matches by target and start, passages by reach."""

    documents: tuple[DocumentReuse, ...]
    matches: tuple[Match, ...]
    passages: tuple[Passage, ...]
    least: int
    similarity: float

    def of(self, name: str) -> tuple[Match, ...]:
        """Matches whose target is ``name``."""
        return tuple(match for match in self.matches if match.target == name)

    def to_frame(self) -> pd.DataFrame:
        """One row a document, the fields of ``DocumentReuse``."""
        import pandas as pd

        return pd.DataFrame([{f: getattr(d, f) for f in DocumentReuse.__dataclass_fields__} for d in self.documents])

    def matches_frame(self) -> pd.DataFrame:
        """One row a match, the fields of ``Match``."""
        import pandas as pd

        fields = list(Match.__dataclass_fields__)
        return pd.DataFrame([{f: getattr(m, f) for f in fields} for m in self.matches], columns=fields)


def find_reuse(
    texts: Mapping[str, str] | Sequence[str],
    *,
    earlier: Mapping[str, str] | None = None,
    parents: Mapping[str, str] | None = None,
    references: Mapping[str, str] | None = None,
    least: int = LEAST,
    similarity: float = SIMILARITY,
    common: float = COMMON_SHARE,
) -> ReuseReport:
    """Measure reuse over documents, oldest first: a match names the first document in this order that holds the passage.

    Args:
        texts: name → text, or texts alone (named "0", "1" …).
        earlier: name → name of the report it should be held against (stickiness).
        parents: name → name of the document it carries out (containment).
        references: further texts that ``earlier`` and ``parents`` may name; no peers.
        least: counted characters of the shortest exact match, at least 4.
        similarity: least Jaccard index of a near match, over 0; 1 or more switches near matches off.
        common: share of the documents (and never fewer than 3) that must hold a stretch before it is boilerplate.

    Returns:
        A ReuseReport. Every match keeps the law: the counted characters of both spans agree (exact), and its target is
        ``texts[target][start:end]``.

    Raises:
        FormalismError: F110 a text is no string; F406 an unknown name in ``earlier`` or ``parents``, or a bad threshold.
    """
    named = _named(texts)
    if least < 4 or similarity <= 0 or not 0 < common <= 1:
        raise FormalismError("F406", "", f"least {least} (>= 4), similarity {similarity} (> 0), common {common} (0–1)")
    stream = grams.make_stream(named)
    standing = grams.where_standing(stream, least)
    peers = grams.covered(standing.documents >= 2, least)
    owner = stream.document
    at = np.flatnonzero((standing.documents >= 2) & (owner[standing.first] != owner))
    rows = grams.maximal_matches(stream, at, standing.first[at], least)
    near_flags, near_matches = _near(named, stream, peers, similarity)
    reach = max(COMMON_LEAST, math.ceil(common * len(named)))
    related, sticky, contained = _related(named, references or {}, earlier or {}, parents or {}, least)
    shared, near_share = _shares(stream, peers), _shares(stream, near_flags & ~peers)
    boilerplate = _shares(stream, grams.covered(standing.documents >= reach, least))
    repeated = _shares(stream, grams.covered(standing.again, least))
    documents = [
        DocumentReuse(
            name=name,
            characters=int(size),
            shared=shared[i],
            common=boilerplate[i],
            near=near_share[i],
            repeated=repeated[i],
            stickiness=sticky.get(name, math.nan),
            containment=contained.get(name, math.nan),
            earlier=(earlier or {}).get(name, ""),
            parent=(parents or {}).get(name, ""),
        )
        for i, (name, size) in enumerate(zip(stream.names, stream.sizes(), strict=True))
    ]
    matches = [_match(stream, row, "peer") for row in rows.tolist()] + near_matches + related
    position = {name: i for i, name in enumerate(named)}
    matches.sort(key=lambda m: (position[m.target], m.start, m.end, m.relation, m.source, m.source_start))
    return ReuseReport(tuple(documents), tuple(matches), _passages(named, stream, standing, rows, least), least, similarity)


def share_matrix(texts: Mapping[str, str] | Sequence[str], *, least: int = LEAST) -> tuple[tuple[str, ...], Floats]:
    """Share of each document (row) that stands in each other one (column): the numbers behind a heat map.

    Returns:
        Names, and an (n, n) array of shares 0–1 with ones on the diagonal (NaN rows for texts without characters).

    Raises:
        FormalismError: F106 for more than 400 documents, since the result itself is quadratic.
    """
    named = _named(texts)
    if len(named) > _MATRIX_LIMIT:
        raise FormalismError("F106", "", f"{len(named)} documents, the limit of a matrix is {_MATRIX_LIMIT}")
    stream = grams.make_stream(named)
    standing = grams.where_standing(stream, least)
    sizes = stream.sizes()
    out = np.full((len(named), len(named)), math.nan)
    for j in range(len(named)):
        holds = np.zeros(len(stream.codes), dtype=bool)  # grams, by their first occurrence, that stand in document j
        holds[standing.first[(stream.document == j) & (standing.documents > 0)]] = True
        flags = holds[standing.first] & (standing.documents > 0)
        out[sizes > 0, j] = stream.per_document(grams.covered(flags, least))[sizes > 0] / sizes[sizes > 0]
    np.fill_diagonal(out, np.where(sizes > 0, 1.0, math.nan))
    return stream.names, out


def _named(texts: Mapping[str, str] | Sequence[str]) -> dict[str, str]:
    pairs: Iterable[tuple[str, str]]
    pairs = texts.items() if isinstance(texts, Mapping) else ((str(i), text) for i, text in enumerate(texts))
    named = dict(pairs)
    for name, text in named.items():
        if not isinstance(text, str):
            raise FormalismError("F110", name, f"got {type(text).__name__}")
    return named


def _shares(stream: Stream, flags: Flags) -> list[float]:
    sizes = stream.sizes()
    return [float(n / size) if size else math.nan for n, size in zip(stream.per_document(flags), sizes, strict=True)]


def _match(stream: Stream, row: list[int], relation: Literal["peer", "earlier", "parent"]) -> Match:
    start, end, source = row
    size = end - start
    return Match(
        stream.names[stream.document[start]], *stream.raw(start, end),
        stream.names[stream.document[source]], *stream.raw(source, source + size), size, 1.0, relation,
    )  # fmt: skip


def _related(
    named: Mapping[str, str], references: Mapping[str, str], earlier: Mapping[str, str], parents: Mapping[str, str], least: int
) -> tuple[list[Match], dict[str, float], dict[str, float]]:
    """Matches with named documents, and the shares of stickiness and containment by target."""
    matches: list[Match] = []
    shares: dict[str, dict[str, float]] = {"earlier": {}, "parent": {}}
    asked: list[tuple[Literal["earlier", "parent"], str, str]] = [("earlier", a, b) for a, b in earlier.items()]
    asked += [("parent", a, b) for a, b in parents.items()]
    for relation, target, source in asked:
        if target not in named or (source not in named and source not in references) or source == target:
            raise FormalismError("F406", target, f"{relation}: {source!r}")
        pair = {source: named.get(source, references.get(source, "")), target: named[target]}
        share, found = _pair(grams.make_stream(pair), least)
        shares[relation][target] = share
        matches += [_match(found[0], row, relation) for row in found[1].tolist()]
    return matches, shares["earlier"], shares["parent"]


def _pair(stream: Stream, least: int) -> tuple[float, tuple[Stream, Ints]]:
    """Share of the second document of a stream that stands in the first, and the matches."""
    standing = grams.where_standing(stream, least)
    flags = (standing.documents == 2) & (stream.document == 1)
    at = np.flatnonzero(flags)
    rows = grams.maximal_matches(stream, at, standing.first[at], least)
    return _shares(stream, grams.covered(flags, least))[1], (stream, rows)


def _passages(named: Mapping[str, str], stream: Stream, standing: Standing, rows: Ints, least: int) -> tuple[Passage, ...]:
    """Distinct stretches behind the matches by documents · characters; how many hold it is the least over its grams."""
    found: dict[tuple[int, int], Passage] = {}
    for start, end, source in rows.tolist():
        key = (source, source + end - start)
        if key not in found:
            reach = int(standing.documents[start : end - least + 1].min())
            name = stream.names[stream.document[source]]
            low, high = stream.raw(*key)
            found[key] = Passage(named[name][low:high], name, low, high, end - start, reach)
    ranked = sorted(found.values(), key=lambda p: (-p.documents * p.characters, p.source, p.start, p.end))
    return tuple(ranked)


def _near(named: Mapping[str, str], stream: Stream, exact: Flags, similarity: float) -> tuple[Flags, list[Match]]:
    """Positions in sentences that nearly stand in another document, and their matches with an earlier one."""
    flags = np.zeros(len(stream.codes), dtype=bool)
    if similarity >= 1:
        return flags, []
    places: dict[bytes, list[tuple[int, int]]] = {}  # sentence → where it stands in the stream
    for number, text in enumerate(named.values()):
        for start, end in _sentence_positions(stream, number, text):
            if end - start >= _SHORTEST_SENTENCE:
                places.setdefault(stream.codes[start:end].tobytes(), []).append((start, end))
    sentences = list(places.values())
    pairs, values = near.near_pairs([stream.codes[where[0][0] : where[0][1]] for where in sentences], similarity)
    matches = []
    for (i, j), value in zip(pairs.tolist(), values.tolist(), strict=True):
        for mine, other in ((sentences[i], sentences[j]), (sentences[j], sentences[i])):
            owners = {int(stream.document[start]) for start, _ in other}
            for start, end in mine:
                flags[start:end] |= bool(owners - {int(stream.document[start])})
        (low, high), (start, end) = sentences[i][0], sentences[j][0]
        copied = exact[start:end].mean() >= _COPIED  # then the exact match tells more
        if stream.document[low] != stream.document[start] and not copied:
            matches.append(
                Match(
                    stream.names[stream.document[start]], *stream.raw(start, end),
                    stream.names[stream.document[low]], *stream.raw(low, high), end - start, round(value, 4),
                )
            )  # fmt: skip
    return flags, matches


def _sentence_positions(stream: Stream, number: int, text: str) -> list[tuple[int, int]]:
    """Stream positions of the sentences of a document that hold counted characters."""
    low, high = int(stream.starts[number]), int(stream.starts[number + 1])
    ends = np.array([span.end for span in split_sentences(text)], dtype=np.int64)
    edges = [low, *(low + np.searchsorted(stream.offsets[low:high], ends)).tolist()]
    return [(a, b) for a, b in pairwise(edges) if b > a]
