"""A normal form of the text for matching and features: same length, so every offset stays true."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.simplified import SIMPLIFIED, TRADITIONAL

_KEEP_WIDE = "，！？；：（）"
_TO_WIDE = str.maketrans("!?;:()", "！？；：（）")
_PLANE = 0x10000


@lru_cache(maxsize=1)
def _table() -> NDArray[np.uint32]:
    table = np.arange(_PLANE, dtype=np.uint32)
    for code in range(0xFF01, 0xFF5F):
        if chr(code) not in _KEEP_WIDE:
            table[code] = code - 0xFEE0
    for narrow, wide in _TO_WIDE.items():
        table[narrow] = ord(wide) if isinstance(wide, str) else wide
    table[[ord(c) for c in TRADITIONAL]] = [ord(c) for c in SIMPLIFIED]
    table[0xD800:0xE000] = 0xFFFD  # lone surrogates: no matcher takes them
    table[ord("\u3000")] = table[ord("\t")] = table[0xA0] = ord(" ")
    table[ord("％")] = ord("%")
    table.flags.writeable = False
    return table


def code_points(text: str) -> NDArray[np.uint32]:
    """Return the code points of a text as an array of ``len(text)``; lone surrogates are allowed."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def normalise(text: str) -> str:
    """Fold width, script variant and surrogates, one code point for one.

    Full-width letters, digits and signs become half-width; ``!?;:()`` become full-width as Chinese documents write them;
    a comma becomes ， unless it stands between digits; traditional characters become simplified; lone surrogates U+FFFD.

    Returns:
        A string with ``len(normalise(text)) == len(text)``.
    """
    if not text:
        return text
    codes = code_points(text).copy()
    low = codes < _PLANE
    codes[low] = _table()[codes[low]]
    comma = np.flatnonzero(codes == ord(","))
    if comma.size:
        digit = np.zeros(codes.size + 2, dtype=bool)
        digit[1:-1] = (codes >= 48) & (codes <= 57)
        codes[comma[~(digit[comma] & digit[comma + 2])]] = ord("，")
    return codes.tobytes().decode("utf-32-le")
