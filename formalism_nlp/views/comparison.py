"""A comparison as tables: Markdown, LaTeX (booktabs), plain text; pandas is ``Comparison.to_frame``."""

from __future__ import annotations

import math
from collections.abc import Sequence

from formalism_nlp.corpora.compare import Comparison, Table
from formalism_nlp.values.report import FUNCTIONS_ZH, INDEX_ZH
from formalism_nlp.views.table import display_width

TITLES: dict[Table, str] = {
    "indices": "各组指标 Indices by group (mean, 95 % bootstrap interval)",
    "contrasts": "组间差异 Differences between groups",
    "trends": "历年变化 Drift over years (Theil–Sen slope a year)",
    "shares": "句子功能占比 Shares of sentence functions",
    "keyness": "特征词 Key words (log-odds with informative Dirichlet prior)",
}
_HEADS = {
    "group": "组", "index": "指标", "documents": "份数", "mean": "均值", "low": "下限", "high": "上限", "a": "甲", "b": "乙", "difference": "差",
    "delta": "Cliff δ", "p": "p", "p_corrected": "p 校正", "method": "方法", "years": "年数", "slope": "斜率", "tau": "τ", "function": "功能",
    "sentences": "句数", "counted": "计数", "expected": "概率均值", "adjusted": "校正后", "word": "词", "log_odds": "对数优势比", "z": "z",
    "count": "次数", "other_count": "他组次数", "rate": "每万词", "other_rate": "他组每万词",
}  # fmt: skip
_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", **{c: "\\" + c for c in "&%$#_{}"}}
_SYMBOLS = {"τ": r"$\tau$", "δ": r"$\delta$"}


def table_markdown(comparison: Comparison, table: Table, *, english: bool = False) -> str:
    """Return one table in Markdown; figures are right-aligned."""
    heads, rows = _cells(comparison, table, english)
    numeric = _numeric(comparison, table)
    lines = [heads, ["---:" if n else "---" for n in numeric], *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def table_latex(comparison: Comparison, table: Table, *, english: bool = False) -> str:
    """Return one table as a LaTeX ``tabular`` for the package booktabs; Chinese needs ctex or xeCJK."""
    heads, rows = _cells(comparison, table, english)
    columns = "".join("r" if n else "l" for n in _numeric(comparison, table))
    body = "\n".join(" & ".join(map(_escape, row)) + r" \\" for row in rows)
    head = " & ".join(map(_escape, heads)) + r" \\"
    return f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{head}\n\\midrule\n{body}\n\\bottomrule\n\\end{{tabular}}"


def table_text(comparison: Comparison, table: Table, *, most: int | None = None) -> str:
    """Return one table as aligned text for the terminal, at most ``most`` rows."""
    heads, rows = _cells(comparison, table, english=False)
    shown = rows[:most]
    numeric = _numeric(comparison, table)
    widths = [max(map(display_width, column)) for column in zip(heads, *shown, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = []
        for cell, width, right in zip(cells, widths, numeric, strict=True):
            space = " " * (width - display_width(cell))
            padded.append(space + cell if right else cell + space)
        return "  ".join(padded).rstrip()

    lines = [TITLES[table], line(heads), "-" * (sum(widths) + 2 * len(widths) - 2), *map(line, shown)]
    if len(shown) < len(rows):
        lines.append(f"… 另有 {len(rows) - len(shown)} 行 ({len(rows) - len(shown)} more)")
    return "\n".join(lines)


def document_markdown(comparison: Comparison, tables: Sequence[Table], *, english: bool = False) -> str:
    """Return several tables with their titles."""
    return "\n\n".join(f"## {TITLES[table]}\n\n{table_markdown(comparison, table, english=english)}" for table in tables) + "\n"


def document_latex(comparison: Comparison, tables: Sequence[Table], *, english: bool = False) -> str:
    """Return several tables, each under a comment with its title."""
    return "\n\n".join(f"% {TITLES[table]}\n{table_latex(comparison, table, english=english)}" for table in tables) + "\n"


def _cells(comparison: Comparison, table: Table, english: bool) -> tuple[list[str], list[list[str]]]:
    names, rows = comparison.rows(table)
    heads = names if english else [_HEADS.get(name, name) for name in names]
    return list(heads), [[_cell(name, value, english) for name, value in zip(names, row, strict=True)] for row in rows]


def _cell(name: str, value: object, english: bool) -> str:
    if isinstance(value, float):
        if math.isnan(value):
            return "—"
        if name in ("p", "p_corrected"):
            return "<0.001" if value < 0.001 else f"{value:.3f}"
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
    if not english and name == "index":
        return INDEX_ZH.get(str(value), str(value))
    if not english and name == "function":
        return FUNCTIONS_ZH.get(str(value), str(value))
    return str(value)


def _numeric(comparison: Comparison, table: Table) -> list[bool]:
    text = {"group", "index", "a", "b", "method", "function", "word"}
    return [name not in text for name in comparison.rows(table)[0]]


def _escape(cell: str) -> str:
    return "".join(_LATEX.get(c) or _SYMBOLS.get(c, c) for c in cell).replace("<", "$<$").replace("—", "---")
