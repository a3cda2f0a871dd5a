"""The kinds a reviewer tells findings apart by: one kind a finding, with its name in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from formalism_nlp.analysis.evidence import ROW_RULES
from formalism_nlp.values.report import Finding
from formalism_nlp.values.taxonomy import FORMS, ROW_NAMES

# In the order a reviewer should look at them: what to cut or prove first, what is good last.
KINDS: Mapping[str, tuple[str, str]] = {
    "slogan": ("口号提法", "slogan"),
    "trace": ("过程留痕", "activity and trace"),
    "unproven": ("无据成效", "result without proof"),
    "vague": ("空泛计划", "vague plan"),
    "hedge": ("模糊措辞", "hedge"),
    "form": ("形式主义表现", "form of formalism"),
    "official": ("文风规定", "official rule of style"),
    "remedy": ("治理举措", "remedy"),
    "problem": ("问题不足", "problem named"),
    "substance": ("可核查实绩", "checkable substance"),
    "other": ("其他", "other"),
}
# What praises a text rather than asks for a change; tools that only warn leave these out.
POSITIVE = frozenset({"substance", "problem", "remedy"})

FORM_NAMES = ROW_NAMES

BY_RULE: Mapping[str, str] = {
    "MDL001": "slogan",
    "MDL002": "trace",
    "MDL003": "unproven",
    "MDL004": "substance",
    "MDL005": "vague",
    "MDL006": "substance",
    "MDL007": "problem",
    **{rule: "form" if row in FORMS else "remedy" for row, rule in ROW_RULES.items()},
}
BY_SIGNAL: Mapping[str, str] = {
    "slogan": "slogan",
    "doctrine": "slogan",
    "trace": "trace",
    "hedge": "hedge",
    "form": "form",
    "remedy": "remedy",
    "substance": "substance",
    "modality": "vague",
    "structure": "official",
    "official": "official",
}


def kind_of(finding: Finding) -> str:
    """Return the key of ``KINDS`` a finding belongs to."""
    return BY_RULE.get(finding.rule) or BY_SIGNAL.get(finding.signal, "other")
