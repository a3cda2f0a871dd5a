"""A normal form of the text for matching and features: same length, so every offset stays true."""

from __future__ import annotations

from formalism_nlp.analysis.characters import code_points, fold

__all__ = ["code_points", "normalise"]


def normalise(text: str) -> str:
    """Fold width, script variant and surrogates, one code point for one; see ``characters.fold``.

    Returns:
        A string with ``len(normalise(text)) == len(text)``.
    """
    return fold(text).text
