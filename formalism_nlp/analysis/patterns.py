"""Typed patterns: numbers with units or bound to objects, dates, deadlines, titles, numeral formulae.

Each kind is defined by a regular expression or a few lines of Python, and is tried only where arrays say that it may match:
at 《, before 年 and 月, behind a number. The result is that of a scan over the whole text (tests/reference).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np

from formalism_nlp.analysis.bound import alternation, counted_finder, owners_of, quantity_finder
from formalism_nlp.analysis.characters import CLAUSE_STOP, DIGIT, NUMERAL, Ints, flags
from formalism_nlp.analysis.lines import line_finder
from formalism_nlp.analysis.numerals import ABOUT, IS_ABOUT, NUMBER
from formalism_nlp.analysis.page import NO_HITS, Finder, Hits, Owners, Page, Rules, next_of, scan
from formalism_nlp.analysis.spans import firsts, having, where, with_last
from formalism_nlp.values.lexicon import Pattern

_NOT_STOP = f"[^{CLAUSE_STOP}]"
_MONTH = r"(?:\d{1,2}|十[一二]?|[一二三四五六七八九])月"
_DAY = r"(?:\d{1,2}|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])[日号]"
_YEAR = r"(?:(?<!\d)\d{4}|[一二][〇零○一二三四五六七八九]{3})年"
_MONTH_PART = r"(?:上旬|中旬|下旬|底|初|末)"
DATE = (
    rf"(?:{_YEAR}(?:(?:{_MONTH}(?:{_DAY}|{_MONTH_PART})?)|上半年|下半年|[一二三四]季度|底|末|初)?"
    rf"|(?<![\d十第]){_MONTH}(?:{_DAY}|{_MONTH_PART}|份)?)"
)
_DATE_LAST = "年月日号旬底初末份度"
_PERIOD = r"(?:(?<!\d)\d{1,4}|[一二三四五六七八九十两]{1,3})个?(?:工作日|小时|天|日|周|星期|月|季度|年)"
_PERIOD_LAST = "日时天周期月度年"
_FIXED_POINTS = "年底|年末|月底|月末|季度末|上半年|下半年|汛期|春节|元旦|国庆节?|中秋节?|入冬|开学|秋收|春耕|冬至|入汛|主汛期"
_FIXED_LAST = "".join(
    sorted({character for point in _FIXED_POINTS.split("|") for character in point.removesuffix("?")[-1]} | set("庆秋"))
)
_FIXED_FIRST = "".join(sorted({point[0] for point in _FIXED_POINTS.split("|")}))
DEADLINE = (
    rf"(?:{DATE}|(?:今年|明年|本月|下月|本)?(?:{_FIXED_POINTS}))(?:之前|以前|前)"
    rf"|{_PERIOD}(?:之内|以内|内)"
    rf"|(?:今年|明年|年|本年度?|年度)内(?!部)"
    rf"|(?:到|至)(?:{_YEAR}(?:底|末)?|今年底|明年底|年底)"
)
_DEADLINE_REACH = 14  # 二〇二四年十二月三十一日之前
_FORMULA_NUMERAL = "一二三四五六七八九十百千万双两N\\d"
_FORMULA_LETTERS = "NnXx"


def compile_patterns(rules: Rules, number_of: Mapping[str, int]) -> list[Finder]:
    """Compile all typed patterns; rules of one kind share their work.

    Args:
        rules: (rule index, pattern) pairs.
        number_of: number of each word in the vocabulary that the pages are searched for; all of ``pattern_words`` are there.

    Returns:
        Finders; each maps a page to its hits.
    """
    by_kind: dict[str, list[tuple[int, Pattern]]] = {}
    for index, pattern in rules:
        by_kind.setdefault(pattern.kind, []).append((index, pattern))
    return [_BUILDERS[kind](members, number_of) for kind, members in sorted(by_kind.items())]


def pattern_words(pattern: Pattern) -> tuple[str, ...]:
    """The words of a pattern that its finder expects in the vocabulary of the pages."""
    return (*pattern.objects, *pattern.verbs, *pattern.contains, *pattern.ends)


def _at_once(*parts: Ints) -> Ints:
    """Positions of all parts, ascending, each once, none negative."""
    at = np.concatenate(parts)
    at.sort()
    at = at[firsts(at)]
    return at[at.searchsorted(0) :]


def _where(candidates: Callable[[Page], Ints], expression: str) -> Callable[[Rules, Mapping[str, int]], Finder]:
    """Builder of a kind without parameters: the expression, tried at the candidates."""

    def build(rules: Rules, _: Mapping[str, int]) -> Finder:
        compiled = re.compile(expression)
        indices = np.array([index for index, _ in rules], dtype=np.int64)

        def find(page: Page) -> Hits:
            start, end, _ = scan(compiled, page.text, candidates(page))
            if not len(start):
                return NO_HITS
            return Hits(start.repeat(len(indices)), end.repeat(len(indices)), indices[None, :].repeat(len(start), axis=0).ravel())

        return find

    return build


def _dates(page: Page) -> Ints:
    year, month = page.anchors["年"], page.anchors["月"]
    if not len(year) and not len(month):
        return year
    return page.kind_at(_at_once(year - 4, month - 1, month - 2), DIGIT | NUMERAL)


_ENDS_POINT, _ENDS_PERIOD = flags(_DATE_LAST + _FIXED_LAST), flags(_PERIOD_LAST)
_LINKS = flags("之以")
_BEGINS_DEADLINE = flags("今明本下" + _FIXED_FIRST)
_BEHIND_UNTIL = flags("今明年一二")


def _deadlines(page: Page) -> Ints:
    """Where a deadline may begin: a little before 前 and 内 that follow a date or a period, and at 到 and 至 before a year."""
    ends = []
    for mark, last in (("前", _ENDS_POINT), ("内", _ENDS_PERIOD)):
        at = page.anchors[mark]
        before = at - 1 - _LINKS.take(page.codes.take(at - 1), mode="clip")
        ends.append(at[last.take(page.codes.take(before), mode="clip")])  # −1 and −2 are the line feed and what is before it
    at = np.concatenate(ends)
    begin = _at_once((at[:, None] - np.arange(1, _DEADLINE_REACH + 1)).ravel())
    begin = begin[((page.kinds.take(begin) & (DIGIT | NUMERAL)) > 0) | _BEGINS_DEADLINE.take(page.codes.take(begin), mode="clip")]
    until = np.concatenate([page.anchors["到"], page.anchors["至"]])
    behind = page.codes.take(until + 1)
    until = until[_BEHIND_UNTIL.take(behind, mode="clip") | ((page.kinds.take(until + 1) & DIGIT) > 0)]
    return _at_once(begin, until)


def _document_numbers(page: Page) -> Ints:
    """Up to twelve characters before a bracket with four digits."""
    opening = np.concatenate([page.anchors[bracket] for bracket in "〔[（【"])
    if not len(opening):
        return opening
    opening = opening[opening + 5 < len(page.codes)]
    for step in range(1, 5):
        opening = opening[(page.kinds.take(opening + step) & DIGIT) > 0]
    if not len(opening):
        return opening
    return _at_once((opening[:, None] - np.arange(1, 13)).ravel())


def _titles(page: Page) -> Ints:
    return page.anchors["《"]


def _quotes(page: Page) -> Ints:
    """Opening quotation marks with two to twelve characters to the closing one, a numeral among them."""
    opening = page.anchors["“"]
    if not len(opening):
        return opening
    closing = with_last(page.anchors["”"], 0)
    end = closing[closing[:-1].searchsorted(opening)]
    short = where((end - opening > 2) & (end - opening < 14))
    opening, end = opening.take(short), end.take(short)
    numerals = np.concatenate([having(page.kinds, DIGIT | NUMERAL), page.anchors["双"], page.anchors["N"]])
    numerals.sort(kind="stable")  # three ascending lists
    numeral = with_last(numerals, len(page.codes))[numerals.searchsorted(opening)]
    return opening[where(numeral < end)]


def _formulae(page: Page) -> Ints:
    """The first place in the run before each + where a formula may begin."""
    out = []
    text = page.text
    for plus in page.anchors["+"].tolist():
        start = plus
        while start and (text[start - 1].isdecimal() or text[start - 1] in _FORMULA_LETTERS or text[start - 1] == "一"):
            start -= 1
        while start < plus and start and (text[start - 1].isdecimal() or text[start - 1] in _BEFORE_FORMULA):
            start += 1
        if start < plus:
            out.append(start)
    return np.array(out, dtype=np.int64)


_BEFORE_FORMULA = ".+ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BEGINS_ENUMERATOR = flags("第（一二三四五六七八九十①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳")
_BEFORE_ENUMERATOR = flags("。；！？：\n")


def _enumerators(page: Page) -> Ints:
    """Behind a full stop, colon or line feed (and a space), at what a number may begin with."""
    at = page.stops[:-1] + 1
    codes = page.codes.take(at)
    spaced = at[codes == ord(" ")] + 1
    spaced = spaced[page.codes.take(spaced - 2) == ord("\n")]
    first = np.array([0, 1], dtype=np.int64)[: len(page.codes)]
    at = at[_BEGINS_ENUMERATOR.take(codes, mode="clip") | ((page.kinds.take(at) & DIGIT) > 0)]
    at = at[_BEFORE_ENUMERATOR.take(page.codes.take(at - 1), mode="clip")]
    return _at_once(first, at, spaced)


def _change(rules: Rules, number_of: Mapping[str, int]) -> Finder:
    owners = owners_of(rules, "verbs")
    unit = r"(?:个百分点|个工作日|个小时|个月|工作日|小时|分钟|公里|万元|亿元|万人|[%‰一-鿿])?"
    compiled = re.compile(
        f"[由从]{_NOT_STOP}{{0,16}}?{NUMBER}{_NOT_STOP}{{0,8}}?({alternation(owners)}){_NOT_STOP}{{0,6}}?{NUMBER}{ABOUT}{unit}"
    )
    is_verb = Owners(((number_of[word], 0) for word in owners), len(number_of))

    def candidates(page: Page) -> Ints:
        at = _at_once(page.anchors["由"], page.anchors["从"])
        at = at[page.next_number.take(at) - at <= 17]
        if not len(at):
            return at
        verb = with_last(np.sort(page.start[is_verb.of(page.word)[0]]), len(page.codes) - 1)
        return at[where(page.clause.take(verb[verb.searchsorted(at)]) == page.clause.take(at))]

    return _by_group(compiled, candidates, owners)


def _growth(rules: Rules, number_of: Mapping[str, int]) -> Finder:
    owners = owners_of(rules, "verbs")
    gap = rf"[^{CLAUSE_STOP}、\d]{{0,4}}?"
    compiled = re.compile(f"({alternation(owners)}){gap}{NUMBER}{ABOUT}(?:%|‰|个百分点|倍|成(?![立为员果就效本]))")
    size = np.zeros(len(number_of), dtype=np.int64)
    size[[number_of[word] for word in owners]] = [len(word) for word in owners]
    is_verb = size > 0

    def candidates(page: Page) -> Ints:
        verb = where(is_verb.take(page.word))
        start = page.start.take(verb)
        end = start + size.take(page.word.take(verb))
        near = where(page.next_number.take(end) - end <= 4)
        if not len(near):
            return near
        percent = next_of(_with_percent(page), len(page.codes))
        return _at_once(start[near[where(percent.take(end[near]) - end[near] <= 4)]])

    return _by_group(compiled, candidates, owners)


_BEGINS_RATE = flags("%‰个倍成")


def _with_percent(page: Page) -> Ints:
    """Starts of the numbers that a rate may follow, perhaps with 余, 多 or 来 between."""
    ends = page.numbers.ends
    behind = page.codes.take(ends)
    rate = _BEGINS_RATE.take(behind, mode="clip")
    about = where(IS_ABOUT.take(behind, mode="clip"))
    rate[about] |= _BEGINS_RATE.take(page.codes.take(ends[about] + 1, mode="clip"), mode="clip")
    number = page.numbers.number[where(rate)]
    return page.numbers.starts[number[firsts(number)]]


def _by_group(compiled: re.Pattern[str], candidates: Callable[[Page], Ints], owners: Mapping[str, list[int]]) -> Finder:
    """Hits for the owners of the word that the first group of the expression caught."""

    def find(page: Page) -> Hits:
        start, end, caught = scan(compiled, page.text, candidates(page))
        if not len(start):
            return NO_HITS
        rows = [(a, b, rule) for a, b, word in zip(start.tolist(), end.tolist(), caught, strict=True) for rule in owners[word]]
        table = np.array(rows, dtype=np.int64).reshape(-1, 3)
        return Hits(table[:, 0], table[:, 1], table[:, 2])

    return find


_BUILDERS: dict[str, Callable[[Rules, Mapping[str, int]], Finder]] = {
    "quantity": quantity_finder,
    "counted": counted_finder,
    "change": _change,
    "growth": _growth,
    "line": line_finder,
    "date": _where(_dates, DATE),
    "deadline": _where(_deadlines, DEADLINE),
    "document_number": _where(_document_numbers, r"[一-鿿]{1,12}[〔\[［（【]\d{4}[〕\]］）】]第?\d+号"),
    "title": _where(_titles, r"《[^《》\n]{1,80}(?:[《〈][^《》〈〉\n]{1,60}[》〉][^《》\n]{0,40})?》"),
    "quoted_numeral": _where(
        _quotes,
        rf"“(?=[^”\n]{{2,12}}”)(?=[^”]*[一-鿿N+])(?:[{_FORMULA_NUMERAL}]+(?![\d.%])[^”，。！？；：\n]{{1,10}}"
        rf"|[^”，。！？；：\n]*[{_FORMULA_NUMERAL}][^”，。！？；：\n]*[{_FORMULA_NUMERAL}][^”，。！？；：\n]*)”",
    ),
    "plus_formula": _where(_formulae, r"(?<![\d.+A-Za-z])[\dNnXx一]+(?:\+[\dNnXx]+)+(?![\d.%])"),
    "enumerator": _where(
        _enumerators,
        r"(?:(?<=\n)|^|(?<=[。；！？：])|(?<=\n )|(?<=^ ))"
        r"(?:第?[一二三四五六七八九十]+、|（[一二三四五六七八九十\d]{1,3}）|\d{1,2}[.．、](?!\d)|[①-⑳]|"
        r"第[一二三四五六七八九十]+[，,章节]|[一二三四五六七八九十]+(?:是|要)(?!否))",
    ),
}
