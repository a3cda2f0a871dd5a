"""Reuse for the eye: a table of documents, and the longest passages side by side with what they were taken from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from formalism_nlp.corpora.reuse import DocumentReuse, Match, Passage, ReuseReport
from formalism_nlp.values.report import DISCLAIMER, DISCLAIMER_EN
from formalism_nlp.views.page import page_head
from formalism_nlp.views.svg import safe
from formalism_nlp.views.table import display_width

CONTEXT = 24
_LONGEST_DIFF = 1500
_RELATION_ZH = {"peer": "同类文件", "earlier": "以往文件", "parent": "上级文件"}
_SHARES = ("shared", "common", "near", "repeated", "stickiness", "containment")
_SHARES_ZH = {
    "shared": "与他文相同", "common": "通用套话", "near": "近似改写", "repeated": "文内重复", "stickiness": "沿用旧稿", "containment": "照抄上级",
}  # fmt: skip
_STYLE = (
    ".fnlp .pair{display:grid;grid-template-columns:1fr 1fr;gap:.8rem;margin:.6rem 0}.fnlp .pair>div{border:1px solid #d5dae1;"
    "border-radius:.5rem;padding:.6rem .8rem;overflow-wrap:anywhere}.fnlp .pair mark{background:#fdf0c4;border:0}"
    "@media(max-width:40rem){.fnlp .pair{grid-template-columns:1fr}}"
)


def side_by_side(match: Match, texts: Mapping[str, str], *, context: int = CONTEXT) -> str:
    """Return an HTML fragment with both passages, what they share marked, in ``context`` characters of their surroundings.

    Args:
        match: of a ReuseReport.
        texts: name → text, holding at least the two documents of the match.
        context: characters before and behind each passage.
    """
    kind = "逐字相同 exact" if match.similarity == 1 else f"近似 near, Jaccard {match.similarity:.2f}"
    left, right = texts[match.target][match.start : match.end], texts[match.source][match.source_start : match.source_end]
    both = _common(left, right) if match.similarity < 1 else [(0, 0, max(len(left), len(right)))]
    cells = [
        _cell(match.target, texts[match.target], match.start, match.end, [(a, n) for a, _, n in both], context, "本文 target"),
        _cell(
            match.source,
            texts[match.source],
            match.source_start,
            match.source_end,
            [(b, n) for _, b, n in both],
            context,
            f"{_RELATION_ZH[match.relation]} source",
        ),
    ]
    head = f"<p class='muted'>{kind}，{match.characters} 字 characters</p>"
    return f"{head}<div class='pair'>{''.join(cells)}</div>"


def _common(left: str, right: str) -> list[tuple[int, int, int]]:
    """What two near passages share, (start left, start right, length), so that a reader sees what was changed."""
    if len(left) > _LONGEST_DIFF or len(right) > _LONGEST_DIFF:
        return [(0, 0, max(len(left), len(right)))]
    blocks = SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
    return [(block.a, block.b, block.size) for block in blocks if block.size > 1]


def _cell(name: str, text: str, start: int, end: int, marks: Sequence[tuple[int, int]], context: int, role: str) -> str:
    parts = [safe(text[max(0, start - context) : start])]
    at = start
    for offset, length in marks:
        low, high = start + offset, min(end, start + offset + length)
        parts += [safe(text[at:low]), f"<mark>{safe(text[low:high])}</mark>"]
        at = high
    parts += [safe(text[at:end]), safe(text[end : end + context])]
    return f"<div><p class='muted'>{role}: {safe(name)} [{start}, {end})</p>{''.join(parts)}</div>"


def reuse_page(report: ReuseReport, texts: Mapping[str, str], title: str, *, most: int = 100) -> str:
    """Return a whole HTML page: documents by share of reuse, passages by reach, and the ``most`` longest matches side by side.

    Args:
        report: of ``find_reuse``.
        texts: all texts its matches name, references included.
        title: heading of the page.
        most: matches shown.
    """
    ranked = sorted(report.documents, key=_rank)
    head = "".join(f"<th>{_SHARES_ZH[name]}<br><span class='muted'>{name}</span></th>" for name in _SHARES)
    rows = "".join(
        f"<tr><td>{safe(d.name)}</td>{''.join(f'<td class=n>{_percent(getattr(d, name))}</td>' for name in _SHARES)}"
        f"<td class=n>{d.characters}</td></tr>"
        for d in ranked
    )
    passages = "".join(
        f"<tr><td>{safe(p.text[:120])}{'…' if len(p.text) > 120 else ''}</td><td class=n>{p.documents}</td><td class=n>{p.characters}</td>"
        f"<td>{safe(p.source)} [{p.start}, {p.end})</td></tr>"
        for p in _distinct(report.passages, 30)
    )
    longest = sorted(report.matches, key=lambda m: (-m.characters * m.similarity, m.target, m.start))
    pairs = "".join(side_by_side(match, texts) for match in longest[:most])
    left = f"<p class='muted'>另有 {len(longest) - most} 处未列 more matches are not shown.</p>" if len(longest) > most else ""
    body = (
        f"<h1>{safe(title)}</h1><p class='muted'>{len(report.documents)} 份文档；逐字相同至少 {report.least} 字。{DISCLAIMER} {DISCLAIMER_EN}</p>"
        f"<div class='scroll'><table><tr><th>文档 document</th>{head}<th>字数</th></tr>{rows}</table></div>"
        f"<h2>最常见的相同段落 Most shared passages</h2><div class='scroll'><table><tr><th>文字 text</th><th>份数 documents</th>"
        f"<th>字数 characters</th><th>最早见于 first in</th></tr>{passages}</table></div>"
        f"<h2>左右对照 Side by side</h2>{pairs}{left}"
    )
    return f"{page_head(title, _STYLE)}<div class='fnlp'>{body}</div></body></html>\n"


def _distinct(passages: Sequence[Passage], most: int) -> list[Passage]:
    """The first passages whose text is no part of one that is listed, nor holds one."""
    out: list[Passage] = []
    for passage in passages:
        if len(out) == most:
            break
        if not any(passage.text in shown.text or shown.text in passage.text for shown in out):
            out.append(passage)
    return out


def reuse_table(report: ReuseReport, *, most: int | None = None) -> str:
    """Return a plain-text table of the documents by falling share of reuse."""
    lines = [_line("文档 document", [_SHARES_ZH[name] for name in _SHARES])]
    lines.append("-" * display_width(lines[0]))
    for document in sorted(report.documents, key=_rank)[:most]:
        lines.append(_line(document.name, [_percent(getattr(document, name)) for name in _SHARES]))
    lines.append(f"逐字相同至少 {report.least} 字 / exact: at least {report.least} characters. {DISCLAIMER}")
    return "\n".join(lines)


def _rank(document: DocumentReuse) -> tuple[float, str]:
    total = document.shared + document.near
    return (math.inf if math.isnan(total) else -total, document.name)


def _percent(share: float) -> str:
    return "—" if math.isnan(share) else f"{100 * share:.1f}%"


def _line(name: str, cells: list[str]) -> str:
    while display_width(name) > 36:
        name = name[1:]
    out = name + " " * (36 - display_width(name))
    return out + "".join(" " * (12 - display_width(cell)) + cell for cell in cells)
