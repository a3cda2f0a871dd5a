"""Make genre norms from the scored documents of a reference corpus."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from formalism_nlp.analysis.indices import Sums, plain_values, trace_share
from formalism_nlp.analysis.norms import ALL, NORMED, GenreNorm, Norms

LEAST_DOCUMENTS = 10


def make_norms(documents: Iterable[tuple[str, Sums]], aliases: Mapping[str, str]) -> Norms:
    """Compute the norms of each genre and of all documents together.

    Args:
        documents: (genre, paragraph sums) of each reference document.
        aliases: genre name → genre whose norm it uses; targets with too few documents fall back to ``all``.

    Returns:
        Norms of the genres with at least ``LEAST_DOCUMENTS`` documents, and of ``all``. m is the mean of the unsmoothed
        trace shares of the genre's documents that claim achievements at all.
    """
    groups: dict[str, list[Sums]] = {ALL: []}
    for genre, sums in documents:
        groups[ALL].append(sums)
        groups.setdefault(aliases.get(genre, genre), []).append(sums)
    genres = {name: _norm(name, members) for name, members in groups.items() if len(members) >= LEAST_DOCUMENTS or name == ALL}
    known = {alias: target if target in genres else ALL for alias, target in aliases.items() if alias not in genres}
    small = {name: ALL for name in groups if name not in genres}
    return Norms(genres, {**small, **known})


def _norm(name: str, members: list[Sums]) -> GenreNorm:
    shares = [share for share in map(trace_share, members) if not math.isnan(share)]
    mean = float(np.mean(shares)) if shares else 0.5
    rows = [plain_values(sums, mean) for sums in members]
    values = {index: np.sort([row[index] for row in rows if not math.isnan(row[index])]) for index in NORMED}
    return GenreNorm(name, len(members), round(mean, 6), values)
