"""Invariance: edits that change nothing a reader would count must leave the formalism_index where it was."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.util import find_spec

import numpy as np

from formalism_nlp.analysis.normal import normalise
from formalism_nlp.analysis.sentences import split_sentences
from formalism_nlp.analysis.simplified import SIMPLIFIED, TRADITIONAL
from formalism_nlp.analysis.structure import place_sentences
from formalism_nlp.training.changes import MOVEMENT_HEADER, Edit, Score, measure, movement_row
from formalism_nlp.training.checks import Check, Suite, Table
from formalism_nlp.values.document import Document
from formalism_nlp.values.report import Report

# Each name takes the place of the one before it, so that no region keeps its own.
REGIONS = [
    "北京",
    "天津",
    "河北",
    "山西",
    "内蒙古",
    "辽宁",
    "吉林",
    "黑龙江",
    "上海",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "广西",
    "海南",
    "重庆",
    "四川",
    "贵州",
    "云南",
    "西藏",
    "陕西",
    "甘肃",
    "青海",
    "宁夏",
    "新疆",
]
CITIES = [
    "石家庄",
    "太原",
    "呼和浩特",
    "沈阳",
    "大连",
    "长春",
    "哈尔滨",
    "南京",
    "苏州",
    "无锡",
    "徐州",
    "杭州",
    "宁波",
    "温州",
    "合肥",
    "芜湖",
    "福州",
    "厦门",
    "泉州",
    "南昌",
    "赣州",
    "济南",
    "青岛",
    "烟台",
    "郑州",
    "洛阳",
    "武汉",
    "襄阳",
    "长沙",
    "岳阳",
    "广州",
    "深圳",
    "珠海",
    "佛山",
    "东莞",
    "南宁",
    "桂林",
    "海口",
    "三亚",
    "成都",
    "绵阳",
    "宜宾",
    "贵阳",
    "遵义",
    "昆明",
    "大理",
    "拉萨",
    "西安",
    "咸阳",
    "延安",
    "兰州",
    "天水",
    "西宁",
    "银川",
    "乌鲁木齐",
]
# Invented; they stand for counties, towns and villages of a text.
INVENTED = [
    "云泊",
    "檀溪",
    "荷湾",
    "岚桥",
    "石泷",
    "梧岭",
    "青汀",
    "渔浦",
    "松坪",
    "柏塘",
    "桐渡",
    "沙岗",
    "竹园",
    "梅垭",
    "柳泉",
    "荻港",
    "鹤峰",
    "鹭洲",
    "雁滩",
    "鲤溪",
]
_UNIT = re.compile(r"([\u4e00-\u9fff]{2})(?=县|市|镇|乡|村|街道)")
_TITLE = re.compile(r"\s*(?:中共|关于)?([\u4e00-\u9fff]{2})(?=省|市|州|县|区|镇|乡|村|街道)")
_NEVER = set(
    "按照全各我本该每多乡城老新贫农社小试示片两三四五六七八九十一个所有条建设和与的在到对向为从以及等镇村县市区街道二处家户名次其同跨驻进入下由是成了将把被"
)
_SEED = 1989
_FULL = {c: c + 0xFEE0 for c in range(0x21, 0x7F)}
_HALF = {0xFF0C: ",", 0xFF1A: ":", 0xFF08: "(", 0xFF09: ")", 0x3001: "､"} | {0xFF10 + d: str(d) for d in range(10)}
_HALF_ENDS = _HALF | {0xFF1B: ";", 0xFF01: "!", 0xFF1F: "?"}


def swap_places(document: Document) -> str:
    """Rename provinces and cities, each to the next of a list, and the counties, towns and villages
    a text names twice or opens with."""
    text = document.text
    table = {name: names[(i + 1) % len(names)] for names in (REGIONS, CITIES) for i, name in enumerate(names)}
    counts = Counter(match[1] for match in _UNIT.finditer(text) if not set(match[1]) & _NEVER)
    title = _TITLE.match(text)
    if title and not set(title[1]) & _NEVER:
        counts[title[1]] += 2
    local = [name for name, count in counts.items() if count >= 2 and name not in table]
    table |= {name: INVENTED[i % len(INVENTED)] for i, name in enumerate(local)}
    pattern = "|".join(sorted(map(re.escape, table), key=lambda name: (-len(name), name)))
    return re.sub(pattern, lambda match: table[match[0]], text)


def full_width(document: Document) -> str:
    """Latin letters, digits and signs in full width."""
    return document.text.translate(_FULL)


def half_width(document: Document) -> str:
    """Digits and the punctuation inside sentences in half width."""
    return document.text.translate(_HALF)


def half_width_ends(document: Document) -> str:
    """；！？ in half width as well, which end sentences."""
    return document.text.translate(_HALF_ENDS)


def half_width_stops(document: Document) -> str:
    """All punctuation in half width, 。 as ｡ too."""
    return document.text.translate(_HALF_ENDS | {0x3002: "｡"})


def traditional(configuration: str) -> tuple[str, Edit]:
    """Name and edit that writes a text in traditional characters.

    With the package ``opencc`` by words (裡/里, 後/后, 乾/幹/干 told apart); without it by the library's own table.
    """
    if find_spec("opencc") is not None:
        import opencc

        converter = opencc.OpenCC(configuration)
        return f"traditional (OpenCC {configuration})", lambda document: str(converter.convert(document.text))
    table = {ord(s): t for s, t in zip(SIMPLIFIED, TRADITIONAL, strict=True)}
    return "traditional (own table; opencc is not installed)", lambda document: document.text.translate(table)


def shuffle_paragraphs(document: Document) -> str:
    """Order the paragraphs under each heading anew; headings stay."""
    rng = random.Random(_SEED)  # noqa: S311 — an edit that can be repeated, no secret
    out: list[str] = []
    body: list[str] = []
    for line, level in lines_with_levels(document):
        if level:
            out += [*_shuffled(body, rng), line]
            body = []
        else:
            body.append(line)
    return "\n".join([*out, *_shuffled(body, rng)])


def reverse_sections(document: Document) -> str:
    """Put the level-1 sections in reverse order, each with its heading and paragraphs; what stands before the first stays."""
    lines = lines_with_levels(document)
    parts: list[list[str]] = [[]]
    for line, level in lines[1:]:
        if level == 1:
            parts.append([])
        parts[-1].append(line)
    first = [line for line, _ in lines[:1]]
    return "\n".join([*first, *parts[0], *(line for part in reversed(parts[1:]) for line in part)])


def _shuffled(lines: list[str], rng: random.Random) -> list[str]:
    return rng.sample(lines, len(lines))


def lines_with_levels(document: Document) -> list[tuple[str, int]]:
    """Lines that are not blank with their heading level (0 for running text)."""
    text = document.text
    spans = split_sentences(text)
    places = place_sentences(document, normalise(text), spans)
    lines: dict[int, tuple[str, int]] = {}
    for span, place in zip(spans, places, strict=True):
        before, _ = lines.get(place.paragraph, ("", 0))
        level = place.own_level if place.whole_line else 0
        lines[place.paragraph] = (before + text[span.start : span.end], level)
    return [(line.strip(), level) for line, level in lines.values() if line.strip()]


def edits() -> dict[str, Edit]:
    """All edits by name."""
    chosen: dict[str, Edit] = {
        "place names": swap_places,
        "full width": full_width,
        "half width": half_width,
        "half width, ;!? too": half_width_ends,
        "half width, ;!? and ｡ too": half_width_stops,
        "paragraphs under each heading shuffled": shuffle_paragraphs,
        "sections reversed": reverse_sections,
    }
    return chosen | dict(traditional(name) for name in ("s2t", "s2tw", "s2hk"))


def invariance(score: Score, groups: Mapping[str, Sequence[Document]], before: Mapping[str, Report]) -> Suite:
    """Try every edit on every text; arguments as of ``gaming.gaming``."""
    rows, checks = [], []
    for group, documents in groups.items():
        for name, edit in edits().items():
            changes = measure(score, documents, before, name, edit)
            if not changes.names:
                continue
            rows.append(movement_row(group, changes))
            size = np.abs(changes.of("formalism_index"))
            checks.append(Check(f"{group}: {name}: median |Δ formalism_index|", _median(size), "≤", 2.0))
    return Suite("Invariance", (Table("What a reader would not count", MOVEMENT_HEADER, tuple(rows)),), tuple(checks))


def _median(values: np.ndarray) -> float:
    return float(np.median(values)) if len(values) else float("nan")
