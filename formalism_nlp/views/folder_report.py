"""One self-contained page on a folder: ranking, distributions, outliers, most reused passages, a section for each document.

The page is made piece by piece, so that a folder of any size needs one report in memory at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from formalism_nlp.corpora.outliers import CUT, LEAST_DOCUMENTS, Outlier
from formalism_nlp.corpora.reuse import Match, Passage, ReuseReport
from formalism_nlp.values.report import DISCLAIMER, DISCLAIMER_EN, INDEX_NAMES, INDEX_ZH, Report
from formalism_nlp.views import page
from formalism_nlp.views.plots import document_profile, index_distribution, reuse_heat_map, sentence_strip
from formalism_nlp.views.reuse_page import side_by_side
from formalism_nlp.views.svg import safe, shorten

MOST_PASSAGES = 30
MOST_PAIRS = 30
MOST_MATRIX = 40
# Texts and drawings stop when the page has this size; browsers get slow beyond. Later documents keep their figures.
MOST_CHARACTERS = 16_000_000
_TOP_LINK = "<p class='muted'><a href='#top'>↑ 目录 contents</a> · <a href='#ranking'>排名 ranking</a></p>"
STYLE = """
.fnlp nav a{margin-right:1rem}.fnlp .tall{max-height:34rem;overflow:auto}.fnlp thead th{position:sticky;top:0;background:#fff}
.fnlp section{border-top:1px solid #d5dae1;margin-top:2rem;padding-top:.4rem}.fnlp svg{margin:.8rem 0}
.fnlp .pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem;overflow-wrap:anywhere}.fnlp .pair p{margin:0}
.fnlp .pair mark{background:#fdf0c4;border:0}.fnlp .far{color:#8f2a0a}
@media(max-width:40rem){.fnlp .pair{grid-template-columns:1fr}}
@media print{.fnlp section{break-before:page}.fnlp .tall{max-height:none;overflow:visible}.fnlp nav{display:none}}
"""


@dataclass(frozen=True)
class Folder:
    """What the page says about all documents together.

    ``rows`` are of all documents in the order of ``views.ranking`` (``views.frame.DOCUMENT_COLUMNS``; unknown figures NaN or None);
    ``keys`` name each row uniquely, as in ``outliers`` and ``reuse``; ``norms`` maps index → values of the norm group
    ``norm_name``; ``texts`` maps key → text; ``shares`` is the matrix of reuse of the documents ``shared_names``.
    """

    title: str
    rows: Sequence[Mapping[str, Any]]
    keys: Sequence[str]
    norms: Mapping[str, Sequence[float]]
    norm_name: str
    outliers: Sequence[Outlier]
    texts: Mapping[str, str]
    reuse: ReuseReport | None
    shared_names: Sequence[str] = ()
    shares: Sequence[Sequence[float]] = ()


def report_page(folder: Folder, reports: Iterable[Report]) -> Iterator[str]:
    """Yield the page in pieces.

    Args:
        folder: what is known of all documents.
        reports: of the rows without an error, in the same order.
    """
    failed = sum(bool(row["error_code"]) for row in folder.rows)
    yield page.page_head(folder.title, STYLE)
    yield (
        f"<div class='fnlp' id='top'><h1>{safe(folder.title)}</h1>"
        f"<p class='muted'>{len(folder.rows)} 份文档 documents，{failed} 份失败 failed。{DISCLAIMER} {DISCLAIMER_EN}</p>"
        "<nav><a href='#ranking'>排名 ranking</a><a href='#distributions'>分布 distributions</a><a href='#outliers'>离群 outliers</a>"
        "<a href='#reuse'>雷同 reuse</a><a href='#documents'>逐份 documents</a></nav>"
    )
    links = {key: f"<a href='#d{i}'>{safe(shorten(key, 60))}</a>" for i, key in enumerate(folder.keys)}
    yield _ranking(folder, links)
    yield _distributions(folder)
    yield _outliers(folder, links)
    yield _reuse(folder, links)
    yield from _documents(folder, reports)
    yield "</div></body></html>\n"


def _figure(row: Mapping[str, Any], name: str) -> float:
    value = row[name]
    return math.nan if value is None else float(value)


def _cell(value: float, name: str) -> str:
    if math.isnan(value):
        return "—"
    return f"{value:.0f}" if name == "formalism_index" else f"{value:.2f}"


def _ranking(folder: Folder, links: Mapping[str, str]) -> str:
    rows = []
    for number, (row, key) in enumerate(zip(folder.rows, folder.keys, strict=True), 1):
        if row["error_code"]:
            rows.append(f"<tr><td></td><td>{safe(key)}</td><td colspan='5' class='far'>{safe(row['error'])}</td></tr>")
            continue
        cells = "".join(f"<td class='n'>{_cell(_figure(row, name), name)}</td>" for name in INDEX_NAMES)
        rows.append(f"<tr><td class='n'>{number}</td><td>{links[key]}</td>{cells}<td class='n'>{row['sentences']}</td></tr>")
    head = "".join(f"<th>{INDEX_ZH[name]}<br><span class='muted'>{name}</span></th>" for name in INDEX_NAMES)
    middle = "".join(f"<td class='n'>{_cell(_median(folder, name), name)}</td>" for name in INDEX_NAMES)
    return (
        "<section id='ranking'><h2>排名 Ranking</h2><p class='muted'>按信号指数由高到低；它不可脱离前三项单独使用。— 为无定义或文字不足。"
        " By falling formalism_index, which must not be used without its three parts.</p>"
        f"<div class='tall'><table><thead><tr><th></th><th>文档 document</th>{head}<th>句数<br><span class='muted'>sentences</span></th></tr></thead>"
        f"<tr><td></td><td><i>中位数 median</i></td>{middle}<td></td></tr>{''.join(rows)}</table></div></section>"
    )


def _median(folder: Folder, name: str) -> float:
    known = [v for v in (_figure(row, name) for row in folder.rows) if not math.isnan(v)]
    return median(known) if known else math.nan


def _distributions(folder: Folder) -> str:
    plots = []
    for name in INDEX_NAMES:
        values = {key: _figure(row, name) for key, row in zip(folder.keys, folder.rows, strict=True) if not row["error_code"]}
        top = 100.0 if name == "formalism_index" else 1.0
        reference = folder.norms.get(name, ())
        plots.append(str(index_distribution(values, name, reference=reference, reference_name=folder.norm_name, top=top)))
    return (
        "<section id='distributions'><h2>分布 Distributions</h2><p class='muted'>柱高为文档所占比例；横轴下每一竖线是一份文档。"
        f" Heights are shares of documents; each mark below an axis is one document.</p>{''.join(plots)}</section>"
    )


def _outliers(folder: Folder, links: Mapping[str, str]) -> str:
    rows = [
        f"<tr><td>{links[o.name]}</td><td>{INDEX_ZH[o.index]}</td><td class='n'>{_cell(o.value, o.index)}</td>"
        f"<td class='n'>{_cell(o.median, o.index)}</td><td class='n'>{o.score:+.1f}</td></tr>"
        for o in folder.outliers
    ]
    head = "<tr><th>文档 document</th><th>指数 index</th><th>值 value</th><th>中位数 median</th><th>稳健 z</th></tr>"
    none = f"<p>没有 none（每项至少要 {LEAST_DOCUMENTS} 份文档 at least {LEAST_DOCUMENTS} documents）</p>"
    table = f"<div class='tall'><table>{head}{''.join(rows)}</table></div>"
    return (
        f"<section id='outliers'><h2>离群 Outliers</h2><p class='muted'>稳健 z = 0.6745·(值 − 中位数)/MAD，绝对值大于 {CUT}。"
        f"离群只说明与众不同，不说明好坏。 Unlike the others, not therefore bad.</p>{table if rows else none}</section>"
    )


def _reuse(folder: Folder, links: Mapping[str, str]) -> str:
    reuse = folder.reuse
    if reuse is None:
        return "<section id='reuse'><h2>雷同 Reuse</h2><p>文档少于两份，无从比较。 fewer than two documents</p></section>"
    passages = "".join(
        f"<tr><td class='n'>{p.documents}</td><td class='n'>{p.characters}</td><td>{safe(shorten(p.text, 160))}</td>"
        f"<td>{links[p.source]} <span class='muted'>{p.start}–{p.end}</span></td></tr>"
        for p in distinct(reuse.passages, MOST_PASSAGES)
    )
    shares = sorted((d for d in reuse.documents if d.shared > 0), key=lambda d: (-d.shared, d.name))
    documents = "".join(
        f"<tr><td>{links[d.name]}</td><td class='n'>{d.shared:.1%}</td><td class='n'>{d.common:.1%}</td><td class='n'>{d.near:.1%}</td>"
        f"<td class='n'>{d.repeated:.1%}</td></tr>"
        for d in shares[:MOST_PAIRS]
    )
    longest = sorted(reuse.matches, key=lambda m: (-m.characters, m.target, m.start))[:MOST_PAIRS]
    matrix = str(reuse_heat_map(folder.shared_names, folder.shares)) if len(folder.shared_names) > 1 else ""
    none = "<p>没有 none</p>"
    found = (
        "<h3>见于最多文档的段落 Most reused passages</h3><div class='tall'><table><tr><th>文档数</th><th>字数</th><th>文字 text</th>"
        f"<th>最早见于 first in</th></tr>{passages}</table></div>"
        "<h3>各文档 Documents</h3><div class='tall'><table><tr><th>文档</th><th>与他篇相同 shared</th><th>套话 common</th>"
        f"<th>相近 near</th><th>篇内重复 repeated</th></tr>{documents}</table></div>{matrix}"
        f"<h3>最长的雷同，两两对照 Longest matches side by side</h3>{''.join(_pair(m, folder.texts) for m in longest)}"
    )
    return (
        f"<section id='reuse'><h2>雷同 Reuse</h2><p class='muted'>至少连续 {reuse.least} 字（不计标点）逐字相同。只说明文字相同，不说明谁抄谁；"
        "法规名称和固定标题人人都引用。 Stretches that agree letter for letter; it does not tell who copied.</p>"
        f"{found if reuse.passages or reuse.matches else none}</section>"
    )


def distinct(passages: Iterable[Passage], most: int) -> list[Passage]:
    """Return the first ``most`` passages, without those that mostly repeat one that is listed already."""
    listed: list[Passage] = []
    for p in passages:
        if len(listed) == most:
            break
        if not any(p.text in q.text or (q.text in p.text and len(q.text) > 0.6 * len(p.text)) for q in listed):
            listed.append(p)
    return listed


def _pair(match: Match, texts: Mapping[str, str]) -> str:
    names = f"{safe(shorten(match.target, 30))} ↔ {safe(shorten(match.source, 30))}"
    kind = "逐字 exact" if match.similarity == 1 else f"相近 near {match.similarity:.2f}"
    return f"<details><summary>{match.characters} 字 · {kind} · {names}</summary>{side_by_side(match, texts)}</details>"


def _documents(folder: Folder, reports: Iterable[Report]) -> Iterator[str]:
    far = {o.name for o in folder.outliers}
    scored = [i for i, row in enumerate(folder.rows) if not row["error_code"]]
    used = brief = 0
    yield "<section id='documents'><h2>逐份 Documents</h2></section>"
    for i, report in zip(scored, reports, strict=True):
        full = used < MOST_CHARACTERS
        brief += not full
        mark = "<p class='far'>离群 outlier（见上 see above）</p>" if folder.keys[i] in far else ""
        piece = f"<section id='d{i}'>{_document(report, mark, full)}{_TOP_LINK}</section>"
        used += len(piece)
        yield piece
    if brief:
        yield f"<p class='muted'>网页过大，最后 {brief} 份只列数字；正文请用 <code>formalism explain 文件</code>。 the last {brief} without text</p>"


def _document(report: Report, mark: str, full: bool) -> str:
    head = f"{page.heading(report)}{mark}{page.gauges(report)}"
    if not full:
        return head + page.versions(report)
    return (
        f"{head}{sentence_strip(report)}<details><summary>文档画像 profile</summary>{document_profile(report)}</details>"
        f"<details><summary>正文与标记 text with marks</summary>{page.legend(report)}{page.marked_text(report)}</details>"
        f"{page.evidence(report)}{page.versions(report)}"
    )
