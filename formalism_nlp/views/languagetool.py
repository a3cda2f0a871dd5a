"""A Report as the answer of a LanguageTool server (HTTP API v2), so that editors which speak it show our findings.

Format: https://languagetool.org/http-api/ (``/check``). All offsets there are UTF-16 code units.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import DISCLAIMER, STANCES_ZH, Finding, Report
from formalism_nlp.views.kinds import KINDS, POSITIVE, kind_of
from formalism_nlp.views.remarks import remarks

LANGUAGES = ({"name": "Chinese", "code": "zh", "longCode": "zh-CN"},)
_AROUND = 40


@dataclass(frozen=True, slots=True)
class Choice:
    """Which findings a client wants: ids of rules, ids of categories, and whether single words count too (``level=picky``)."""

    enabled_rules: frozenset[str] = frozenset()
    disabled_rules: frozenset[str] = frozenset()
    enabled_categories: frozenset[str] = frozenset()
    disabled_categories: frozenset[str] = frozenset()
    enabled_only: bool = False
    picky: bool = False

    def wants(self, finding: Finding, *, remark: bool) -> bool:
        """By default the remarks of ``views.remarks``; ``picky`` adds all that the text exhibits, word by word.

        Rules and categories that are named come on top; with ``enabled_only`` nothing else is shown.
        """
        kind = kind_of(finding)
        category = category_id(kind)
        if finding.rule in self.disabled_rules or category in self.disabled_categories:
            return False
        if finding.rule in self.enabled_rules or category in self.enabled_categories:
            return True
        word = self.picky and finding.stance == "exhibits" and kind not in POSITIVE
        return (remark or word) and not self.enabled_only


def category_id(kind: str) -> str:
    """Return the LanguageTool category of a kind of finding, such as ``FORMALISM_SLOGAN``."""
    return f"FORMALISM_{kind.upper()}"


def check_answer(
    report: Report, lexicon: Lexicon, choice: Choice, *, full: str, place: Callable[[int], int] = lambda offset: offset
) -> dict[str, Any]:
    """Return the answer of ``/v2/check``.

    Args:
        report: of the plain text.
        lexicon: the rules, for their names and sources.
        choice: what the client wants to see.
        full: the text the client's offsets count in: the plain text, or text with markup.
        place: offset of a character (code points) of the plain text → its offset in ``full``.
    """
    units = utf16_offsets(full)
    marked = {remark.finding.fingerprint for remark in remarks(report)}
    wanted = [f for f in report.findings if f.start < f.end and choice.wants(f, remark=f.fingerprint in marked)]
    matches = [_match(finding, report, lexicon, full, units, place) for finding in wanted]
    language = {"name": "Chinese", "code": "zh-CN"}
    return {
        "software": {
            "name": "formalism_nlp",
            "version": report.versions.library,
            "buildDate": f"lexicon {report.versions.lexicon}, model {report.versions.model}",
            "apiVersion": 1,
            "premium": False,
            "status": DISCLAIMER,
        },
        "warnings": {"incompleteResults": False},
        "language": {**language, "detectedLanguage": {**language, "confidence": 1.0}},
        "matches": matches,
    }


def utf16_offsets(text: str) -> Callable[[int], int]:
    """Return a function from offsets in code points to offsets in UTF-16 code units."""
    wide = [i for i, character in enumerate(text) if character > "\uffff"]
    return (lambda offset: offset + bisect_left(wide, offset)) if wide else (lambda offset: offset)


def _match(
    finding: Finding, report: Report, lexicon: Lexicon, full: str, units: Callable[[int], int], place: Callable[[int], int]
) -> dict[str, Any]:
    start, end = place(finding.start), place(finding.end - 1) + 1
    left, right = max(0, start - _AROUND), min(len(full), end + _AROUND)
    kind = kind_of(finding)
    name = KINDS[kind][0]
    stance = f"（{finding.form} {STANCES_ZH[finding.stance]}）" if finding.form else ""
    return {
        "message": f"{finding.reason}{stance}",
        "shortMessage": name,
        "replacements": [],
        "offset": units(start),
        "length": units(end) - units(start),
        "context": {
            "text": full[left:right],
            "offset": units(start) - units(left),
            "length": units(end) - units(start),
        },
        "sentence": report.sentences[finding.sentence].text,
        "type": {"typeName": "Hint"},
        "rule": _rule(finding, lexicon, kind),
        "ignoreForIncompleteSentence": False,
        "contextForSureMatch": 0,
    }


def _rule(finding: Finding, lexicon: Lexicon, kind: str) -> dict[str, Any]:
    rule = lexicon.by_id.get(finding.rule)
    urls = [{"value": source.url} for source in rule.source if source.url] if rule else []
    return {
        "id": finding.rule,
        "description": rule.title if rule else KINDS[kind][0],
        "issueType": "style",
        "category": {"id": category_id(kind), "name": KINDS[kind][0]},
        "isPremium": False,
        **({"urls": urls} if urls else {}),
    }
