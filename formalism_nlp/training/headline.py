"""The headline table: the same lines in the model card and in the README."""

from __future__ import annotations

import re
from collections.abc import Iterator

from formalism_nlp.training.evaluate import EVERYTHING, Evaluation, PartResult
from formalism_nlp.training.texts import OWN, SHARED_AUTHORED, SHARED_PUBLIC, WRITERS
from formalism_nlp.values.errors import FormalismError

COMMAND = "formalism evaluate --card docs/model-card.md --readme README.md"
_MARKED = re.compile(r"(<!-- headline\b[^>]*-->\n).*?(<!-- /headline -->)", re.S)
_NAMES = {
    SHARED_PUBLIC: "公开报告 public reports",
    SHARED_AUTHORED: "自写 A、B 组 authored sets A, B",
    OWN: "其他自写文档 other own documents",
    WRITERS: "不在训练里的两位作者 two writers not in train",
    EVERYTHING: "全部 everything labelled",
}
_HEAD = (
    "| 数据 data | 句 sentences | 功能 function macro-F1 (95 %) | 可核查 specific F1 | ECE 功能/可核查 | MAE 口号密度/实度 | 胜过 n-gram LR | 胜过词表 phrase list |",
    "|---|---|---|---|---|---|---|---|",
)


def headline_markdown(evaluation: Evaluation) -> str:
    """Return the table (sentences seen in their documents), what made it, and the matched sets."""
    lines = list(_HEAD)
    for result in evaluation.splits:
        if result.view == "document":
            by_name = {part.part: part for part in result.parts}
            lines += [_row(result.split, name, by_name[part]) for part, name in _NAMES.items() if part in by_name]
    lines += ["", *_sets(evaluation), f"由 made by `{COMMAND}` · 模型 model {evaluation.versions['model']}"]
    return "\n".join(lines)


def _row(split: str, name: str, part: PartResult) -> str:
    value, low, high = part.figures["macro_f1"]
    f = {key: figure[0] for key, figure in part.figures.items()}
    gains = [
        f"{part.gains[rival][0]:+.3f} ({part.gains[rival][1]:+.3f})" for rival in ("char n-gram LR (sentence)", "phrase list")
    ]
    return (
        f"| {split} · {name} | {part.sentences} | **{value:.3f}** ({low:.3f} – {high:.3f}) | {f['specific_f1']:.3f} "
        f"| {f['function_ece']:.3f} / {f['specific_ece']:.3f} | {part.shares['slogan_density']:.3f} / {part.shares['substance']:.3f} "
        f"| {gains[0]} | {gains[1]} |"
    )


def _sets(evaluation: Evaluation) -> Iterator[str]:
    """One line about the matched sets; the gains' note."""
    yield "胜过 gain in macro-F1, with the lower end of its 95 % paired document-bootstrap interval."
    if evaluation.sets:
        groups = {
            "A、B": [s for s in evaluation.sets if s.name[0] in "AB"],
            "C": [s for s in evaluation.sets if s.name[0] not in "AB"],
        }
        told = "，".join(
            f"{name} 组 {sum(all(s.right.values()) for s in sets)} / {len(sets)}" for name, sets in groups.items() if sets
        )
        yield f"四版对照（整组不入训练），四项排序全对 matched sets left out of training, all four orderings right: {told}"
    yield ""


def replace_headline(readme: str, table: str, *, where: str = "README.md") -> str:
    """Put a table between the ``<!-- headline … -->`` and ``<!-- /headline -->`` marks.

    Raises:
        FormalismError: F406 when the marks are not there exactly once.
    """
    if len(_MARKED.findall(readme)) != 1:
        raise FormalismError("F406", where, "expected one pair of marks <!-- headline … --> and <!-- /headline -->")
    return _MARKED.sub(lambda match: f"{match[1]}{table}\n{match[2]}", readme)
