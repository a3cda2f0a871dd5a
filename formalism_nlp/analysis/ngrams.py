"""Character n-grams as integer keys, for a whole batch of sentences at once."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.normal import code_points

_BITS = 13  # room for 8,191 characters; 4 of them fit into 52 bits
LONGEST = 4
BEGIN, END = "\x02", "\x03"
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_SPACES = re.compile(r"[\s\x00-\x1f]+")


def clean(sentence: str) -> str:
    """Return the form n-grams are taken from: no white space or control characters, each number as one ``0``, lower case."""
    return _DIGITS.sub("0", _SPACES.sub("", sentence.lower()))


def ngram_rows(
    sentences: Sequence[str], alphabet: NDArray[np.int64], longest: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Take all 1- to ``longest``-grams of each sentence, with a begin and an end mark.

    Args:
        sentences: normalised sentences, of any length.
        alphabet: table of 65,536 character numbers (1 … 8,191; 0 = not in the alphabet), see ``make_alphabet``.
        longest: 1 to 4.

    Returns:
        Two arrays of equal length: sentence number and n-gram key, once for each occurrence whose characters are all in the
        alphabet. Keys of different n-grams differ.
    """
    joined = "".join(f"{BEGIN}{clean(sentence)}{END}" for sentence in sentences)
    codes = code_points(joined)
    ids = alphabet[np.where(codes < len(alphabet), codes, 0)]
    begin = codes == ord(BEGIN)
    owner = np.cumsum(begin) - 1
    rows, keys = [], []
    key = np.zeros(len(ids), dtype=np.int64)
    alive = np.ones(len(ids), dtype=bool)
    for size in range(1, longest + 1):
        count = len(ids) - size + 1
        if count <= 0:
            break
        part = ids[size - 1 :]
        alive = alive[:count] & (part > 0)
        if size > 1:
            alive &= ~begin[size - 1 :]
        key = (key[:count] << _BITS) | part
        use = np.flatnonzero(alive)
        rows.append(owner[use])
        keys.append(key[use])
    if not rows:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(rows), np.concatenate(keys)


def make_alphabet(characters: str) -> NDArray[np.int64]:
    """Number the characters of the alphabet from 1 on (at most 8,191, BMP only).

    Raises:
        ValueError: too many characters, or one outside the BMP.
    """
    if len(characters) >= 1 << _BITS or any(ord(c) > 0xFFFF for c in characters):
        raise ValueError(f"an alphabet holds at most {(1 << _BITS) - 1} BMP characters")
    table = np.zeros(0x10000, dtype=np.int64)
    for number, character in enumerate(characters, 1):
        table[ord(character)] = number
    return table


def key_of(ngram: str, alphabet: NDArray[np.int64]) -> int:
    """Key of one n-gram string (begin and end marks included in it); all characters must be in the alphabet."""
    key = 0
    for character in ngram:
        key = (key << _BITS) | int(alphabet[ord(character)])
    return key


def text_of(key: int, characters: str) -> str:
    """The n-gram string of a key: the inverse of ``key_of``."""
    out = []
    while key:
        out.append(characters[(key & ((1 << _BITS) - 1)) - 1])
        key >>= _BITS
    return "".join(reversed(out))
