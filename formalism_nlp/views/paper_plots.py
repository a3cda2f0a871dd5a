"""The plots of ``views.plots`` for papers: matplotlib figures to save as PDF, SVG or PNG. Needs the extra ``plots``.

Nothing global is touched: no pyplot, no rcParams that stay. Chinese labels need a font with Chinese characters; one is looked for,
and when there is none the error says so, instead of figures full of empty boxes.

    figure = paper_plots.forest(estimates, "实度")
    figure.savefig("forest.pdf")
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import FUNCTIONS_ZH, INDEX_ZH, STANCES, STANCES_ZH, Report
from formalism_nlp.values.taxonomy import FORMS, ROW_NAMES
from formalism_nlp.views.plots import COLOURS, SERIES, Estimate, histogram, report_name
from formalism_nlp.views.svg import LINE, MUTED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CJK_FONTS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB", "SimHei",
    "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Noto Serif CJK SC", "SimSun", "Noto Sans CJK JP", "Arial Unicode MS",
)  # fmt: skip


def cjk_font() -> str:
    """Return the name of the first installed font of ``CJK_FONTS``.

    Raises:
        FormalismError: F607 when matplotlib is missing; F610 when no such font is installed.
    """
    try:
        from matplotlib import font_manager
    except ImportError as error:
        raise FormalismError("F607", "matplotlib", "pip install 'formalism-nlp[plots]'") from error
    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    for name in CJK_FONTS:
        if name in installed:
            return name
    raise FormalismError("F610", "matplotlib", f"looked for {', '.join(CJK_FONTS)}")


@contextmanager
def _figure(width: float, height: float, title: str) -> Iterator[tuple[Figure, Any]]:
    """A figure and its axes; fonts are chosen when text is made, so the settings end with the block."""
    font = cjk_font()
    import matplotlib as mpl
    from matplotlib.figure import Figure

    settings: Any = {
        "font.family": ["DejaVu Sans", font], "font.size": 9, "axes.unicode_minus": False, "axes.spines.top": False,
        "axes.spines.right": False, "axes.titlesize": 10, "axes.titlelocation": "left",
    }  # fmt: skip
    with mpl.rc_context(settings):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.add_subplot()
        axes.set_title(title)
        yield figure, axes


def sentence_strip(report: Report) -> Figure:
    """A report as a ribbon; see ``plots.sentence_strip``."""
    with _figure(7, 1.5, report_name(report)) as (figure, axes):
        left, shown = 0, set()
        for s in (s for s in report.sentences if s.weight):
            name = "" if s.function in shown else FUNCTIONS_ZH[s.function]
            axes.barh(0, s.weight, left=left, color=COLOURS[s.function], label=name, edgecolor="white", linewidth=0.2)
            if s.specific:
                axes.barh(-0.5, s.weight, left=left, height=0.1, color="#1c2430", label="" if "specific" in shown else "可核查")
                shown.add("specific")
            shown.add(s.function)
            left += s.weight
        axes.set_xlim(0, left or 1)
        axes.set_yticks([])
        axes.set_xlabel("字 characters")
        figure.legend(loc="outside lower center", ncols=7, frameon=False, fontsize=7)
    return figure


def document_profile(report: Report) -> Figure:
    """Counts of forms by stance as a grid; see ``plots.document_profile``."""
    profile = report.profile
    counts = [[profile[form][stance] for stance in STANCES] for form in FORMS]
    with _figure(5, 4.2, report_name(report)) as (figure, axes):
        axes.imshow(counts, cmap="Oranges", aspect="auto", vmin=0, vmax=max(1, *(max(row) for row in counts)) * 1.5)
        axes.set_yticks(range(len(FORMS)), [f"{form} {ROW_NAMES[form][0]}" for form in FORMS])
        axes.set_xticks(range(len(STANCES)), [STANCES_ZH[stance] for stance in STANCES])
        for i, row in enumerate(counts):
            for j, count in enumerate(row):
                if count:
                    axes.text(j, i, str(count), ha="center", va="center")
    return figure


def index_distribution(
    values: Mapping[str, float],
    index: str,
    *,
    reference: Sequence[float] = (),
    reference_name: str = "",
    top: float = 1.0,
    bins: int = 20,
) -> Figure:
    """Documents on an index before the norms; see ``plots.index_distribution``."""
    known = [v for v in values.values() if not math.isnan(v)]
    width = top / bins
    lefts = [i * width for i in range(bins)]
    with _figure(6, 2.6, _name(index)) as (figure, axes):
        if len(reference):
            heights = histogram(reference, top, bins)
            axes.bar(lefts, heights, width * 0.94, align="edge", color=LINE, label=f"常模 {reference_name} n={len(reference)}")
        own = [x + width * 0.25 for x in lefts]
        axes.bar(own, histogram(known, top, bins), width * 0.5, align="edge", color=SERIES[0], label=f"本批 n={len(known)}")
        axes.set_xlim(0, top)
        axes.set_ylabel("文档比例 share")
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure


def forest(estimates: Sequence[Estimate], title: str, *, reference: float = math.nan, reference_name: str = "") -> Figure:
    """Groups with their intervals; see ``plots.forest``."""
    if not estimates:
        raise FormalismError("F110", "forest", "no estimates")
    rows = list(enumerate(estimates))
    with _figure(6, 0.9 + 0.28 * len(rows), title) as (figure, axes):
        for i, e in rows:
            if e.has_interval:
                axes.plot([e.low, e.high], [i, i], color=SERIES[0], linewidth=1.5)
            axes.plot([e.value], [i], "o", color=SERIES[0], markersize=5)
        if not math.isnan(reference):
            axes.axvline(reference, color=MUTED, linestyle="--", linewidth=1, label=reference_name)
            axes.legend(frameon=False)
        axes.set_yticks([i for i, _ in rows], [f"{e.label} (n={e.size})" if e.size else e.label for _, e in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
    return figure


def time_series(series: Mapping[str, Sequence[Estimate]], title: str, *, top: float = math.nan) -> Figure:
    """Figures over time with bands; see ``plots.time_series``."""
    lines = {n: sorted((e for e in points if not math.isnan(e.value)), key=lambda e: e.at) for n, points in series.items()}
    if not any(lines.values()):
        raise FormalismError("F110", "time_series", "no points")
    with _figure(7, 3, title) as (figure, axes):
        for i, (name, points) in enumerate(lines.items()):
            colour = SERIES[i % len(SERIES)]
            shortest = min((b.at - a.at for a, b in pairwise(points)), default=0.0)
            for a, b in pairwise(points):
                missing = b.at - a.at > shortest * 1.5
                axes.plot([a.at, b.at], [a.value, b.value], color=colour, linewidth=1, linestyle=":" if missing else "-")
                if a.has_interval and b.has_interval and not missing:
                    axes.fill_between([a.at, b.at], [a.low, b.low], [a.high, b.high], color=colour, alpha=0.18, linewidth=0)
            axes.plot([e.at for e in points], [e.value for e in points], "o", color=colour, markersize=3, label=_name(name))
        if not math.isnan(top):
            axes.set_ylim(0, top)
        figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


def reuse_heat_map(names: Sequence[str], shares: Sequence[Sequence[float]], title: str = "雷同 reuse") -> Figure:
    """Share of the row's characters that stand in the column; see ``plots.reuse_heat_map``."""
    if len(shares) != len(names) or any(len(row) != len(names) for row in shares):
        raise FormalismError("F110", "reuse_heat_map", f"{len(names)} names, matrix of {len(shares)} rows")
    side = min(max(0.3 * len(names) + 2, 3.5), 9)
    cells = [[math.nan if i == j else share for j, share in enumerate(row)] for i, row in enumerate(shares)]
    with _figure(side, side, title) as (figure, axes):
        image = axes.imshow(cells, cmap="Purples", vmin=0)
        axes.set_xticks(range(len(names)), names, rotation=60, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(names)), names)
        figure.colorbar(image, ax=axes, shrink=0.7, format=lambda v, _: f"{v:.0%}")
    return figure


def _name(index: str) -> str:
    return f"{INDEX_ZH[index]} {index}" if index in INDEX_ZH else index
