"""Discovery 新提法: phrases of a corpus that hold together, stand free, spread over documents and came up at some time.

A candidate is a run of dictionary words inside a clause (so jieba's words are joined, never cut). Cohesion: pointwise mutual
information, the least over its splits. Freedom: branching entropy of the characters on both sides. Spread: 1 − DP of Gries (2008).
Growth: the window of years in which it is most over-used, by the scan statistic of Kulldorff (1997).
Whether a candidate is a slogan is for a person to say; ``formalism lexicon discover`` writes a draft.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.characters import CN_DIGITS
from formalism_nlp.analysis.normal import normalise
from formalism_nlp.corpora.bursts import scan
from formalism_nlp.corpora.phrases import LONGEST, SHORTEST, Phrases, Tokens, count_phrases, tokenise
from formalism_nlp.values.errors import FormalismError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LEAST_COUNT, LEAST_DOCUMENTS, MOST = 6, 3, 2000
EXAMPLES = 3
_ABSORBED = 0.9  # a phrase that mostly stands inside one longer phrase is no phrase of its own
_LEAST_ENTROPY, _LEAST_PMI = 0.6, 2.0
_WORD_OF_DICTIONARY = 4  # one word of the dictionary is a candidate only when it is at least this long
# Words at which no formula begins or ends.
_EDGES = frozenset(
    "上下与且个中为之也了于从以们会但作使做共其内则到前即去又及另各同后向和在地均外如对将就已年并应很得或所把按日时是更最月本来此每比用由的着等约给而能至若被要让该起达过还这那都里间"
).union((
    "一个", "一些", "一定", "一样", "一种", "不是", "为了", "之前", "之后", "之间", "今年",
    "他们", "以前", "以及", "以后", "以来", "但是", "你们", "关于", "其中", "去年", "可以",
    "各种", "各级", "同时", "因为", "因此", "如果", "它们", "对于", "就是", "已经", "并且",
    "应当", "很多", "必须", "我们", "或者", "所以", "所有", "按照", "方面", "时候", "明年",
    "根据", "正在", "没有", "由于", "等等", "而且", "能够", "自己", "许多", "达到", "这个",
    "这些", "这样", "这种", "通过", "那些", "那样",
))  # fmt: skip
_NUMERALS = frozenset(CN_DIGITS + "点多余几数第")
_SMALL = frozenset("0123456789%‰abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A phrase that may be a new formula.

    ``score`` (0–1) is the mean of the percentile ranks of burst, entropy, pmi and persistence; without years of pmi, entropy,
    dispersion and count. ``pmi`` and ``entropy`` (the lower of both sides) are in bits; ``dispersion`` is 0–1 (1 = spread as the
    texts are long). ``first_year`` is the first year with an occurrence; ``rise_year`` to ``last_year`` the window in which it is
    over-used, ``burst`` its log-likelihood ratio in nats; ``persistence`` the share of documents of that window that hold it.
    Without years these are None and NaN. ``by_year`` are pairs (year, count); ``examples`` are (name, start, end), raw offsets.
    ``known``: a term of the lexicon already.
    """

    text: str
    score: float
    count: int
    documents: int
    pmi: float
    entropy: float
    dispersion: float
    first_year: int | None
    rise_year: int | None
    last_year: int | None
    burst: float
    persistence: float
    by_year: tuple[tuple[int, int], ...]
    examples: tuple[tuple[str, int, int], ...]
    known: bool = False


def discover(
    texts: Mapping[str, str] | Sequence[str],
    years: Mapping[str, int] | Sequence[int] | None = None,
    known: Collection[str] = (),
    *,
    least_count: int = LEAST_COUNT,
    least_documents: int = LEAST_DOCUMENTS,
    most: int = MOST,
) -> list[Candidate]:
    """Find candidates for new formulae.

    Args:
        texts: name → text, or texts alone (named "0", "1" …).
        years: year of each text (by name, or in order); None when time plays no part.
        known: terms that are no news, e.g. those of the lexicon; they stay in the list, marked.
        least_count: occurrences a candidate needs, at least 2.
        least_documents: documents it must stand in.
        most: candidates returned.

    Returns:
        Candidates by falling score, then text.

    Raises:
        FormalismError: F110 a text is no string; F406 a year is missing or a threshold out of range.
    """
    named = dict(texts.items()) if isinstance(texts, Mapping) else {str(i): text for i, text in enumerate(texts)}
    for name, text in named.items():
        if not isinstance(text, str):
            raise FormalismError("F110", name, f"got {type(text).__name__}")
    if least_count < 2 or least_documents < 1 or most < 1:
        raise FormalismError("F406", "", f"least_count {least_count}, least_documents {least_documents}, most {most}")
    when = _years(named, years)
    tokens = tokenise(named)
    phrases = count_phrases(tokens, least_count)
    table = _occurrences(phrases, tokens)
    kept = _eligible(phrases, tokens, table, least_documents)
    if not len(kept):
        return []
    ranked = _Ranking(phrases, tokens, table, kept, when)
    order = ranked.order()[:most]
    familiar = {normalise(term) for term in known}
    return [ranked.candidate(i, list(named), familiar) for i in order]


def _years(named: Mapping[str, str], years: Mapping[str, int] | Sequence[int] | None) -> Ints | None:
    if years is None:
        return None
    if isinstance(years, Mapping):
        missing = [name for name in named if name not in years]
        values = [] if missing else [int(years[name]) for name in named]
    else:
        missing, values = ([] if len(years) == len(named) else ["years"]), [int(year) for year in years]
    if missing:
        raise FormalismError("F406", missing[0], f"no year for {len(missing)} of {len(named)} texts")
    return np.array(values, dtype=np.int64)


def _occurrences(phrases: Phrases, tokens: Tokens) -> tuple[Ints, Ints, Ints]:
    """Pairs (phrase, document) with their counts, sorted by phrase and document."""
    size = max(1, len(tokens.sizes))
    keys, counts = np.unique(phrases.which * size + phrases.document, return_counts=True)
    return keys // size, keys % size, counts


def _eligible(phrases: Phrases, tokens: Tokens, table: tuple[Ints, Ints, Ints], least_documents: int) -> Ints:
    """Numbers of the phrases that could be formulae at all."""
    documents = np.bincount(table[0], minlength=len(phrases.count))
    length = phrases.end - phrases.start
    fine = (documents >= least_documents) & (length >= SHORTEST) & (length <= LONGEST)
    fine &= (phrases.words > 1) | (length >= _WORD_OF_DICTIONARY)
    fine &= (phrases.longer < _ABSORBED * phrases.count) & (phrases.pmi >= _LEAST_PMI)
    fine &= np.minimum(phrases.left, phrases.right) >= _LEAST_ENTROPY
    kept = np.flatnonzero(fine)
    return kept[[_well_formed(tokens, phrases, i) for i in kept.tolist()]] if len(kept) else kept


def _text(tokens: Tokens, phrases: Phrases, i: int) -> str:
    return tokens.codes[phrases.start[i] : phrases.end[i]].tobytes().decode("utf-32-le")


def _well_formed(tokens: Tokens, phrases: Phrases, i: int) -> bool:
    """No function word at its edges, no digits or letters, and more than a number with its unit."""
    first = int(phrases.token[i])
    last = first + int(phrases.words[i]) - 1
    if _word(tokens, first) in _EDGES or _word(tokens, last) in _EDGES:
        return False
    text = _text(tokens, phrases, i)
    numerals = sum(c in _NUMERALS for c in text)
    return not text.startswith("百分之") and numerals <= len(text) / 2 and not any(c in _SMALL for c in text)


def _word(tokens: Tokens, i: int) -> str:
    return tokens.codes[tokens.start[i] : tokens.end[i]].tobytes().decode("utf-32-le")


class _Ranking:
    """Statistics of the eligible phrases, and their order."""

    def __init__(self, phrases: Phrases, tokens: Tokens, table: tuple[Ints, Ints, Ints], kept: Ints, years: Ints | None) -> None:
        self._phrases, self._tokens, self._kept, self._years = phrases, tokens, kept, years
        place = np.full(len(phrases.count), -1, dtype=np.int64)
        place[kept] = np.arange(len(kept))
        rows = place[table[0]]
        mine = rows >= 0
        self._row, self._document, self._number = rows[mine], table[1][mine], table[2][mine]
        self._count = phrases.count[kept].astype(float)
        share = tokens.sizes / tokens.sizes.sum()
        spread = np.minimum(self._number / self._count[self._row], share[self._document])
        self._dispersion = np.bincount(self._row, spread, minlength=len(kept))
        self._entropy = np.minimum(phrases.left[kept], phrases.right[kept])
        self._pmi = phrases.pmi[kept]
        self._edges = np.searchsorted(phrases.which, kept), np.searchsorted(phrases.which, kept, side="right")
        if years is not None:
            self._over_time(years)

    def _over_time(self, years: Ints) -> None:
        self._calendar, period = np.unique(years, return_inverse=True)
        table = np.zeros((len(self._kept), len(self._calendar)))
        np.add.at(table, (self._row, period[self._document]), self._number)
        exposure = np.bincount(period, self._tokens.sizes)
        self._table = table
        self._burst, self._low, self._high = scan(table, np.maximum(exposure, 1.0))
        at = period[self._document]
        inside = (at >= self._low[self._row]) & (at <= self._high[self._row])
        holding = np.bincount(self._row[inside], minlength=len(self._kept))
        running = np.concatenate(([0], np.cumsum(np.bincount(period, minlength=len(self._calendar)))))
        self._persistence = holding / np.maximum(1, running[self._high + 1] - running[self._low])
        # What was in use from the first year on is not new, whatever its later fate.
        self._new = self._burst * (self._low > 0)

    def order(self) -> list[int]:
        """Numbers of the candidates by falling score, then text."""
        if self._years is None:
            parts = [self._pmi, self._entropy, self._dispersion, self._count]
        else:
            parts = [self._new, self._new, self._entropy, self._pmi, self._persistence]
        self._score = np.mean([_ranks(part) for part in parts], axis=0)
        texts = [_text(self._tokens, self._phrases, i) for i in self._kept.tolist()]
        return sorted(range(len(texts)), key=lambda i: (-self._score[i], texts[i]))

    def candidate(self, i: int, names: list[str], familiar: Collection[str]) -> Candidate:
        """The value of candidate ``i``."""
        number = int(self._kept[i])
        text = _text(self._tokens, self._phrases, number)
        low, high = int(self._edges[0][i]), int(self._edges[1][i])
        first: int | None = None
        rise: int | None = None
        last: int | None = None
        by_year: tuple[tuple[int, int], ...] = ()
        if self._years is not None:
            row = self._table[i].astype(int).tolist()
            by_year = tuple((int(year), n) for year, n in zip(self._calendar, row, strict=True) if n)
            first, rise, last = by_year[0][0], int(self._calendar[self._low[i]]), int(self._calendar[self._high[i]])
        return Candidate(
            text=text,
            score=round(float(self._score[i]), 6),
            count=int(self._count[i]),
            documents=int((self._row == i).sum()),
            pmi=float(self._pmi[i]),
            entropy=float(self._entropy[i]),
            dispersion=float(self._dispersion[i]),
            first_year=first,
            rise_year=rise,
            last_year=last,
            burst=float(self._burst[i]) if self._years is not None else math.nan,
            persistence=float(self._persistence[i]) if self._years is not None else math.nan,
            by_year=by_year,
            examples=self._examples(low, high, len(text), names),
            known=text in familiar,
        )

    def _examples(self, low: int, high: int, size: int, names: list[str]) -> tuple[tuple[str, int, int], ...]:
        """The first occurrence in each of the first documents that hold it."""
        documents, at = self._phrases.document[low:high], self._phrases.at[low:high]
        _, firsts = np.unique(documents, return_index=True)
        out = []
        for k in firsts[:EXAMPLES].tolist():
            start = int(at[k] - self._tokens.origin[documents[k]])
            out.append((names[int(documents[k])], start, start + size))
        return tuple(out)


def _ranks(values: Floats) -> Floats:
    """Mid-rank percentiles, 0–1."""
    ordered = np.sort(values)
    return np.asarray((np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / (2 * len(values)))
