"""A normal form of the text for matching and features: same length, so every offset stays true."""

from __future__ import annotations

from formalism_nlp.analysis.characters import code_points, read

__all__ = ["code_points", "normalise"]


def normalise(text: str) -> str:
    """Fold width, script variant and surrogates, one code point for one; see ``characters.read``.

    Returns:
        A string with ``len(normalise(text)) == len(text)``.
    """
    return read(text)[0].tobytes().decode("utf-32-le")
