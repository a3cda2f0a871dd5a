"""One self-contained HTML page (no script, no network): a document with its evidence, or a folder with its ranking."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import islice, pairwise
from typing import Any

from formalism_nlp.values.report import (
    DISCLAIMER,
    DISCLAIMER_EN,
    FUNCTIONS,
    FUNCTIONS_ZH,
    INDEX_NAMES,
    INDEX_ZH,
    Failure,
    Finding,
    Index,
    Report,
    Sentence,
)
from formalism_nlp.views.frame import document_row
from formalism_nlp.views.profile import advice_html, profile_html, row_label
from formalism_nlp.views.ranking import rank
from formalism_nlp.views.svg import safe

MOST_DETAILS = 200
_SIGNALS_ZH = {
    "slogan": "口号词", "doctrine": "数字提法", "hedge": "模糊词", "trace": "留痕词", "substance": "实绩词", "form": "形式词", "remedy": "出路词",
}  # fmt: skip

STYLE = """
.fnlp{font-family:"Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei","PingFang SC",sans-serif;color:#1c2430;line-height:1.75;
 max-width:60rem;margin:0 auto;padding:1rem}
.fnlp h1{font-size:1.5rem;margin:.2em 0}.fnlp h2{font-size:1.15rem;margin:1.6em 0 .4em}
.fnlp .muted{color:#5a6472;font-size:.86rem}
.fnlp .gauges{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.8rem;margin:1rem 0}
.fnlp .gauge{border:1px solid #d5dae1;border-radius:.5rem;padding:.6rem .8rem}
.fnlp .gauge b{font-size:1.35rem;font-variant-numeric:tabular-nums}
.fnlp .bar{position:relative;height:.5rem;background:#eceff3;border-radius:.25rem;margin:.35rem 0}
.fnlp .bar i{position:absolute;top:0;bottom:0;background:#b9c3d0;border-radius:.25rem}
.fnlp .bar u{position:absolute;top:-.15rem;bottom:-.15rem;width:3px;background:#1c2430}
.fnlp .text{white-space:pre-wrap;border:1px solid #d5dae1;border-radius:.5rem;padding:1rem;overflow-wrap:anywhere}
.fnlp .SLOGAN{background:#f6dcf3}.fnlp .ACTIVITY{background:#ffe0d6}.fnlp .RESULT{background:#d9f0dd}.fnlp .PLAN{background:#dcebfb}
.fnlp .PROBLEM{background:#fdf0c4}.fnlp .OTHER{background:transparent}
.fnlp .specific{box-shadow:inset 0 -2px 0 #2f7d4f}
.fnlp mark{background:transparent;color:inherit;border-bottom:2px solid #8a93a0}
.fnlp mark.slogan,.fnlp mark.doctrine{border-color:#a3219a;color:#7d1676}.fnlp mark.trace{border-color:#c23c12;color:#8f2a0a}
.fnlp mark.form{border-bottom-style:dashed;border-color:#c23c12}.fnlp mark.remedy{border-bottom-style:dashed;border-color:#1a56a8}
.fnlp mark.substance{border-color:#1f7a43;color:#145c31}.fnlp mark.hedge{border-color:#8a6a00;color:#6b5200}
.fnlp .legend span{padding:.1rem .45rem;margin-right:.4rem;border-radius:.25rem;font-size:.86rem;display:inline-block}
.fnlp table{border-collapse:collapse;width:100%;font-size:.9rem}.fnlp th,.fnlp td{border-bottom:1px solid #e3e7ec;padding:.3rem .5rem;text-align:left}
.fnlp td.n{text-align:right;font-variant-numeric:tabular-nums}.fnlp .scroll{overflow-x:auto}.fnlp details{margin:.5rem 0}
.fnlp summary{cursor:pointer}.fnlp a{color:#1a56a8}
"""


def document_page(report: Report) -> str:
    """Return a whole HTML page of one document."""
    return _page(report.document.title or report.document.name or "文档", fragment(report, style=False))


def folder_page(results: Sequence[Report | Failure], title: str) -> str:
    """Return a whole HTML page of many documents: all of them in the ranking, the first ``MOST_DETAILS`` with text."""
    ranked = sorted(results, key=rank)
    return ranking_page([document_row(r) for r in ranked], (r for r in ranked if isinstance(r, Report)), title)


def ranking_page(rows: Sequence[Mapping[str, Any]], reports: Iterable[Report], title: str) -> str:
    """Return the page of ``folder_page`` from rows, so that a folder of any size needs few reports in memory.

    Args:
        rows: of all documents (``views.frame.document_row``), in the order of ``views.ranking``.
        reports: those of the first scored rows in the same order; at most ``MOST_DETAILS`` are taken.
        title: heading of the page.
    """
    details = [f"<section id='d{i}'>{_document(r)}</section><hr>" for i, r in enumerate(islice(reports, MOST_DETAILS))]
    head = "".join(f"<th>{INDEX_ZH[n]}<br><span class='muted'>{n}</span></th>" for n in INDEX_NAMES)
    failed = sum(bool(row["error_code"]) for row in rows)
    # Failures stand last, so the number of a row is the number of its report.
    ranking = "".join(_ranking_row(row, i if i < len(details) else None) for i, row in enumerate(rows))
    left = len(rows) - failed - len(details)
    note = f"<p class='muted'>正文只列前 {MOST_DETAILS} 份，另有 {left} 份见表。</p>" if left else ""
    body = (
        f"<h1>{safe(title)}</h1><p class='muted'>{len(rows)} 份文档，{failed} 份失败。{DISCLAIMER} {DISCLAIMER_EN}</p>"
        f"<div class='scroll'><table><tr><th>文档</th>{head}<th>句数</th></tr>{ranking}</table></div>{note}{''.join(details)}"
    )
    return _page(title, f"<div class='fnlp'>{body}</div>")


def fragment(report: Report, *, style: bool = True) -> str:
    """Return an HTML fragment of one document, for notebooks."""
    css = f"<style>{STYLE}</style>" if style else ""
    return f"{css}<div class='fnlp'>{_document(report)}</div>"


def page_head(title: str, style: str = "") -> str:
    """Return the beginning of a page up to ``<body>``: no script and no network are allowed in it; ``style`` is more CSS."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f"<!doctype html><html lang='zh-CN'><head><meta charset='utf-8'><meta http-equiv='Content-Security-Policy' content=\"{policy}\">"
        f"<meta name='viewport' content='width=device-width,initial-scale=1'><title>{safe(title)}</title><style>{STYLE}{style}</style></head>"
        "<body>"
    )


def _page(title: str, body: str) -> str:
    return f"{page_head(title)}{body}</body></html>\n"


def _ranking_row(row: Mapping[str, Any], number: int | None) -> str:
    name = safe(row["name"] or "text")
    if row["error_code"]:
        return f"<tr><td>{name}</td><td colspan='{len(INDEX_NAMES) + 1}'>{safe(row['error'])}</td></tr>"
    link = f"<a href='#d{number}'>{name}</a>" if number is not None else name
    cells = "".join(f"<td class='n'>{_cell(row[n], 100 if n == 'formalism_index' else 1)}</td>" for n in INDEX_NAMES)
    return f"<tr><td>{link}</td>{cells}<td class='n'>{row['sentences']}</td></tr>"


def _cell(value: float | None, top: int) -> str:
    if value is None or math.isnan(value):
        return "—"
    return f"{value:.0f}" if top > 1 else f"{value:.2f}"


def _number(index: Index) -> str:
    if math.isnan(index.value):
        return f"<span title='{escape(index.reason, quote=True)}'>—</span>"
    return f"{index.value:.0f}" if index.unit == "points" else f"{index.value:.2f}"


def _document(report: Report) -> str:
    parts = (heading, gauges, legend, marked_text, profile_html, advice_html, evidence, versions)
    return "".join(part(report) for part in parts)


def heading(report: Report) -> str:
    """Return the title of a document, where it comes from, and what the figures do not say."""
    document = report.document
    title = safe(document.title or document.name.rpartition("/")[2] or "文本")
    short = "" if report.status == "ok" else "<p><b>文字不足，只列出证据。</b> insufficient text: evidence only</p>"
    return f"<h2>{title}</h2><p class='muted'>{safe(document.name)} · 文种 {escape(report.genre)} · {DISCLAIMER} {DISCLAIMER_EN}</p>{short}"


def gauges(report: Report) -> str:
    """Return the four indices with interval and percentile."""
    return f"<div class='gauges'>{''.join(_gauge(report.indices[name]) for name in INDEX_NAMES)}</div>"


def legend(report: Report) -> str:
    """Return the colours of the six functions with the number of sentences of each."""
    counts = Counter(s.function for s in report.sentences if s.weight)
    names = "".join(f"<span class='{f}'>{FUNCTIONS_ZH[f]} {f} {counts[f]}</span>" for f in FUNCTIONS)
    return f"<p class='legend'>{names}<span class='specific'>可核查</span></p>"


def marked_text(report: Report) -> str:
    """Return the text with every sentence and finding marked."""
    return f"<div class='text'>{_text(report)}</div>"


def versions(report: Report) -> str:
    """Return what made the report."""
    v = report.versions
    return f"<p class='muted'>formalism_nlp {escape(v.library)} · 词表 {v.lexicon} · 模型 {v.model} · 常模 {v.norms}</p>"


def _gauge(index: Index) -> str:
    top = 100.0 if index.unit == "points" else 1.0
    name = f"{INDEX_ZH[index.name]} <span class='muted'>{index.name}</span>"
    if math.isnan(index.value):
        return f"<div class='gauge'>{name}<br><b>—</b><div class='muted'>{escape(index.reason)}</div></div>"
    at = 100.0 * min(max(index.value / top, 0.0), 1.0)
    band, words = "", ""
    if index.interval:
        low, high = (100.0 * min(max(x / top, 0.0), 1.0) for x in index.interval)
        band = f"<i style='left:{low:.1f}%;width:{max(high - low, 0.5):.1f}%'></i>"
        digits = 0 if top > 1 else 2
        words = f"95% 区间 {index.interval[0]:.{digits}f}–{index.interval[1]:.{digits}f}"
    if not math.isnan(index.percentile):
        words += f" · 高于 {index.percentile:.0f}% ({escape(index.norm_genre)}, n={index.norm_size})"
    bar = f"<div class='bar'>{band}<u style='left:{at:.1f}%'></u></div>"
    reason = f" {escape(index.reason)}" if index.reason else ""
    return f"<div class='gauge' title='{escape(index.formula, quote=True)}'>{name}<br><b>{_number(index)}</b>{bar}<div class='muted'>{words}{reason}</div></div>"


def _text(report: Report) -> str:
    by_sentence: dict[int, list[Finding]] = {}
    for finding in report.findings:
        if finding.signal != "model":
            by_sentence.setdefault(finding.sentence, []).append(finding)
    return "".join(_sentence(report.text, s, by_sentence.get(i, [])) for i, s in enumerate(report.sentences))


def _sentence(text: str, sentence: Sentence, findings: Sequence[Finding]) -> str:
    """Cut the sentence at every finding's edge, so that overlapping findings nest properly."""
    visible = sentence.start + len(sentence.text.rstrip())
    inner = [f for f in findings if f.start < visible]
    edges = sorted({sentence.start, visible, *(f.start for f in inner), *(min(f.end, visible) for f in inner)})
    parts = []
    for start, end in pairwise(edges):
        over = [f for f in inner if f.start <= start and f.end >= end]
        piece = safe(text[start:end])
        if over:
            kinds = " ".join(sorted({f.signal for f in over}))
            tip = escape("\n".join(f"{f.rule} {f.reason}" for f in over), quote=True)
            piece = f"<mark class='{kinds}' title='{tip}'>{piece}</mark>"
        parts.append(piece)
    p = sentence.probabilities[sentence.function]
    tip = f"{FUNCTIONS_ZH[sentence.function]} p={p:.2f}；可核查 p={sentence.p_specific:.2f}"
    kind = f"{sentence.function}{' specific' if sentence.specific else ''}"
    return f"<span class='{kind}' title='{tip}'>{''.join(parts)}</span>{safe(text[visible : sentence.end])}"


def evidence(report: Report) -> str:
    """Return the findings as a folded table."""
    rows = []
    for finding in report.findings:
        if finding.signal in _SIGNALS_ZH or finding.form:
            rows.append(
                f"<tr><td class='n'>{finding.start}–{finding.end}</td><td>{safe(finding.text)}</td><td>{finding.rule}</td>"
                f"<td>{_SIGNALS_ZH.get(finding.signal, '整句')}</td><td>{row_label(report, finding)}</td><td>{escape(finding.reason)}</td></tr>"
            )
    head = "<tr><th>位置</th><th>文字</th><th>规则</th><th>类别</th><th>形式·立场</th><th>理由</th></tr>"
    return f"<details><summary>证据 {len(rows)} 条 (findings)</summary><div class='scroll'><table>{head}{''.join(rows)}</table></div></details>"
