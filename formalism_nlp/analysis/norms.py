"""Genre norms: where a document stands among others of its genre. Made by ``corpora.reference``, read by ``store``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.values.errors import FormalismError

ALL = "all"
NORMED = ("slogan_density", "trace_padding", "substance")


@dataclass(frozen=True)
class GenreNorm:
    """Sorted values of the normed indices over the reference documents of one genre.

    ``trace_mean`` is m, the mean share of ACTIVITY among achievement claims; ``size`` the number of documents.
    """

    genre: str
    size: int
    trace_mean: float
    values: Mapping[str, NDArray[np.float64]]

    def percentile(self, name: str, value: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Mid-rank percentile (0–100) of values within the genre: (below + half of the equal) / n; NaN stays NaN."""
        known = self.values[name]
        value = np.asarray(value, dtype=np.float64)
        if not len(known):
            return np.full(value.shape, np.nan)
        below = np.asarray(known.searchsorted(value))
        rank = below * (100.0 / len(known))
        equal = known.take(below, mode="clip") == value
        if np.any(equal):  # few values are: no second search for the rest
            rank[equal] = (below[equal] + known.searchsorted(value[equal], side="right")) * (50.0 / len(known))
        rank[value != value] = np.nan
        return np.asarray(rank)


@dataclass(frozen=True)
class Norms:
    """Norms of all genres; ``aliases`` maps a genre name (also a Chinese one) to the genre whose norm it uses."""

    genres: Mapping[str, GenreNorm]
    aliases: Mapping[str, str]
    version: str = ""

    def find(self, genre: str) -> GenreNorm:
        """Return the norm of a genre; that of all documents for ``""``.

        Raises:
            FormalismError: F401 when the genre is neither known nor an alias; the message lists the known ones.
        """
        name = genre or ALL
        name = self.aliases.get(name, name)
        if name not in self.genres:
            raise FormalismError("F401", genre, f"known: {', '.join(sorted({*self.genres, *self.aliases}))}")
        return self.genres[name]
