"""Typed patterns as regular expressions run over the whole text; returns hits ``(rule index, start, end)``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from formalism_nlp.values.lexicon import Pattern

RawHit = tuple[int, int, int]
Finder = Callable[[str], list[RawHit]]

CLAUSE_STOP = "，。！？；：\n\r"
# A count binds to an object inside its own list item and never into or out of a quoted title.
_ITEM_STOP = CLAUSE_STOP + "《》"
_CN_DIGIT = "一二三四五六七八九十百千万亿零〇两"
# Ordinals (第3) and the inside of longer numbers are no quantities; a bare 一 is an article, not a count.
NUMBER = (
    r"(?<![第\d.])(?:\d+(?:,\d{3})*(?:\.\d+)?(?:[十百千万亿]+)?|(?!一(?![" + _CN_DIGIT + r"]))(?<![" + _CN_DIGIT + r"第])"
    r"[" + _CN_DIGIT + r"]+)"
)
_ABOUT = "[余多来]?"
_NOT_STOP = f"[^{CLAUSE_STOP}]"
_MONTH = r"(?:\d{1,2}|十[一二]?|[一二三四五六七八九])月"
_DAY = r"(?:\d{1,2}|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])[日号]"
_YEAR = r"(?:(?<!\d)\d{4}|[一二][〇零○一二三四五六七八九]{3})年"
_MONTH_PART = r"(?:上旬|中旬|下旬|底|初|末)"
DATE = (
    rf"(?:{_YEAR}(?:(?:{_MONTH}(?:{_DAY}|{_MONTH_PART})?)|上半年|下半年|[一二三四]季度|底|末|初)?"
    rf"|(?<![\d十第]){_MONTH}(?:{_DAY}|{_MONTH_PART}|份)?)"
)
_PERIOD = r"(?:(?<!\d)\d{1,4}|[一二三四五六七八九十两]{1,3})个?(?:工作日|小时|天|日|周|星期|月|季度|年)"
_FIXED_POINT = r"(?:年底|年末|月底|月末|季度末|上半年|下半年|汛期|春节|元旦|国庆节?|中秋节?|入冬|开学|秋收|春耕|冬至|入汛|主汛期)"
DEADLINE = (
    rf"(?:{DATE}|(?:今年|明年|本月|下月|本)?{_FIXED_POINT})(?:之前|以前|前)"
    rf"|{_PERIOD}(?:之内|以内|内)"
    rf"|(?:今年|明年|年|本年度?|年度)内(?!部)"
    rf"|(?:到|至)(?:{_YEAR}(?:底|末)?|今年底|明年底|年底)"
)
_FORMULA_NUMERAL = "一二三四五六七八九十百千万双两N\\d"


def _alternation(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(set(words), key=lambda word: (-len(word), word)))


def _owners(rules: Sequence[tuple[int, Pattern]], field: str) -> dict[str, list[int]]:
    owners: dict[str, list[int]] = {}
    for index, pattern in rules:
        for word in getattr(pattern, field):
            owners.setdefault(word, []).append(index)
    return owners


def _regex_finder(expression: str) -> Callable[[Sequence[tuple[int, Pattern]]], Finder]:
    compiled = re.compile(expression)

    def build(rules: Sequence[tuple[int, Pattern]]) -> Finder:
        indices = [index for index, _ in rules]
        return lambda text: [(index, *match.span()) for match in compiled.finditer(text) for index in indices]

    return build


def _quantity(rules: Sequence[tuple[int, Pattern]]) -> Finder:
    owners = _owners(rules, "units")
    compiled = re.compile(f"{NUMBER}{_ABOUT}({_alternation(owners)})")

    def find(text: str) -> list[RawHit]:
        return [(index, *match.span()) for match in compiled.finditer(text) for index in owners[match[1]]]

    return find


def _counted(rules: Sequence[tuple[int, Pattern]]) -> Finder:
    owners = _owners(rules, "measures")
    counts = re.compile(f"{NUMBER}{_ABOUT}({_alternation(owners)})")
    objects = {index: re.compile(_alternation(pattern.objects)) for index, pattern in rules}
    reach = {index: pattern.gap + max(map(len, pattern.objects)) for index, pattern in rules}

    def find(text: str) -> list[RawHit]:
        hits: list[RawHit] = []
        for match in counts.finditer(text):
            for index in owners[match[1]]:
                span = _bind(text, match.span(), objects[index], reach[index])
                if span:
                    hits.append((index, *span))
        return hits

    return find


def _bind(text: str, count: tuple[int, int], objects: re.Pattern[str], reach: int) -> tuple[int, int] | None:
    """Join a count with the nearest object noun of its clause; before the count wins a tie (会议12次)."""
    start, end = count
    left = start
    while left > 0 and start - left < reach and text[left - 1] not in _ITEM_STOP:
        left -= 1
    right = end
    while right < len(text) and right - end < reach and text[right] not in _ITEM_STOP and text[right] != "、":
        right += 1
    before = list(objects.finditer(text, left, start))
    after = objects.search(text, end, right)
    if before and (after is None or start - before[-1].end() <= after.start() - end):
        return before[-1].start(), end
    return (start, after.end()) if after else None


def _change(rules: Sequence[tuple[int, Pattern]]) -> Finder:
    owners = _owners(rules, "verbs")
    unit = r"(?:个百分点|个工作日|个小时|个月|工作日|小时|分钟|公里|万元|亿元|万人|[%‰一-鿿])?"
    compiled = re.compile(
        f"[由从]{_NOT_STOP}{{0,16}}?{NUMBER}{_NOT_STOP}{{0,8}}?({_alternation(owners)}){_NOT_STOP}{{0,6}}?{NUMBER}{_ABOUT}{unit}"
    )

    def find(text: str) -> list[RawHit]:
        return [(index, *match.span()) for match in compiled.finditer(text) for index in owners[match[1]]]

    return find


def _growth(rules: Sequence[tuple[int, Pattern]]) -> Finder:
    owners = _owners(rules, "verbs")
    gap = rf"[^{CLAUSE_STOP}、\d]{{0,4}}?"
    compiled = re.compile(f"({_alternation(owners)}){gap}{NUMBER}{_ABOUT}(?:%|‰|个百分点|倍|成(?![立为员果就效本]))")

    def find(text: str) -> list[RawHit]:
        return [(index, *match.span()) for match in compiled.finditer(text) for index in owners[match[1]]]

    return find


def _line(rules: Sequence[tuple[int, Pattern]]) -> Finder:
    def find(text: str) -> list[RawHit]:
        hits: list[RawHit] = []
        for match in re.finditer(r"[^\n\r]+", text):
            line = match[0].strip()
            if not line:
                continue
            start = match.start() + match[0].index(line)
            for index, pattern in rules:
                if len(line) <= pattern.longest and (
                    any(word in line for word in pattern.contains) or (pattern.ends and line.endswith(pattern.ends))
                ):
                    hits.append((index, start, start + len(line)))
        return hits

    return find


_BUILDERS: dict[str, Callable[[Sequence[tuple[int, Pattern]]], Finder]] = {
    "quantity": _quantity,
    "counted": _counted,
    "change": _change,
    "growth": _growth,
    "line": _line,
    "date": _regex_finder(DATE),
    "deadline": _regex_finder(DEADLINE),
    "document_number": _regex_finder(r"[一-鿿]{1,12}[〔\[［（【]\d{4}[〕\]］）】]第?\d+号"),
    "title": _regex_finder(r"《[^《》\n]{1,80}(?:[《〈][^《》〈〉\n]{1,60}[》〉][^《》\n]{0,40})?》"),
    "quoted_numeral": _regex_finder(
        rf"“(?=[^”\n]{{2,12}}”)(?=[^”]*[一-鿿N+])(?:[{_FORMULA_NUMERAL}]+(?![\d.%])[^”，。！？；：\n]{{1,10}}"
        rf"|[^”，。！？；：\n]*[{_FORMULA_NUMERAL}][^”，。！？；：\n]*[{_FORMULA_NUMERAL}][^”，。！？；：\n]*)”"
    ),
    "plus_formula": _regex_finder(r"(?<![\d.+A-Za-z])[\dNnXx一]+(?:\+[\dNnXx]+)+(?![\d.%])"),
    "enumerator": _regex_finder(
        r"(?:(?<=\n)|^|(?<=[。；！？：])|(?<=\n )|(?<=^ ))"
        r"(?:第?[一二三四五六七八九十]+、|（[一二三四五六七八九十\d]{1,3}）|\d{1,2}[.．、](?!\d)|[①-⑳]|"
        r"第[一二三四五六七八九十]+[，,章节]|[一二三四五六七八九十]+(?:是|要)(?!否))"
    ),
}


def compile_patterns(rules: Iterable[tuple[int, Pattern]]) -> list[Finder]:
    """Compile all typed patterns; rules of one kind share one pass over the text.

    Args:
        rules: (rule index, pattern) pairs.

    Returns:
        Finders; each maps normalised text to hits ``(rule index, start, end)`` in text order a kind.
    """
    by_kind: dict[str, list[tuple[int, Pattern]]] = {}
    for index, pattern in rules:
        by_kind.setdefault(pattern.kind, []).append((index, pattern))
    return [_BUILDERS[kind](members) for kind, members in sorted(by_kind.items())]
