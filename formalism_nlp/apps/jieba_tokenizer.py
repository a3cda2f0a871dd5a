"""A spaCy tokenizer that cuts Chinese words with jieba, from a dictionary in its own memory.

spaCy's own jieba mode uses jieba's global tokenizer: its words change when anybody in the process adds one, and it reads a cache
file in the shared temporary folder, where a planted file changes every segmentation without a word. This one does neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from spacy.tokens import Doc
from spacy.util import get_words_and_spaces, registry
from spacy.vocab import Vocab

NAME = "formalism.JiebaTokenizer.v1"


@lru_cache(maxsize=1)
def _dictionary() -> tuple[dict[str, int], int]:
    """jieba's shipped words with their frequencies, and the sum of these: read once a process (half a second), never changed."""
    import jieba

    plain = jieba.Tokenizer()
    frequencies, total = plain.gen_pfdict(plain.get_dict_file())
    return frequencies, total


class JiebaTokenizer:
    """Text → Doc, by jieba's words; the text of the Doc is the text that came in.

    Args:
        vocab: of the pipeline.
        words: own words, each taken as one token where jieba would cut it.
    """

    def __init__(self, vocab: Vocab, words: Iterable[str] = ()) -> None:
        import jieba

        self.vocab = vocab
        self._words = tuple(words)
        frequencies, total = _dictionary()
        self._jieba = jieba.Tokenizer()
        self._jieba.FREQ = dict(frequencies) if self._words else frequencies
        self._jieba.total = total
        self._jieba.initialized = True  # no look at any dictionary or cache file
        for word in self._words:
            self._jieba.add_word(word)

    def __call__(self, text: str) -> Doc:
        """Cut a text."""
        words, spaces = get_words_and_spaces([word for word in self._jieba.cut(text) if word], text)
        return Doc(self.vocab, words=words, spaces=spaces)

    def __reduce__(self) -> tuple[Any, ...]:
        # Its dictionary stays behind: another process has its own.
        return JiebaTokenizer, (self.vocab, self._words)

    # The pipeline's config holds all there is to it, so there is nothing to write; spaCy calls these when it saves and loads.
    def to_bytes(self, **_: Any) -> bytes:
        """Return nothing."""
        return b""

    def from_bytes(self, _data: bytes, **_: Any) -> JiebaTokenizer:
        """Return the tokenizer as it is."""
        return self

    def to_disk(self, _path: Any, **_: Any) -> None:
        """Write nothing."""

    def from_disk(self, _path: Any, **_: Any) -> JiebaTokenizer:
        """Return the tokenizer as it is."""
        return self


class _Make:
    """Makes the tokenizer of a pipeline; a class, so that a pipeline can be sent to another process."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self._words = words

    def __call__(self, nlp: Any) -> JiebaTokenizer:
        return JiebaTokenizer(nlp.vocab, self._words)


@registry.tokenizers(NAME)  # type: ignore[untyped-decorator]
def make_jieba_tokenizer(words: list[str] | None = None) -> _Make:
    """Tokenizer for the config of a pipeline: ``[nlp.tokenizer] @tokenizers = "formalism.JiebaTokenizer.v1"``."""
    return _Make(tuple(words or ()))
