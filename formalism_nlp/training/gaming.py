"""Gaming: what a writer could do to look better or worse without changing the substance."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from formalism_nlp.training.changes import MOVEMENT_HEADER, Changes, Edit, Score, measure, movement_row
from formalism_nlp.training.checks import Check, Suite, Table
from formalism_nlp.values.document import Document
from formalism_nlp.values.report import Report

# Known formulae, and invented ones of the same make that no list can hold.
NUMERAL_SENTENCES = (
    "增强“四个意识”、坚定“四个自信”、做到“两个维护”。",
    "统筹推进“五位一体”总体布局，协调推进“四个全面”战略布局。",
    "深入实施“1359”工作思路，全面打响“七个聚力”攻坚战。",
    "扎实开展“五比五看”“三亮三评”行动，奋力推动“八个走在前列”。",
)
KNOWN_CLAUSES = ("围绕“五位一体”总体布局，", "落实“四个全面”战略布局，")
INVENTED_CLAUSES = ("按照“1359”工作思路，", "聚焦“七个聚力”，", "对标“三个走在前”，")
TRACE_SENTENCES = (
    "先后召开专题会议16次，印发文件32份，建立工作台账45本。",
    "拍摄工作照片300余张，整理归档资料26盒，做到全程留痕。",
    "组织集中学习12场次，撰写心得体会180篇，参训干部620人次。",
    "制作宣传展板24块，推送微信信息86条，发放宣传单5000份。",
)
_BETWEEN = r"(?<![。！？；]){}(?=[^\n。！？；”’」』》）)])"  # a single mark with text on both sides
_INNER_STOP, _INNER_SEMICOLON = (re.compile(_BETWEEN.format(mark)) for mark in "。；")
_SENTENCE = re.compile(r"[^。！？；\n]+[。！？；]?")
_LEAST_HALF, _LEAST_SENTENCE = 12, 40


def add_numeral_sentences(document: Document) -> str:
    """Put a sentence of doctrine numerals at the end of every third paragraph."""
    return _after_paragraphs(document.text, NUMERAL_SENTENCES, lambda number: number % 3 == 0)


def clauses_before(clauses: Sequence[str]) -> Edit:
    """An edit that opens every third sentence of running text with one of the clauses."""

    def edit(document: Document) -> str:
        count = 0

        def opened(match: re.Match[str]) -> str:
            nonlocal count
            if len(match[0]) < 15 or "。" not in match[0]:
                return match[0]
            count += 1
            return clauses[count // 3 % len(clauses)] + match[0] if count % 3 == 0 else match[0]

        return _SENTENCE.sub(opened, document.text)

    return edit


def pad_with_records(report: Report) -> str:
    """Add sentences about meetings, photos and ledgers where the text claims its achievements.

    Each sentence goes to the end of one of the (at most four) paragraphs that claim most; a text that claims nothing
    is left as it is.
    """
    claims: dict[int, float] = {}
    for sentence in report.sentences:
        p = sentence.probabilities
        claims[sentence.paragraph] = claims.get(sentence.paragraph, 0.0) + sentence.weight * (p["ACTIVITY"] + p["RESULT"])
    chosen = sorted((-amount, number) for number, amount in claims.items() if amount > 20)[: len(TRACE_SENTENCES)]
    wanted = {number for _, number in chosen}
    return _after_paragraphs(report.text, TRACE_SENTENCES, lambda number: number in wanted)


def _after_paragraphs(text: str, sentences: Sequence[str], wanted: Callable[[int], bool]) -> str:
    lines, out, paragraph, used = text.split("\n"), [], 0, 0
    for line in lines:
        if line.strip():
            if wanted(paragraph) and line.rstrip().endswith(("。", "！", "；")):
                line = line.rstrip() + sentences[used % len(sentences)]
                used += 1
            paragraph += 1
        out.append(line)
    return "\n".join(out)


def stops_to_semicolons(document: Document) -> str:
    """Run the sentences of each paragraph together: 。 → ； except at its end."""
    return _INNER_STOP.sub("；", document.text)


def semicolons_to_stops(document: Document) -> str:
    """Make full sentences of the members of a list: ； → 。 inside paragraphs."""
    return _INNER_SEMICOLON.sub("。", document.text)


def merge_pairs(document: Document) -> str:
    """Merge sentences two by two: every second 。 inside a paragraph becomes ，."""
    lines = []
    for line in document.text.split("\n"):
        count = -1

        def joined(_: re.Match[str]) -> str:
            nonlocal count
            count += 1
            return "，" if count % 2 == 0 else "。"

        lines.append(_INNER_STOP.sub(joined, line))
    return "\n".join(lines)


def split_at_commas(document: Document) -> str:
    """Split each sentence of 40 characters or more at the comma nearest its middle, when both halves have 12 or more."""

    def halved(match: re.Match[str]) -> str:
        body = match[0]
        commas = [i for i, c in enumerate(body) if c == "，" and _LEAST_HALF <= i < len(body) - _LEAST_HALF]
        if len(body) < _LEAST_SENTENCE or not commas:
            return body
        at = min(commas, key=lambda i: (abs(2 * i - len(body)), i))
        return f"{body[:at]}。{body[at + 1 :]}"

    return _SENTENCE.sub(halved, document.text)


SPLITS = {
    "。→； inside paragraphs": stops_to_semicolons,
    "；→。 inside paragraphs": semicolons_to_stops,
    "merge two by two (。→，)": merge_pairs,
    "split long ones at a comma (，→。)": split_at_commas,
}
NUMERALS: dict[str, Edit] = {
    "sentences of formulae at the end of paragraphs": add_numeral_sentences,
    "clauses of known formulae before sentences": clauses_before(KNOWN_CLAUSES),
    "clauses of invented formulae before sentences": clauses_before(INVENTED_CLAUSES),
}
_ROOM = 0.9  # a text whose trace_padding is above this has no room to rise


def gaming(score: Score, groups: Mapping[str, Sequence[Document]], before: Mapping[str, Report]) -> Suite:
    """Try every edit on every text.

    Args:
        score: document → report.
        groups: name of a group → its documents.
        before: report of each document by name.
    """
    numerals, padding, splits, checks = [], [], [], []
    for group, documents in groups.items():
        for name, edit in NUMERALS.items():
            rise = measure(score, documents, before, name, edit).of("substance")
            numerals.append((group, name, len(rise), _median(rise), _most(rise), _share(rise > 0.01)))
            checks.append(Check(f"{group}: {name}: median Δ substance", _median(rise), "≤", 0.0))
            checks.append(Check(f"{group}: {name}: largest Δ substance", _most(rise), "≤", 0.01))
        changed = measure(score, documents, before, "padded", lambda d: pad_with_records(before[d.name]))
        room = changed.before[:, 1] < _ROOM
        rise = Changes("padded", (), changed.before[room], changed.after[room]).of("trace_padding")
        padding.append((group, len(rise), _median(rise), -_most(-rise), _share(rise > 0)))
        checks.append(Check(f"{group}: padding: share of texts whose trace_padding rises", _share(rise > 0), "≥", 1.0))
        for name, edit in SPLITS.items():
            changes = measure(score, documents, before, name, edit)
            splits.append(movement_row(group, changes))
            moved = changes.largest_share()
            checks.append(Check(f"{group}: {name}: |Δ| of any share, median text", _median(moved), "≤", 0.03))
            checks.append(Check(f"{group}: {name}: |Δ| of any share, worst text", _most(moved), "≤", 0.03))
    return Suite(
        "Gaming",
        (
            Table(
                "Doctrine numerals do not buy substance",
                ("texts", "edit", "n", "median Δ substance", "largest Δ", "share over +0.01"),
                tuple(numerals),
                "Known formulae (“四个意识”) and invented ones (“七个聚力”, “1359”), as whole sentences at the end of every third "
                "paragraph, or as a clause before every third sentence.",
            ),
            Table(
                "Padding with meetings, photos and ledgers raises trace_padding",
                ("texts", "n", "median Δ trace_padding", "smallest Δ", "share that rises"),
                tuple(padding),
                f"Four sentences, put where the text claims most; texts with trace_padding defined and under {_ROOM}.",
            ),
            Table("Splitting and merging sentences", MOVEMENT_HEADER, tuple(splits)),
        ),
        tuple(checks),
    )


def _median(values: np.ndarray) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _most(values: np.ndarray) -> float:
    return float(values.max()) if len(values) else float("nan")


def _share(which: np.ndarray) -> float:
    return float(which.mean()) if len(which) else float("nan")
