"""Several bodies in one message, cut by the sizes that stand in its head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


def split(heads: Sequence[dict[str, Any]], whole: bytes) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Yield each head with its part of ``whole``; ``size`` of the heads are its lengths, in order."""
    at = 0
    for head in heads:
        yield head, whole[at : at + head["size"]]
        at += head["size"]
