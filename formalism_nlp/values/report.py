"""The frozen result of scoring one document; everything a user sees is a view of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Protocol

from formalism_nlp.values.document import Document
from formalism_nlp.values.rows import Row, keep_with
from formalism_nlp.values.taxonomy import FORMS, REMEDIES

if TYPE_CHECKING:
    import pandas as pd

FUNCTIONS = ("SLOGAN", "ACTIVITY", "RESULT", "PLAN", "PROBLEM", "OTHER")
FUNCTIONS_ZH = {
    "SLOGAN": "口号提法",
    "ACTIVITY": "过程活动",
    "RESULT": "结果成效",
    "PLAN": "部署计划",
    "PROBLEM": "问题不足",
    "OTHER": "其他",
}
STANCES = ("exhibits", "admits", "criticises", "pledges", "remedied")
STANCES_ZH = {
    "exhibits": "自身表现",
    "admits": "自查承认",
    "criticises": "批评他者",
    "pledges": "要求整改",
    "remedied": "已经整改",
}
REMEDY_STATES = ("mentioned", "substantiated")
REMEDY_STATES_ZH = {"mentioned": "只是提到", "substantiated": "有据"}
INDEX_NAMES = ("slogan_density", "trace_padding", "substance", "formalism_index")
INDEX_ZH = {
    "slogan_density": "口号密度",
    "trace_padding": "留痕充数",
    "substance": "实度",
    "formalism_index": "形式主义信号指数",
    "slogan_hits_per_1000": "每千字口号命中",
    "unsupported_results": "无据成效",
    "cheap_talk": "空头计划",
    "internal_reuse": "文内重复",
    "checkable_results": "可核查成效",
}
DISCLAIMER = "本结果只衡量措辞，不判断真伪与勤惰。"
DISCLAIMER_EN = "This measures wording, never truth or diligence."


@dataclass(frozen=True, slots=True)
class Sentence(Row):
    """A sentence: ``text == document.text[start:end]``; sentences tile the text.

    ``function`` is one of ``FUNCTIONS``, the most probable; ``specific`` tells whether the sentence gives a checkable particular:
    whether ``p_specific`` is over the model's threshold, the one with the highest F1 on folds of its training documents;
    ``weight`` is its number of characters without white space and punctuation;
    ``heading`` is the text of the nearest heading, ``paragraph`` the number of its paragraph (0-based).
    """

    start: int
    end: int
    text: str
    function: str
    specific: bool
    weight: int
    heading: str
    paragraph: int
    p_function: tuple[float, ...]
    p_specific: float
    p_substantive: float

    @property
    def probabilities(self) -> dict[str, float]:
        """Calibrated probabilities: the six functions (sum 1), and ``"specific"``."""
        return {**dict(zip(FUNCTIONS, self.p_function, strict=True)), "specific": self.p_specific}


@dataclass(frozen=True, slots=True)
class Finding(Row):
    """One piece of evidence: ``text == document.text[start:end]``, which rule or model says so, and why.

    ``signal`` is the folder of the rule (slogan, trace, substance …) or ``"model"``; ``form`` a taxonomy code or ``""``;
    ``stance`` one of ``STANCES``; ``sentence`` the index in ``Report.sentences``;
    ``fingerprint`` (16 hex digits) depends on rule, matched text, sentence text and the number of the same finding before it,
    so it survives edits elsewhere.
    """

    start: int
    end: int
    text: str
    rule: str
    signal: str
    form: str
    stance: str
    reason: str
    reason_en: str
    sentence: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Index:
    """A number that can be re-derived from its parts.

    ``value`` is NaN when undefined, and ``reason`` says why; ``interval`` is the 95 % paragraph-bootstrap interval;
    ``percentile`` (0–100) is the mid-rank within the norm group ``genre``.
    """

    name: str
    value: float
    numerator: float
    denominator: float
    unit: str
    formula: str
    interval: tuple[float, float] | None = None
    percentile: float = math.nan
    norm_genre: str = ""
    norm_size: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Versions:
    """What made a Report: the library, and short hashes of lexicon, model, norms and taxonomy model (``"rules"`` without one)."""

    library: str
    lexicon: str
    model: str
    norms: str
    taxonomy: str = "rules"


@dataclass(frozen=True, slots=True)
class Advice:
    """What an official rule advises for this document; never a verdict.

    ``severity`` is ``"info"`` or ``"advice"``; ``clause`` and ``source`` name the rule; ``spans`` are the places it speaks of
    (half-open, sorted; empty when it speaks of the whole document).
    """

    id: str
    severity: str
    clause: str
    source: str
    message: str
    message_en: str
    spans: tuple[tuple[int, int], ...] = ()


class Evidence(Protocol):
    """What a report's tuples are made of; makes equal ones however often it is asked. ``analysis.findings`` has it."""

    def sentences(self) -> tuple[Sentence, ...]:
        """``Report.sentences``."""

    def findings(self) -> tuple[Finding, ...]:
        """``Report.findings``."""

    def official_rules(self, sentences: tuple[Sentence, ...], findings: tuple[Finding, ...]) -> tuple[Advice, ...]:
        """``Report.official_rules``."""


@dataclass(frozen=True)
class Report:
    """The scores of one document with all their evidence; see ``docs/wire-schema.md`` for the serialised form.

    ``status`` is ``"ok"`` or ``"insufficient_text"`` (under 20 sentences or 600 characters: findings only, indices NaN).
    A report that a scorer made holds its sentences, findings and advice as arrays until one of them is asked for.
    """

    document: Document
    genre: str
    status: str
    sentences: tuple[Sentence, ...]
    findings: tuple[Finding, ...]
    index_values: tuple[Index, ...]
    versions: Versions
    notes: tuple[str, ...] = ()
    official_rules: tuple[Advice, ...] = ()

    @classmethod
    def of(cls, evidence: Evidence, **values: Any) -> Report:
        """Make a report whose sentences, findings and official rules are made of the evidence when they are asked for.

        Args:
            evidence: keeps what it needs; frozen.
            values: the other fields, all of them.
        """
        report = object.__new__(cls)
        report.__dict__.update(values, _evidence=evidence)
        return report

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def text(self) -> str:
        """The text all offsets point into."""
        return self.document.text

    @property
    def indices(self) -> dict[str, Index]:
        """All indices by name."""
        return {index.name: index for index in self.index_values}

    def _value(self, name: str) -> float:
        return next(index.value for index in self.index_values if index.name == name)

    @property
    def slogan_density(self) -> float:
        """口号密度, 0–1; NaN when undefined."""
        return self._value("slogan_density")

    @property
    def trace_padding(self) -> float:
        """留痕充数, 0–1; NaN when the document makes almost no claim of achievement."""
        return self._value("trace_padding")

    @property
    def substance(self) -> float:
        """实度, 0–1; NaN when undefined."""
        return self._value("substance")

    @property
    def formalism_index(self) -> float:
        """形式主义信号指数, 0–100; never to be shown without its three parts."""
        return self._value("formalism_index")

    @property
    def profile(self) -> dict[str, dict[str, int]]:
        """Counts of findings: forms by stance, remedies by mentioned / substantiated; every row is present.

        Only ``exhibits`` speaks against a document: criticising, pledging and reporting the end of a form do not.
        """
        rows: dict[str, dict[str, int]] = {form: dict.fromkeys(STANCES, 0) for form in FORMS}
        rows.update({remedy: dict.fromkeys(REMEDY_STATES, 0) for remedy in REMEDIES})
        for finding in self.findings:
            if finding.form in REMEDIES:
                rows[finding.form][self.remedy_state(finding)] += 1
            elif finding.form:
                rows[finding.form][finding.stance] += 1
        return rows

    def remedy_state(self, finding: Finding) -> str:
        """Return ``"substantiated"`` when a remedy's sentence is a checkable result or plan, else ``"mentioned"``."""
        sentence = self.sentences[finding.sentence]
        solid = sentence.specific and sentence.function in ("RESULT", "PLAN")
        return "substantiated" if solid else "mentioned"

    # The next methods are conveniences of the public interface; each hands over to the view that owns the format.
    def to_dict(self) -> dict[str, Any]:
        """Return the report in wire schema 1 (JSON types only; NaN becomes null with a reason)."""
        from formalism_nlp.views.wire import to_dict

        return to_dict(self)

    def to_json(self, *, indent: int | None = None) -> str:
        """Return ``to_dict`` as JSON text."""
        from formalism_nlp.views.wire import to_json

        return to_json(self, indent=indent)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Report:
        """Rebuild a report from wire schema 1; raises ValueError on another schema."""
        from formalism_nlp.views.wire import from_dict

        return from_dict(data)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a sentence as a pandas DataFrame."""
        from formalism_nlp.views.frame import sentence_frame

        return sentence_frame(self)

    def _repr_html_(self) -> str:
        from formalism_nlp.views.page import fragment

        return fragment(self)

    def __repr__(self) -> str:
        parts = ", ".join(f"{name}={self._value(name):.3g}" for name in INDEX_NAMES)
        return f"<Report {self.document.name or 'text'}: {parts}; {len(self.sentences)} sentences, {len(self.findings)} findings>"


class _MadeWhenAsked:
    """A field of a Report that stands in the report itself from the first access on; it is never assigned."""

    def __init__(self, name: str, *needs: str) -> None:
        self._name = name
        self._needs = needs

    def __get__(self, report: Report | None, owner: type[Report]) -> Any:
        evidence = None if report is None else report.__dict__.get("_evidence")
        if report is None or evidence is None:
            raise AttributeError(self._name)
        value = getattr(evidence, self._name)(*(getattr(report, need) for need in self._needs))
        # Threads that ask at once make equal tuples; all get the one that came first.
        value = report.__dict__.setdefault(self._name, value)
        keep_with(value, report, self._name)
        return value


# Only now: a default in the class body would be taken for the field's default.
Report.sentences = _MadeWhenAsked("sentences")  # type: ignore[assignment]
Report.findings = _MadeWhenAsked("findings")  # type: ignore[assignment]
Report.official_rules = _MadeWhenAsked("official_rules", "sentences", "findings")  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that could not be scored: a row with its error, never a missing row."""

    name: str
    code: str
    message: str
