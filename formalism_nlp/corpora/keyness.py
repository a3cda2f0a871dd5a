"""Keyness: which words one group uses more than the others, by log-odds with an informative Dirichlet prior.

Monroe, Colaresi and Quinn, Fightin' Words, Political Analysis 16 (2008), eq. 15–16 and 22: the prior is what all groups together
say, so rare words need much evidence and common words none that is trivial.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from formalism_nlp.analysis.normal import normalise
from formalism_nlp.corpora.words import cut

MOST = 30
LEAST_COUNT = 5
_HAN = re.compile("[\u4e00-\u9fff]{2,}")


@dataclass(frozen=True, slots=True)
class Key:
    """A word of ``group``: log-odds ratio against all other groups (nats), its z, counts, and rates per 10,000 words."""

    group: str
    word: str
    log_odds: float
    z: float
    count: int
    other_count: int
    rate: float
    other_rate: float


def word_counts(texts: Iterable[str]) -> Counter[str]:
    """Count the words of at least two Chinese characters."""
    counts: Counter[str] = Counter()
    for text in texts:
        for clause in _HAN.findall(normalise(text)):
            counts.update(word for word in cut(clause) if len(word) > 1)
    return counts


def log_odds(
    mine: Mapping[str, int], other: Mapping[str, int], background: Mapping[str, int], mass: float
) -> dict[str, tuple[float, float]]:
    """Log-odds ratio and z of every word of the background.

    Args:
        mine, other: counts of the two sides.
        background: counts the prior is proportional to; must hold every word of both sides.
        mass: α₀, how many words the prior is worth, over 0.

    Returns:
        word → (δ, z) with δ = log odds of (y + α) in mine − the same in other, and z = δ / √(1/(y₁+α) + 1/(y₂+α)).
    """
    total = sum(background.values())
    n1, n2 = sum(mine.values()) + mass, sum(other.values()) + mass
    out = {}
    for word, seen in background.items():
        alpha = mass * seen / total
        y1, y2 = mine.get(word, 0) + alpha, other.get(word, 0) + alpha
        if n1 > y1 and n2 > y2:
            delta = math.log(y1 / (n1 - y1)) - math.log(y2 / (n2 - y2))
            out[word] = (delta, delta / math.sqrt(1 / y1 + 1 / y2))
    return out


def keyness(groups: Mapping[str, Sequence[str]], *, most: int = MOST, mass: float | None = None) -> tuple[Key, ...]:
    """Return the ``most`` key words of each group against all others together, by falling z.

    Args:
        groups: name → texts; at least two groups.
        most: words a group.
        mass: weight of the prior in words; default the mean length of a text, so the prior counts as one average document.
    """
    counts = {name: word_counts(texts) for name, texts in groups.items()}
    background: Counter[str] = sum(counts.values(), Counter())
    total, texts = sum(background.values()), sum(len(texts) for texts in groups.values())
    if not total or len(groups) < 2:
        return ()
    weight = mass if mass is not None else max(1.0, total / texts)
    out = []
    for name, mine in counts.items():
        other = background - mine
        size, rest = max(1, sum(mine.values())), max(1, sum(other.values()))
        scored = log_odds(mine, other, background, weight)
        words = [w for w, (delta, _) in scored.items() if delta > 0 and mine[w] >= LEAST_COUNT]
        for word in sorted(words, key=lambda w: (-scored[w][1], w))[:most]:
            delta, z = scored[word]
            out.append(Key(name, word, delta, z, mine[word], other[word], 1e4 * mine[word] / size, 1e4 * other[word] / rest))
    return tuple(out)
