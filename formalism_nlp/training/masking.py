"""Sentences with hidden characters: what the first pass would see of a word it does not know.

A network that always sees every n-gram learns to lean on the few that give a sentence away, and is at a loss where another
region words it otherwise. Hiding short runs of characters, others in each epoch, is dropout (Srivastava et al. 2014) of whole words,
as Iyyer et al. 2015 (ACL, deep averaging networks) do it: n-grams with a hidden character are unknown, and the others count for more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

HIDDEN = "\ue000"  # of the private use area: in no alphabet
_CODES = "utf-32-le"
_LONGEST = 3  # characters of a run: its length is 1, 2 or 3, each as likely


def masked(sentences: Sequence[str], share: float, rng: np.random.Generator) -> list[str]:
    """Hide runs of one to three characters.

    Args:
        sentences: normalised sentences.
        share: expected share of hidden characters, 0–1, where runs do not overlap: a sentence of n characters gets
            Poisson(share · n / 2) runs.
        rng: gives the places.

    Returns:
        Sentences of the same lengths.
    """
    length = np.array([len(sentence) for sentence in sentences], dtype=np.int64)
    runs = rng.poisson(share * length / ((1 + _LONGEST) / 2))
    owner = np.arange(len(sentences)).repeat(runs)
    edge = length.cumsum() - length
    start = edge[owner] + (rng.random(len(owner)) * length[owner]).astype(np.int64)
    end = np.minimum(start + rng.integers(1, _LONGEST + 1, len(owner)), (edge + length)[owner])
    codes = np.frombuffer("".join(sentences).encode(_CODES, "surrogatepass"), dtype=np.uint32).copy()
    for step in range(_LONGEST):
        codes[(start + step)[start + step < end]] = ord(HIDDEN)
    text = codes.tobytes().decode(_CODES, "surrogatepass")
    return [text[at : at + size] for at, size in zip(edge.tolist(), length.tolist(), strict=True)]
