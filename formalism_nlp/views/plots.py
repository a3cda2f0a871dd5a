"""Plots as inline SVG, without script, network or fonts of their own: for notebooks, pages and files.

Values come in, a ``Plot`` comes out: it shows itself in a notebook, and ``str(plot)`` is the SVG. Labels are Chinese with the
English name beside them. The same plots for papers, by matplotlib, are in ``views.paper_plots``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from formalism_nlp.corpora.compare import Comparison
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import FUNCTIONS, FUNCTIONS_ZH, INDEX_ZH, REMEDY_STATES, STANCES, STANCES_ZH, Report
from formalism_nlp.values.taxonomy import FORMS, REMEDIES, ROW_NAMES
from formalism_nlp.views.svg import (
    GRID,
    INK,
    LINE,
    MUTED,
    Plot,
    Scale,
    axis_label,
    box,
    clean,
    dot,
    drawing,
    label,
    line,
    shorten,
    tag,
    text_width,
)

# Dark enough to be told apart in a narrow ribbon, and in the order of lightness for who sees no colours.
COLOURS: Mapping[str, str] = {
    "SLOGAN": "#a3219a",
    "ACTIVITY": "#e0682f",
    "RESULT": "#1f7a43",
    "PLAN": "#5b9bd8",
    "PROBLEM": "#e2b714",
    "OTHER": "#d5dae1",
}
SERIES = ("#1a56a8", "#c23c12", "#1f7a43", "#a3219a", "#8a6a00", "#1c2430")
_REMEDY_ZH = {"mentioned": "提到", "substantiated": "有据"}
_WIDTH = 880.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval: ``low <= value <= high`` when both are known, NaN where not.

    ``at`` is the place on the time axis (a year) of ``time_series``; ``size`` how many documents stand behind the figure.
    """

    label: str
    value: float
    low: float = math.nan
    high: float = math.nan
    at: float = math.nan
    size: int = 0

    @property
    def has_interval(self) -> bool:
        """Whether both ends are known."""
        return not (math.isnan(self.low) or math.isnan(self.high))

    def words(self) -> str:
        """The figure as text: value, interval, size."""
        interval = f" [{self.low:.3g}, {self.high:.3g}]" if self.has_interval else ""
        return f"{self.label} {self.value:.3g}{interval}{f' n={self.size}' if self.size else ''}".strip()


def bilingual(name: str) -> str:
    """Return an index name as ``口号密度 slogan_density``; another name as it is."""
    return f"{INDEX_ZH[name]} {name}" if name in INDEX_ZH else name


def report_name(report: Report) -> str:
    """Return the title of a document, else its file name, else 文本."""
    return report.document.title or report.document.name.rpartition("/")[2] or "文本"


def sentence_strip(report: Report) -> Plot:
    """Draw a report as a ribbon from its first to its last sentence.

    Each sentence is as wide as its share of characters and coloured by its function; a dark foot marks what can be checked;
    ticks on top mark the beginnings of sections.

    Args:
        report: a scored document.
    """
    counted = [s for s in report.sentences if s.weight]
    total = sum(s.weight for s in counted) or 1
    scale = Scale(0, total, 0, _WIDTH)
    parts, done, heading = [], 0, None
    for number, s in enumerate(counted):
        left, right = scale(done), scale(done + s.weight)
        tip = f"{number + 1}. {FUNCTIONS_ZH[s.function]}{'·可核查' if s.specific else ''} {shorten(s.text.strip(), 40)}"
        parts.append(box(left, 48, right - left, 46, COLOURS[s.function], tip=tip))
        if s.specific:
            parts.append(box(left, 96, right - left, 6, INK, tip=tip))
        if s.heading != heading:
            parts.append(line(left, 40, left, 48, stroke=MUTED))
            heading = s.heading
        done += s.weight
    names = [(FUNCTIONS_ZH[f], COLOURS[f]) for f in FUNCTIONS] + [("可核查 specific", INK)]
    title = f"句子色带 sentence strip · {shorten(report_name(report), 30)}"
    ends = [label(0, 120, "首句 first", size=11, fill=MUTED), label(_WIDTH, 120, "末句 last", anchor="end", size=11, fill=MUTED)]
    return drawing(_WIDTH, 126, title, _legend(names, 26, 30), *parts, *ends)


def document_profile(report: Report) -> Plot:
    """Draw what a document is made of: shares of the six functions, forms of formalism by stance, remedies by proof.

    Args:
        report: a scored document; the counts are those of ``Report.profile``.
    """
    profile = report.profile
    forms = _counts(profile, FORMS, STANCES, STANCES_ZH, "#c23c12", 0, 110)
    remedies = _counts(profile, REMEDIES, REMEDY_STATES, _REMEDY_ZH, "#1f7a43", 560, 110)
    title = f"文档画像 document profile · {shorten(report_name(report), 30)}"
    heads = [
        label(0, 90, "形式主义表现 × 立场 forms by stance", size=12, fill=MUTED),
        label(560, 90, "治理举措 remedies", size=12, fill=MUTED),
    ]
    return drawing(_WIDTH, 140 + 22 * len(FORMS), title, _shares(report, 30), *heads, forms, remedies)


def _shares(report: Report, top: float) -> str:
    """One bar: the share of characters of each function, with its percentage where there is room."""
    weights: Counter[str] = Counter()
    for s in report.sentences:
        weights[s.function] += s.weight
    scale = Scale(0, sum(weights.values()) or 1, 0, _WIDTH)
    parts, done = [], 0
    for name in FUNCTIONS:
        left, right = scale(done), scale(done + weights[name])
        share = weights[name] / (sum(weights.values()) or 1)
        words = f"{FUNCTIONS_ZH[name]} {share:.0%}"
        parts.append(box(left, top, right - left, 30, COLOURS[name], tip=words))
        if text_width(words) + 8 < right - left:
            light = name in ("OTHER", "PROBLEM", "PLAN", "ACTIVITY")
            parts.append(label((left + right) / 2, top + 20, words, anchor="middle", fill=INK if light else "#ffffff"))
        done += weights[name]
    return "".join(parts)


def _counts(
    profile: Mapping[str, Mapping[str, int]],
    rows: Sequence[str],
    columns: Sequence[str],
    names: Mapping[str, str],
    colour: str,
    left: float,
    top: float,
) -> str:
    """A table of counts whose cells are the darker the larger the count is."""
    most = max([profile[row][column] for row in rows for column in columns] + [1])
    parts = [label(left + 172 + 66 * i, top + 4, names[c], anchor="middle", size=11, fill=MUTED) for i, c in enumerate(columns)]
    for j, row in enumerate(rows):
        y = top + 12 + 22 * j
        parts.append(label(left, y + 15, f"{row} {ROW_NAMES[row][0]}", size=12))
        for i, column in enumerate(columns):
            count = profile[row][column]
            x = left + 140 + 66 * i
            shade = 0.15 + 0.85 * count / most if count else 0.0
            tip = f"{ROW_NAMES[row][0]} · {names[column]}: {count}"
            parts.append(box(x, y, 64, 20, colour if count else "#f4f6f8", tip=tip, opacity=shade if count else 1.0))
            if count:
                parts.append(label(x + 32, y + 15, str(count), anchor="middle", fill="#ffffff" if shade > 0.55 else INK))
    return "".join(parts)


def index_distribution(
    values: Mapping[str, float],
    index: str,
    *,
    reference: Sequence[float] = (),
    reference_name: str = "",
    top: float = 1.0,
    bins: int = 20,
) -> Plot:
    """Draw how documents lie on an index, before the norms.

    Args:
        values: document name → value; NaN is left out and counted below the plot.
        index: name of the index, for the title.
        reference: values of the norm group (``GenreNorm.values[index]``); drawn as grey bars behind.
        reference_name: of the norm group.
        top: end of the axis, 1 or 100.
        bins: number of bars; heights are shares of documents, so that both groups compare.
    """
    known = {name: value for name, value in values.items() if not math.isnan(value)}
    x = Scale(0.0, top, 44, _WIDTH - 12)
    own, norm = histogram(list(known.values()), top, bins), histogram(reference, top, bins)
    y = Scale(0.0, max([*own, *norm, 0.05]), 208, 56)
    width = (x.end - x.start) / bins
    parts = [_grid(y, x, percent=True)]
    for i, (mine, theirs) in enumerate(zip(own, norm, strict=True)):
        left = x.start + i * width
        parts.append(box(left + 1, y(theirs), width - 2, 208 - y(theirs), LINE, tip=f"{reference_name} {theirs:.0%}"))
        parts.append(box(left + width * 0.25, y(mine), width * 0.5, 208 - y(mine), SERIES[0], tip=f"{mine:.0%}", opacity=0.85))
    # One mark a document below the axis, so that each can be found by its name.
    parts += [box(x(v) - 1, 212, 2, 10, SERIES[0], tip=f"{name} {v:.3g}", opacity=0.6) for name, v in known.items()]
    parts += [label(x(t), 238, axis_label(t), anchor="middle", size=11, fill=MUTED) for t in x.ticks(10)]
    names = [(f"本批 these documents n={len(known)}", SERIES[0])]
    if len(reference):
        names.append((f"常模 norms {reference_name} n={len(reference)}", LINE))
    left_out = len(values) - len(known)
    note = [label(_WIDTH, 16, f"无定义 undefined: {left_out}", anchor="end", size=11, fill=MUTED)] if left_out else []
    return drawing(_WIDTH, 246, f"{bilingual(index)} 分布 distribution", _legend(names, 28, 30), *parts, *note)


def histogram(values: Sequence[float], top: float, bins: int) -> list[float]:
    """Return the share of values in each of ``bins`` equal bars over 0–``top``; NaN is left out, no values give zeros."""
    known = [v for v in values if not math.isnan(v)]
    counts = Counter(min(max(int(v / top * bins), 0), bins - 1) for v in known)
    return [counts[i] / (len(known) or 1) for i in range(bins)]


def forest(estimates: Sequence[Estimate], title: str, *, reference: float = math.nan, reference_name: str = "") -> Plot:
    """Draw a figure of each group with its interval, one row a group.

    Args:
        estimates: groups in the order of the rows; NaN values get a row that says so.
        title: what the figures are.
        reference: a value to compare with, such as the mean of all; drawn as a dashed line.
        reference_name: its name.

    Raises:
        FormalismError: F110 when there is no estimate.
    """
    if not estimates:
        raise FormalismError("F110", "forest", "no estimates")
    low, high = span([v for e in estimates for v in (e.value, e.low, e.high)] + [reference])
    left = min(max(text_width(shorten(e.label, 20)) for e in estimates) + 16, 300)
    x = Scale(low, high, left, _WIDTH - 220)
    bottom = 44 + 24 * len(estimates)
    parts = [line(x(t), 36, x(t), bottom, stroke=GRID) for t in x.ticks()]
    parts += [label(x(t), bottom + 16, axis_label(t), anchor="middle", size=11, fill=MUTED) for t in x.ticks()]
    if not math.isnan(reference):
        parts.append(line(x(reference), 36, x(reference), bottom, stroke=MUTED, dashed=True))
        parts.append(label(x(reference), 32, f"{reference_name} {reference:.3g}", anchor="middle", size=11, fill=MUTED))
    for i, e in enumerate(estimates):
        y = 56 + 24 * i
        parts.append(tag("g", tag("title", clean(e.label)), label(0, y + 4, shorten(e.label, 20))))
        if math.isnan(e.value):
            parts.append(label(left, y + 4, "— 无定义 undefined", size=11, fill=MUTED))
            continue
        if e.has_interval:
            parts.append(line(x(e.low), y, x(e.high), y, stroke=SERIES[0], width=2))
        parts.append(dot(x(e.value), y, SERIES[0], radius=5, tip=e.words()))
        words = Estimate("", e.value, e.low, e.high, size=e.size).words()
        parts.append(label(_WIDTH - 205, y + 4, words, size=12))
    return drawing(_WIDTH, bottom + 24, title, *parts)


def group_estimates(comparison: Comparison, index: str) -> list[Estimate]:
    """Return the groups of ``corpora.compare`` on one index for ``forest``; years also for ``time_series``."""
    return [
        Estimate(g.group, g.mean, g.low, g.high, float(g.group) if g.group.isdecimal() else math.nan, g.documents)
        for g in comparison.indices
        if g.index == index
    ]


def time_series(series: Mapping[str, Sequence[Estimate]], title: str, *, top: float = math.nan) -> Plot:
    """Draw figures over time with their intervals as bands.

    Args:
        series: name → estimates with ``at`` set; sorted here. Where a step is wider than the smallest one the line is dashed:
            those times are missing, not interpolated.
        title: headline.
        top: end of the vertical axis; by default that of the data.

    Raises:
        FormalismError: F110 when there is no point at all.
    """
    lines = {name: sorted((e for e in points if not math.isnan(e.value)), key=lambda e: e.at) for name, points in series.items()}
    every = [e for points in lines.values() for e in points]
    if not every:
        raise FormalismError("F110", "time_series", "no points")
    low, high = span([v for e in every for v in (e.value, e.low, e.high)])
    if not math.isnan(top):
        low, high = 0.0, top
    x = Scale(min(e.at for e in every), max(e.at for e in every), 56, _WIDTH - 16)
    y = Scale(low, high, 270, 52)
    parts = [_grid(y, x)]
    parts += [label(x(t), 288, axis_label(t), anchor="middle", size=11, fill=MUTED) for t in x.ticks(10)]
    names = []
    for i, (name, points) in enumerate(lines.items()):
        colour = SERIES[i % len(SERIES)]
        names.append((bilingual(name), colour))
        parts.append(_band(points, x, y, colour))
    return drawing(_WIDTH, 296, title, _legend(names, 28, 30), *parts)


def _band(points: Sequence[Estimate], x: Scale, y: Scale, colour: str) -> str:
    """One series: interval bands and lines between neighbours, then the points on top."""
    steps = [b.at - a.at for a, b in pairwise(points)]
    shortest = min(steps, default=0.0)
    parts = []
    for (a, b), step in zip(pairwise(points), steps, strict=True):
        missing = step > shortest * 1.5
        if a.has_interval and b.has_interval and not missing:
            corners = [(a.at, a.low), (b.at, b.low), (b.at, b.high), (a.at, a.high)]
            path = " ".join(f"{x(u):.2f},{y(v):.2f}" for u, v in corners)
            parts.append(tag("polygon", points=path, fill=colour, fill_opacity=0.18))
        parts.append(line(x(a.at), y(a.value), x(b.at), y(b.value), stroke=colour, width=1 if missing else 2, dashed=missing))
    for e in points:
        if e.has_interval:
            parts.append(line(x(e.at), y(e.low), x(e.at), y(e.high), stroke=colour, width=0.8))
        parts.append(dot(x(e.at), y(e.value), colour, radius=3, tip=f"{axis_label(e.at)} {e.words()}"))
    return "".join(parts)


def reuse_heat_map(names: Sequence[str], shares: Sequence[Sequence[float]], title: str = "雷同热图 reuse") -> Plot:
    """Draw how much of each document (row) stands in each other one (column).

    Args:
        names: of the documents.
        shares: square matrix; ``shares[i][j]`` is the share (0–1) of characters of ``i`` that also stand in ``j``.
        title: headline.

    Raises:
        FormalismError: F110 when the matrix is not square or its size is not that of ``names``.
    """
    if len(shares) != len(names) or any(len(row) != len(names) for row in shares):
        raise FormalismError("F110", "reuse_heat_map", f"{len(names)} names, matrix of {len(shares)} rows")
    side = min(36.0, 560.0 / max(len(names), 1))
    size = min(12.0, max(side * 0.7, 5.0))
    left = max([text_width(shorten(n, 22), size) for n in names] + [40.0]) + 10
    head = left * 0.72 + 44
    parts = []
    for i, (name, row) in enumerate(zip(names, shares, strict=True)):
        y = head + side * i
        parts.append(label(left - 6, y + side * 0.5 + size * 0.35, shorten(name, 22), anchor="end", size=size))
        at = left + side * (i + 0.5)
        turned = label(at, head - 6, shorten(name, 22), size=size)
        parts.append(tag("g", turned, transform=f"rotate(-45 {at:.2f} {head - 6:.2f})"))
        for j, share in enumerate(row):
            tip = f"{name} ← {names[j]}: {share:.1%}"
            x = left + side * j
            parts.append(box(x, y, side - 1, side - 1, "#eef1f5" if i == j else "#ffffff"))
            if i != j:
                parts.append(box(x, y, side - 1, side - 1, "#a3219a", tip=tip, opacity=max(share, 0.0) ** 0.6))
            if i != j and side >= 26 and share >= 0.005:
                words = f"{share:.0%}"
                fill = "#ffffff" if share > 0.35 else INK
                parts.append(label(x + side / 2, y + side / 2 + 4, words, anchor="middle", size=10, fill=fill))
    height = head + side * len(names)
    note = label(
        0, height + 18, "行中的文字有多少见于列 share of the row's characters that stand in the column", size=11, fill=MUTED
    )
    return drawing(max(_WIDTH, left + side * len(names) + head), height + 26, title, *parts, note)


def span(values: Sequence[float]) -> tuple[float, float]:
    """Return the range of the known values with a margin of 5 %; 0–1 when there is none."""
    known = [v for v in values if not math.isnan(v)]
    if not known:
        return 0.0, 1.0
    low, high = min(known), max(known)
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 0.05
    return (0.0 if 0 <= low < margin * 2 else low - margin), high + margin


def _grid(y: Scale, x: Scale, *, percent: bool = False) -> str:
    parts = []
    for t in y.ticks(4):
        parts.append(line(x.start, y(t), x.end, y(t), stroke=GRID))
        words = f"{t:.0%}" if percent else axis_label(t)
        parts.append(label(x.start - 6, y(t) + 4, words, anchor="end", size=11, fill=MUTED))
    return "".join(parts)


def _legend(names: Sequence[tuple[str, str]], top: float, right: float) -> str:
    parts, x = [], 0.0
    for words, colour in names:
        parts += [box(x, top, 12, 12, colour), label(x + 17, top + 11, words, size=12)]
        x += 17 + text_width(words) + right * 0.6
    return "".join(parts)
