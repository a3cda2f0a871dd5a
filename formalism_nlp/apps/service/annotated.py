"""What ``/v2/check`` is sent: plain text, or pieces of text and markup whose offsets the answer must count in."""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from formalism_nlp.values.errors import FormalismError
from formalism_nlp.views.languagetool import LANGUAGES, Choice

_KNOWN = frozenset({"auto", *(language[key] for language in LANGUAGES for key in ("code", "longCode"))})


@dataclass(frozen=True, slots=True)
class Annotated:
    """``plain`` is scored; ``full`` is what offsets of the answer count in.

    ``pieces`` holds, in order, (start in plain, start in full, length in full) of each piece that gives plain text.
    """

    plain: str
    full: str
    pieces: tuple[tuple[int, int, int], ...]

    def place(self, offset: int) -> int:
        """Offset in ``full`` of the character at ``offset`` of ``plain``; what stands for markup falls on the markup."""
        start, at, length = self.pieces[bisect_right(self.pieces, offset, key=lambda piece: piece[0]) - 1]
        return at + min(offset - start, length - 1)


def from_fields(fields: dict[str, str]) -> Annotated:
    """Read the fields ``text`` or ``data`` of a form.

    Raises:
        FormalismError: F501 neither or both, or ``data`` is not as the LanguageTool API says; unknown language.
    """
    language = fields.get("language", "")
    if language not in _KNOWN:
        raise FormalismError("F501", "language", f"one of {', '.join(sorted(_KNOWN))}")
    if ("text" in fields) == ("data" in fields):
        raise FormalismError("F501", "text, data", "give one of both")
    if "text" in fields:
        text = fields["text"]
        return Annotated(text, text, ((0, 0, len(text)),))
    return _from_data(fields["data"])


def _from_data(raw: str) -> Annotated:
    try:
        data: Any = json.loads(raw)
        pieces = data["annotation"]
        if not isinstance(pieces, list):
            raise TypeError
        pairs = [_piece(piece) for piece in pieces]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FormalismError("F501", "data", f"not the annotation of the LanguageTool API ({type(error).__name__})") from None
    plain: list[str] = []
    full: list[str] = []
    places: list[tuple[int, int, int]] = []
    in_plain = in_full = 0
    for read, written in pairs:
        if read and written:
            places.append((in_plain, in_full, len(written)))
        plain.append(read if written else "")
        full.append(written)
        in_plain += len(plain[-1])
        in_full += len(written)
    return Annotated("".join(plain), "".join(full), tuple(places))


def _piece(piece: dict[str, Any]) -> tuple[str, str]:
    """Return what is read and what is written of one piece."""
    keys = set(piece)
    if not all(isinstance(value, str) for value in piece.values()):
        raise TypeError
    if keys == {"text"}:
        return piece["text"], piece["text"]
    if keys in ({"markup"}, {"markup", "interpretAs"}):
        return piece.get("interpretAs", ""), piece["markup"]
    raise KeyError


def choice_of(fields: dict[str, str]) -> Choice:
    """Read which rules and categories a form wants."""

    def names(key: str) -> frozenset[str]:
        return frozenset(fields.get(key, "").split(",")) - {""}

    return Choice(
        enabled_rules=names("enabledRules"),
        disabled_rules=names("disabledRules"),
        enabled_categories=names("enabledCategories"),
        disabled_categories=names("disabledCategories"),
        enabled_only=fields.get("enabledOnly", "") == "true",
        picky=fields.get("level", "") == "picky",
    )
