"""``formalism explain``: the text with marked evidence and its reasons, for a terminal."""

from __future__ import annotations

import math
from collections.abc import Callable

from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import DISCLAIMER, FUNCTIONS_ZH, INDEX_NAMES, INDEX_ZH, Finding, Index, Report
from formalism_nlp.views.profile import advice_lines, profile_lines, row_label

Style = Callable[[str, str], str]
_COLOURS = {
    "slogan": "magenta", "doctrine": "magenta", "hedge": "yellow", "trace": "red", "substance": "green", "form": "bright_red",
    "remedy": "blue",
}  # fmt: skip
_FUNCTION_COLOURS = {
    "SLOGAN": "magenta",
    "ACTIVITY": "red",
    "RESULT": "green",
    "PLAN": "blue",
    "PROBLEM": "yellow",
    "OTHER": "white",
}


def explain(report: Report, style: Style, *, english: bool = False, lexicon: Lexicon | None = None) -> str:
    """Return the report as text.

    Args:
        report: what to explain.
        style: ``style(text, colour)`` colours a text; return it unchanged for plain output.
        english: reasons in English.
        lexicon: the rules, to name the clause of those that cite one.
    """
    lines = [report.document.name or "(text)", DISCLAIMER, ""]
    lines += [_index_line(report.indices[name]) for name in INDEX_NAMES]
    if report.status != "ok":
        lines.append("文字不足，只列出证据 (insufficient text: evidence only)")
    lines.append("")
    by_sentence: dict[int, list[Finding]] = {}
    for finding in report.findings:
        by_sentence.setdefault(finding.sentence, []).append(finding)
    for number, sentence in enumerate(report.sentences):
        if not sentence.weight:
            continue
        findings = by_sentence.get(number, [])
        label = f"{FUNCTIONS_ZH[sentence.function]}{'·具体' if sentence.specific else ''}"
        p = sentence.probabilities[sentence.function]
        lines.append(
            f"{style(f'[{label} {p:.2f}]', _FUNCTION_COLOURS[sentence.function])} {_marked(report.text, sentence.start, sentence.end, findings, style)}"
        )
        for finding in findings:
            if finding.signal != "model" or finding.form:
                lines.append(f"    {_finding_line(report, finding, english, lexicon)}")
    for title, rows in (
        ("形式与出路 profile", profile_lines(report, english=english)),
        ("文风规定 official rules", advice_lines(report, english=english)),
    ):
        lines += ["", f"{title}:", *(f"  {row}" for row in rows)] if rows else []
    return "\n".join(lines)


def _finding_line(report: Report, finding: Finding, english: bool, lexicon: Lexicon | None) -> str:
    label = row_label(report, finding, english=english)
    reason = finding.reason_en if english else finding.reason
    rule = lexicon.by_id.get(finding.rule) if lexicon else None
    clauses = "；".join(f"{s.title} {s.clause}" for s in rule.source if s.clause) if rule else ""
    basis = f" ({'source' if english else '依据'}: {clauses})" if clauses else ""
    return f"{finding.rule}{f' {label}' if label else ''} [{finding.start}:{finding.end}] {reason}{basis}"


def _index_line(index: Index) -> str:
    name = f"{INDEX_ZH[index.name]} {index.name}"
    if math.isnan(index.value):
        return f"{name}: — ({index.reason})"
    interval = f" [{index.interval[0]:.2f}, {index.interval[1]:.2f}]" if index.interval else ""
    percentile = (
        f"，高于 {index.percentile:.0f}% 的参照文档 ({index.norm_genre}, n={index.norm_size})"
        if not math.isnan(index.percentile)
        else ""
    )
    reason = f" ({index.reason})" if index.reason else ""
    return f"{name}: {index.value:.3g}{interval}{percentile}{reason}"


def _marked(text: str, start: int, end: int, findings: list[Finding], style: Style) -> str:
    """Colour the characters that lexicon findings cover; of overlapping ones the first wins."""
    out, at = [], start
    for finding in findings:
        if finding.signal == "model" or finding.start < at:
            continue
        out.append(text[at : finding.start])
        out.append(style(finding.text, _COLOURS.get(finding.signal, "cyan")))
        at = finding.end
    out.append(text[at:end] if at < end else "")
    return "".join(out).rstrip()
