"""What kind of character stands at each position: one table look-up a character, for all that splits, counts or matches.

The kinds say exactly what the standard ``str`` methods and the classes of ``re`` say (``SPACE`` is ``\\s``, ``DIGIT`` is ``\\d``,
``COUNTED`` is ``\\w`` without ``_`` and with ``%‰``), so that a regular expression and an array agree on every character.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.simplified import SIMPLIFIED, TRADITIONAL

Ints = NDArray[np.int64]
Kinds = NDArray[np.uint16]
Codes = NDArray[np.unsignedinteger[Any]]  # code points, in sixteen bits if they fit

LINE_BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
TERMINATORS = "。！？；｡"  # the last is the half-width full stop U+FF61
CLOSERS = "”’」』》）)〉】〕］]\"'"
CLAUSE_STOP = "，。！？；：\n\r"
CN_DIGITS = "一二三四五六七八九十百千万亿零〇两"
CN_TENS = "十百千万亿"
TAIL_CLOSERS = "”’」』》）)"

# Of the normal form:
SPACE, DIGIT, COUNTED, LATIN, COMMA_CLASS, TAIL_CLOSER, NUMERAL, TENS, STOP, ITEM_STOP, LINE_END = (1 << i for i in range(11))
# Of the raw text, where ``!`` ends no sentence:
TERMINATOR, CLOSER, BREAK = (1 << i for i in range(11, 14))

_CLASSES = (
    (COMMA_CLASS, "，、。！？；：“”（）"),
    (TAIL_CLOSER, TAIL_CLOSERS),
    (NUMERAL, CN_DIGITS),
    (TENS, CN_TENS),
    (STOP, CLAUSE_STOP),
    (ITEM_STOP, CLAUSE_STOP + "《》"),
    (LINE_END, "\n\r"),
    (LATIN, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    (COUNTED, "%‰"),
)
_RAW_CLASSES = ((TERMINATOR, TERMINATORS), (CLOSER, CLOSERS), (BREAK, LINE_BREAKS))
_KEEP_WIDE = "，！？；：（）"
_TO_WIDE = dict(zip("!?;:()｡､｢｣", "！？；：（）。、「」", strict=True))
_PLANE = 0x10000
_BLOCK = 1 << 20  # characters folded at once, so that a long text needs no long intermediate arrays
_COMMA, _WIDE_COMMA = ord(","), ord("，")


@lru_cache(maxsize=1)
def _tables() -> tuple[NDArray[np.uint32], Kinds, Kinds]:
    """For each raw character of the plane its normal form and its kinds; and the kinds of normal characters."""
    normal = np.arange(_PLANE, dtype=np.uint32)
    for code in range(0xFF01, 0xFF5F):
        if chr(code) not in _KEEP_WIDE:
            normal[code] = code - 0xFEE0
    for narrow, wide in _TO_WIDE.items():
        normal[ord(narrow)] = ord(wide)
    normal[[ord(c) for c in TRADITIONAL]] = [ord(c) for c in SIMPLIFIED]
    normal[0xD800:0xE000] = 0xFFFD  # lone surrogates: no matcher takes them
    normal[ord("\u3000")] = normal[ord("\t")] = normal[0xA0] = ord(" ")
    normal[_COMMA] = _WIDE_COMMA
    kinds = _kinds_of([chr(code) for code in range(_PLANE)])
    for kind, characters in _CLASSES:
        kinds[[ord(c) for c in characters]] |= kind
    kinds[(kinds & SPACE) > 0] |= COMMA_CLASS
    raw = kinds[normal]
    for kind, characters in _RAW_CLASSES:
        raw[[ord(c) for c in characters]] |= kind
    for table in (normal, raw, kinds):
        table.flags.writeable = False
    return normal, raw, kinds


def _kinds_of(characters: list[str]) -> Kinds:
    """The kinds that ``str`` tells."""
    out = np.zeros(len(characters), dtype=np.uint16)
    for kind, says in ((SPACE, str.isspace), (DIGIT, str.isdecimal), (COUNTED, str.isalnum)):
        out |= np.fromiter(map(says, characters), dtype=bool, count=len(characters)) * np.uint16(kind)
    return out


def plain_kinds() -> Kinds:
    """The kinds of the characters of the plane in a normal text."""
    return _tables()[2]


def flags(characters: str) -> NDArray[np.bool_]:
    """A table that says of each code point of the plane whether it is one of the characters."""
    table = np.zeros(_PLANE, dtype=bool)
    table[[ord(character) for character in characters]] = True
    table.flags.writeable = False
    return table


def code_points(text: str) -> NDArray[np.uint32]:
    """Return the code points of a text as an array of ``len(text)``; lone surrogates are allowed."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class Folded:
    """The normal form of a text, its code points and its kinds, all of one length."""

    text: str
    codes: Codes
    kinds: Kinds

    def __len__(self) -> int:
        return len(self.codes)


def fold(text: str) -> Folded:
    """Fold a raw text, one character for one.

    Full-width letters, digits and signs become half-width; ``!?;:()`` become full-width as Chinese documents write them;
    a comma becomes ， unless it stands between digits; traditional characters become simplified; lone surrogates U+FFFD.
    """
    codes: Codes = np.empty(len(text), dtype=np.uint16)
    kinds = np.empty(len(text), dtype=np.uint16)
    for start in range(0, len(text), _BLOCK):
        part = slice(start, start + _BLOCK)
        # One character more on either side: a comma looks at its neighbours.
        before = min(start, 1)
        folded, kind = _fold(text[start - before : start + _BLOCK + 1])
        if folded.max(initial=0) >= _PLANE:
            codes = codes.astype(np.uint32, copy=False)
        codes[part] = folded[before:][: len(codes[part])]
        kinds[part] = kind[before:][: len(kinds[part])]
    return Folded("".join(_text(codes[i : i + _BLOCK]) for i in range(0, len(codes), _BLOCK)), codes, kinds)


def read(text: str) -> tuple[NDArray[np.uint32], Kinds]:
    """Normalised code points and kinds of a raw text, see ``fold``."""
    folded = fold(text)
    return folded.codes.astype(np.uint32, copy=False), folded.kinds


def _text(codes: Codes) -> str:
    return codes.astype(np.uint32, copy=False).tobytes().decode("utf-32-le")


def _fold(text: str) -> tuple[NDArray[np.uint32], Kinds]:
    codes = code_points(text)
    normal, raw, plain = _tables()
    folded, kinds = normal.take(codes, mode="clip"), raw.take(codes, mode="clip")
    (beyond,) = (codes >= _PLANE).nonzero()
    if len(beyond):
        folded[beyond] = codes[beyond]
        distinct, which = np.unique(codes[beyond], return_inverse=True)
        kinds[beyond] = _kinds_of([chr(code) for code in distinct.tolist()])[which]
    (comma,) = (codes == _COMMA).nonzero()
    if len(comma):
        padded = np.zeros(len(codes) + 2, dtype=np.uint32)
        padded[1:-1] = codes
        digit = (padded >= 48) & (padded <= 57)
        inside = comma[digit[comma] & digit[comma + 2]]
        folded[inside] = _COMMA
        kinds[inside] = plain[_COMMA]
    return folded, kinds
