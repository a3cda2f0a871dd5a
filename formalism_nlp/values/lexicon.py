"""Rules as values: what a rule file says, checked and frozen; compiled and matched elsewhere."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Literal

from formalism_nlp.values.errors import LexiconError
from formalism_nlp.values.taxonomy import CODES

SIGNALS: dict[str, str] = {
    "slogan": "SLG",
    "doctrine": "DCT",
    "hedge": "HDG",
    "trace": "TRC",
    "substance": "SUB",
    "modality": "MOD",
    "structure": "STR",
    "guard": "GRD",
    "form": "FRM",
    "remedy": "RMD",
    "entity": "ENT",
}
STATUSES = ("preview", "stable", "deprecated")
GAP = "…"
_TERM_STOP = re.compile(r"[\s。！？；，]")
_MARK = re.compile("[⟦⟧]")

# kind -> (required parameters, optional parameters)
PATTERN_KINDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "quantity": (frozenset({"units"}), frozenset()),
    "counted": (frozenset({"measures", "objects"}), frozenset({"gap"})),
    "change": (frozenset({"verbs"}), frozenset()),
    "growth": (frozenset({"verbs"}), frozenset()),
    "date": (frozenset(), frozenset()),
    "deadline": (frozenset(), frozenset()),
    "document_number": (frozenset(), frozenset()),
    "title": (frozenset(), frozenset()),
    "quoted_numeral": (frozenset(), frozenset()),
    "plus_formula": (frozenset(), frozenset()),
    "enumerator": (frozenset(), frozenset()),
    "line": (frozenset(), frozenset({"contains", "ends", "longest"})),
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from: a paper, an official document with clause, or our own judgement."""

    title: str
    clause: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A typed pattern: one of ``PATTERN_KINDS`` with its word lists."""

    kind: str
    units: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    gap: int = 6
    longest: int = 40


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence of the rule's proof: ``spans`` are exactly the hits expected (none for a pass example)."""

    text: str
    spans: tuple[tuple[int, int], ...] = ()

    @classmethod
    def parse(cls, marked: str) -> Example:
        """Read ``"要⟦高度重视⟧"`` into text and spans; raises ValueError on unbalanced marks."""
        spans: list[tuple[int, int]] = []
        out: list[str] = []
        size, open_at = 0, -1
        for part in re.split("([⟦⟧])", marked):
            if part == "⟦":
                if open_at >= 0:
                    raise ValueError("⟦ inside ⟦")
                open_at = size
            elif part == "⟧":
                if open_at < 0:
                    raise ValueError("⟧ without ⟦")
                spans.append((open_at, size))
                open_at = -1
            else:
                out.append(part)
                size += len(part)
        if open_at >= 0:
            raise ValueError("⟦ without ⟧")
        return cls("".join(out), tuple(spans))


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; the fields are those of ``lexicons/README.md``. ``origin`` is ``file:line``."""

    id: str
    name: str
    title: str
    signal: str
    status: str
    message: str
    why: str
    known_problems: str
    source: tuple[Source, ...]
    hit: tuple[Example, ...]
    avoid: tuple[Example, ...]
    title_en: str = ""
    message_en: str = ""
    why_en: str = ""
    form: str = ""
    overlap: Literal["longest", "all"] = "longest"
    unless: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    pattern: Pattern | None = None
    origin: str = ""

    def __post_init__(self) -> None:
        problem = self._problem()
        if problem:
            raise LexiconError("F201", self.origin or self.id, problem)

    def _problem(self) -> str:
        prefix = SIGNALS.get(self.signal)
        if prefix is None:
            return f"unknown signal {self.signal!r}; one of {', '.join(SIGNALS)}"
        if not re.fullmatch(prefix + r"\d{3}", self.id):
            return f"id {self.id!r} must be {prefix} and three digits"
        if self.status not in STATUSES:
            return f"status {self.status!r} is not one of {', '.join(STATUSES)}"
        if self.overlap not in ("longest", "all"):
            return f"overlap {self.overlap!r} is neither longest nor all"
        if self.form and self.form not in CODES:
            return f"form {self.form!r} is not in the taxonomy"
        if bool(self.terms) == (self.pattern is not None):
            return "give either terms or one pattern"
        if not self.source:
            return "a rule needs at least one source"
        if len(self.hit) < 2 or len(self.avoid) < 2:
            return "a rule needs at least two hit and two pass examples"
        if any(not example.spans for example in self.hit):
            return "a hit example marks no span"
        if any(example.spans for example in self.avoid):
            return "a pass example marks a span"
        return self._term_problem() or self._pattern_problem()

    def _term_problem(self) -> str:
        seen: set[str] = set()
        for term in self.terms:
            if term in seen:
                return f"term {term!r} stands twice"
            seen.add(term)
            parts = term.split(GAP)
            if len(parts) > 2 or not all(parts):
                return f"term {term!r}: one gap … between two non-empty parts"
            if len(term.replace(GAP, "")) < 2:
                return f"term {term!r} is shorter than two characters"
            if _TERM_STOP.search(term) or _MARK.search(term):
                return f"term {term!r} holds white space or clause punctuation and can never match"
        return ""

    def _pattern_problem(self) -> str:
        pattern = self.pattern
        if pattern is None:
            return ""
        if pattern.kind not in PATTERN_KINDS:
            return f"unknown pattern kind {pattern.kind!r}; one of {', '.join(PATTERN_KINDS)}"
        required, optional = PATTERN_KINDS[pattern.kind]
        default = Pattern(pattern.kind)
        given = {k for k, v in asdict(pattern).items() if k != "kind" and v != getattr(default, k)}
        if required - given:
            return f"pattern {pattern.kind} lacks {', '.join(sorted(required - given))}"
        if given - required - optional:
            return f"pattern {pattern.kind} does not take {', '.join(sorted(given - required - optional))}"
        if pattern.kind == "line" and not (pattern.contains or pattern.ends):
            return "pattern line needs contains or ends"
        return ""


@dataclass(frozen=True)
class Lexicon:
    """Rules in id order, with the checks that need more than one rule.

    Raises:
        LexiconError: an id or name twice, a term twice in one folder, or a guard that does not exist.
    """

    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(sorted(self.rules, key=lambda rule: rule.id)))
        seen: dict[tuple[str, str], Rule] = {}
        for rule in self.rules:
            keys = [("id", rule.id), ("name", rule.name)] + [(rule.signal, term) for term in rule.terms]
            for key in keys:
                if key in seen:
                    other = seen[key]
                    raise LexiconError(
                        "F201", rule.origin or rule.id, f"{key[0]} {key[1]!r} stands already in {other.origin or other.id}"
                    )
                seen[key] = rule
        ids = {rule.id for rule in self.rules}
        for rule in self.rules:
            for guard in rule.unless:
                if guard not in ids or not guard.startswith("GRD"):
                    raise LexiconError("F201", rule.origin or rule.id, f"unless names {guard!r}, which is no guard rule")

    def __getitem__(self, rule_id: str) -> Rule:
        return self.by_id[rule_id]

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        """Rules by id."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def version(self) -> str:
        """Twelve hex digits over all that changes what the rules match; printed in every Report."""
        body = [_matching_part(rule) for rule in self.rules]
        return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:12]

    def merged(self, other: Lexicon) -> Lexicon:
        """Return a lexicon of both; ids must not clash."""
        return Lexicon(self.rules + other.rules)


def _matching_part(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "terms": rule.terms,
        "pattern": asdict(rule.pattern) if rule.pattern else None,
        "overlap": rule.overlap,
        "unless": rule.unless,
    }
