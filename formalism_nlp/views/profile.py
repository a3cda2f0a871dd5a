"""The taxonomy and the official rules of a report in words: a label a finding, lines for a terminal, tables for a page."""

from __future__ import annotations

from formalism_nlp.values.report import REMEDY_STATES, REMEDY_STATES_ZH, STANCES, STANCES_ZH, Finding, Report
from formalism_nlp.values.taxonomy import FORMS, REMEDIES, ROW_NAMES
from formalism_nlp.views.svg import safe

_SEVERITY = {"info": ("提示", "info"), "advice": ("建议", "advice")}


def row_label(report: Report, finding: Finding, *, english: bool = False) -> str:
    """Return row, name, and stance (forms) or state (remedies) of a finding; ``""`` for a finding without a row."""
    if not finding.form:
        return ""
    name = ROW_NAMES[finding.form][1 if english else 0]
    if finding.form in FORMS:
        said = finding.stance if english else STANCES_ZH[finding.stance]
    else:
        state = report.remedy_state(finding)
        said = state if english else REMEDY_STATES_ZH[state]
    return f"{finding.form} {name}·{said}"


def profile_lines(report: Report, *, english: bool = False) -> list[str]:
    """Return one line for each row of the taxonomy that has findings."""
    lines = []
    for code, counts in report.profile.items():
        named = {**STANCES_ZH, **REMEDY_STATES_ZH}
        parts = [f"{key if english else named[key]} {n}" for key, n in counts.items() if n]
        if parts:
            lines.append(f"{code} {ROW_NAMES[code][1 if english else 0]}: {', '.join(parts) if english else '，'.join(parts)}")
    return lines


def advice_lines(report: Report, *, english: bool = False) -> list[str]:
    """Return the advice of official rules, a line each, with clause and the first places."""
    lines = []
    for advice in report.official_rules:
        places = "、".join(f"{start}–{end}" for start, end in advice.spans[:5]) + ("…" if len(advice.spans) > 5 else "")
        where = f" [{places}]" if places else ""
        message = advice.message_en if english else advice.message
        kind = _SEVERITY[advice.severity][1 if english else 0]
        lines.append(f"{advice.id} {kind} 《{advice.source}》{advice.clause}: {message}{where}")
    return lines


def profile_html(report: Report) -> str:
    """Return the profile as two small tables; ``""`` when nothing was found."""
    forms = _table(report, FORMS, STANCES, STANCES_ZH)
    remedies = _table(report, REMEDIES, REMEDY_STATES, REMEDY_STATES_ZH)
    if not forms and not remedies:
        return ""
    note = "<p class='muted'>只有“自身表现”不利于文档；批评、要求整改、已经整改不是本文的形式主义。</p>" if forms else ""
    return f"<details open><summary>形式与出路 (profile)</summary><div class='scroll'>{forms}{remedies}</div>{note}</details>"


def advice_html(report: Report) -> str:
    """Return the advice of official rules as a list; ``""`` without any."""
    if not report.official_rules:
        return ""
    text = report.text
    items = []
    for advice in report.official_rules:
        quotes = "、".join(f"“{safe(text[a:b][:24].strip())}”" for a, b in advice.spans[:4])
        items.append(
            f"<li><b>{_SEVERITY[advice.severity][0]}</b> {safe(advice.message)}{f'：{quotes}' if quotes else ''}"
            f"<br><span class='muted'>{advice.id} · 《{safe(advice.source)}》{safe(advice.clause)}</span></li>"
        )
    return f"<details><summary>文风规定 {len(items)} 条建议 (official rules)</summary><ul>{''.join(items)}</ul></details>"


def _table(report: Report, codes: tuple[str, ...], columns: tuple[str, ...], names: dict[str, str]) -> str:
    profile = report.profile
    rows = [
        f"<tr><td>{code} {ROW_NAMES[code][0]}</td>"
        + "".join(f"<td class='n'>{profile[code][c] or ''}</td>" for c in columns)
        + "</tr>"
        for code in codes
        if any(profile[code].values())
    ]
    head = "<tr><th></th>" + "".join(f"<th>{names[c]}</th>" for c in columns) + "</tr>"
    return f"<table>{head}{''.join(rows)}</table>" if rows else ""
