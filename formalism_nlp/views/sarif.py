"""Remarks as SARIF 2.1.0 (OASIS Standard, errata 01), the format code-scanning services read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import DISCLAIMER, DISCLAIMER_EN, Failure, Report
from formalism_nlp.views.kinds import KINDS
from formalism_nlp.views.positions import Lines
from formalism_nlp.views.remarks import Remark, remark_lines, remarks, rule_title
from formalism_nlp.views.rule_page import rule_text

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "formalism/v1"
# Formats whose lines are those of the text; what has none gets no region.
LINED = frozenset({"text", "markdown"})
_IN_ARCHIVE = re.compile(r"(.*?\.(?:zip|eml))!(.+)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Checked:
    """One document for the formats of CI: its result, and what was dismissed in it (fingerprint → reason, maybe ``""``)."""

    result: Report | Failure
    dismissed: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the document."""
        return self.result.name if isinstance(self.result, Failure) else self.result.document.name


def sarif_log(checked: Iterable[Checked], lexicon: Lexicon, *, library: str) -> dict[str, Any]:
    """Return a SARIF log with one run.

    Args:
        checked: documents; names are paths relative to the root of the repository.
        lexicon: the rules.
        library: version of the library.

    Returns:
        JSON types. A remark is a result with its fingerprint; a dismissed one is suppressed, not left out; a document that
        failed is a notification and makes ``executionSuccessful`` false. Columns count UTF-16 code units.
    """
    rules: dict[str, int] = {}
    descriptors: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    failures: list[dict[str, Any]] = []
    for item in checked:
        if isinstance(item.result, Failure):
            failures.append(_notification(item.result))
            continue
        lines = Lines(item.result.text)
        for remark in remarks(item.result):
            rule = remark.finding.rule
            if rule not in rules:
                rules[rule] = len(rules)
                descriptors.append(_descriptor(rule, remark, lexicon))
            results.append(_result(remark, item, lines, rules[rule], lexicon))
    driver = {"name": "formalism_nlp", "semanticVersion": library, "language": "zh-CN", "rules": descriptors}
    run = {
        "tool": {"driver": driver},
        "columnKind": "utf16CodeUnits",
        "invocations": [{"executionSuccessful": not failures, "toolExecutionNotifications": failures}],
        "results": results,
        "properties": {"disclaimer": DISCLAIMER, "disclaimer_en": DISCLAIMER_EN},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _descriptor(rule_id: str, remark: Remark, lexicon: Lexicon) -> dict[str, Any]:
    rule = lexicon.by_id.get(rule_id)
    if rule is None:
        zh, en = rule_title(remark.finding, lexicon)
        name, short, full, page = KINDS[remark.kind][1], zh, f"{zh}。{en}", f"{zh}\n\n{en}"
    else:
        name, short, full, page = rule.name, rule.title, rule.why, rule_text(rule)
    return {
        "id": rule_id,
        "name": "".join(word.capitalize() for word in re.split("[ -]", name)),
        "shortDescription": {"text": short},
        "fullDescription": {"text": full},
        "help": {"text": page},
        "defaultConfiguration": {"level": remark.level},
    }


def _result(remark: Remark, item: Checked, lines: Lines, index: int, lexicon: Lexicon) -> dict[str, Any]:
    finding = remark.finding
    suppressed = finding.fingerprint in item.dismissed
    suppression = {"kind": "external", "status": "accepted", "justification": item.dismissed.get(finding.fingerprint, "")}
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": remark.level,
        "message": {"text": "\n".join((*remark_lines(remark, lexicon), f"“{finding.text}”"))},
        "locations": [_location(remark, item, lines)],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "suppressions": [suppression] if suppressed else [],
        "properties": {"kind": remark.kind, "form": finding.form, "stance": finding.stance},
    }


def _location(remark: Remark, item: Checked, lines: Lines) -> dict[str, Any]:
    assert isinstance(item.result, Report)
    finding, document = remark.finding, item.result.document
    file, inner = split_name(item.name)
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(file.replace("\\", "/"))}}
    if document.format in LINED and not inner:
        start, end = lines.position(finding.start), lines.position(finding.end)
        physical["region"] = {
            "startLine": start.line + 1,
            "startColumn": start.column + 1,
            "endLine": end.line + 1,
            "endColumn": end.column + 1,
            "snippet": {"text": finding.text},
        }
    where = "/".join(part for part in (inner, document.locate(finding.start)) if part)
    logical = {"logicalLocations": [{"fullyQualifiedName": where}]} if where else {}
    return {"physicalLocation": physical, **logical}


def split_name(name: str) -> tuple[str, str]:
    """File on the disk and the member in it, of the name of a document: ``a.zip!b.docx`` → ``a.zip``, ``b.docx``."""
    found = _IN_ARCHIVE.fullmatch(name)
    return (found.group(1), found.group(2)) if found else (name, "")


def _notification(failure: Failure) -> dict[str, Any]:
    place = {"physicalLocation": {"artifactLocation": {"uri": quote(split_name(failure.name)[0].replace("\\", "/"))}}}
    return {
        "descriptor": {"id": failure.code},
        "level": "error",
        "message": {"text": failure.message},
        "locations": [place],
    }
