"""Words of a text by jieba, from an own tokenizer in memory: no shared state, and no cache file that someone else could plant."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jieba


@lru_cache(maxsize=1)
def tokenizer() -> jieba.Tokenizer:
    """Return a tokenizer with jieba's own dictionary; built once a process (about a second), never changed afterwards."""
    import jieba

    made = jieba.Tokenizer()
    # What initialize() does, without its cache file in the common temporary folder.
    made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    return made


def cut(text: str) -> list[str]:
    """Split into words by the dictionary alone (no guessing of new ones), so the same text always gives the same words.

    Returns:
        Words that join to ``text``.
    """
    return list(tokenizer().cut(text, HMM=False))
