"""Sentence spans that tile the text."""

from __future__ import annotations

import re

from formalism_nlp.values.document import Span

LINE_BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
TERMINATORS = "。！？；"
CLOSERS = "”’」』》）)〉】〕］]\"'"
# A run of terminators keeps the closing quotes and brackets behind it; white space behind a sentence belongs to it,
# so that the next one starts at its first visible character.
_END = re.compile(f"(?:[{TERMINATORS}]+[{re.escape(CLOSERS)}]*|[{LINE_BREAKS}])\\s*")


def split_sentences(text: str) -> list[Span]:
    """Split at 。！？； and line breaks; closing quotes and brackets stay with the sentence.

    Args:
        text: any string, surrogates included.

    Returns:
        Spans that tile the text: they are not empty, the first starts at 0, each starts where the last one ended,
        and the last ends at ``len(text)``. Trailing white space belongs to the sentence before it; leading white space
        of the text to the first sentence. ``[]`` for ``""``.
    """
    spans: list[Span] = []
    start = 0
    visible = len(text) - len(text.lstrip())
    for match in _END.finditer(text, visible):
        spans.append(Span(start, match.end()))
        start = match.end()
    if start < len(text):
        spans.append(Span(start, len(text)))
    return spans
