"""In what stance a sentence speaks of a form: does the text itself do it, admit it, criticise it, demand its end, report its end?

Two judges: ``stance_of``, a cascade of rules on word cues (the baseline, and what is used without a fitted model), and the
features of a multinomial logistic model over the same kind of cues (``taxonomy.TaxonomyModel``); ``formalism evaluate
--taxonomy`` prints both in one table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.characters import TERMINATORS
from formalism_nlp.analysis.clauses import COLUMN, COLUMNS, ClauseTable
from formalism_nlp.analysis.cues import TURN_NAMES
from formalism_nlp.analysis.linear import group_sums
from formalism_nlp.analysis.spans import firsts, lengths, where, with_last
from formalism_nlp.values.report import FUNCTIONS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_REMEDIED = re.compile(
    r"(?:压减|精简|减少|缩减|取消|清理|整合|合并|注销|关停|减轻|下降|降至|减至|减到|降到|降为|减为|不再|停用|废止|叫停)"
)
_PLEDGED = re.compile(
    r"(?:力戒|坚决(?:反对|防止|克服|整治|杜绝|纠正|破除)|反对|严禁|不得|不准|禁止|杜绝|防止|避免|克服|破除|摒弃|整治|纠治|纠正|切忌|切实减轻|为基层减负|不搞|不能|不要|决不|绝不)"
)
_OTHERS = re.compile(
    r"(?:一些|有些|有的|个别|少数|部分|某些|不少|许多|往往|动辄|热衷|习惯于|屡见不鲜|屡禁不止|现象|之风|所谓|名义|沦为|变成了|成了|异化|疲于|苦不堪言|诟病)"
)
_OWN = re.compile(r"(?:我[们局县市区镇乡街处院校司厅委办省州村]|本[局县市区镇乡院校单位级部]|全[局县市区镇乡院校系]|自身)")
_OWN_SECTION = re.compile(r"存在(?:的)?(?:主要)?(?:问题|困难|不足)|问题和不足|困难和(?:问题|挑战)")

# What the heading above announces; general words of headings, tried in this order, more than one may hold.
HEADINGS: dict[str, re.Pattern[str]] = {
    "feedback": re.compile(r"反馈|通报|发现的|典型案例|案例|曝光|督查|巡[察视](?!整改)|问题清单|突出问题|问题表现|群众反映|来信|调研|手记|审计|检查情况|监督检查|暗访|来访情况|整改的问题"),
    "own-problem": re.compile(r"自查|检视|对照检查|查摆|剖析|差距|短板|弱项|不足|困难|挑战|存在(?:的)?(?:主要)?(?:问题|不足)|问题和|问题与|主要问题|个人发言|薄弱|自我批评|自评|教训|在[^，。]{2,16}方面$"),
    "plan": re.compile(
        r"下一?步|打算|计划|安排|要求|措施|举措|方向|任务|对策|建议|原则|要点|重点|总体要求|保障|纪律|处理意见|改进|自身建设|今后|明年"
        r"|工作思路|整治内容|方案|努力|警示|通知|禁令|意见$|整改(?!落实|成效|情况|进展|成果|事项)"
    ),
    "review": re.compile(
        r"工作情况|开展情况|推进情况|主要做法|主要工作|成绩|回顾|总结|亮点|概况|特色|载体|建设情况|领导|接待|压实|责任体系|资料|宣传|学习"
        r"|收获|动态|发动|情况|成果|做法|信息采集|组织|队伍"
    ),
    "remedied": re.compile(r"整改(?:落实|成效|情况|进展|成果|事项)|已整改|成效|减负|转化|清理|办理成效|整治成果"),
}  # fmt: skip
_OPENINGS = ("demand", "forbid", "own", "others", "done", "reduce", "hold", "rhetoric")
_CROSSES = (
    ("reduce", "done"), ("reduce", "count"), ("reduce", "demand"), ("change", "count"), ("others", "lack"), ("own", "lack"),
    ("forbid", "demand"), ("hold", "count"), ("hold", "merit"), ("others", "rhetoric"), ("reduce", "change"),
)  # fmt: skip
_HEADED = (
    ("own-problem", "others"), ("own-problem", "own"), ("feedback", "others"), ("plan", "demand"), ("plan", "count"),
    ("plan", "hold"), ("remedied", "reduce"), ("review", "hold"), ("none", "demand"), ("none", "rhetoric"), ("none", "lack"),
    ("none", "others"), ("none", "own"), ("own-problem", "lack"),
)  # fmt: skip
_VOICES = ("own", "others", "rhetoric", "demand", "done")  # whose voice the paragraph speaks in
_TOPICS = tuple(name for name in COLUMNS if name not in TURN_NAMES)
_CUT = [COLUMN[name] for name in ("reduce", "change", "count")]  # in one clause: from so many down to so many
_LOUD = ("reduce", "forbid", "lack", "rhetoric", "change", "others")  # a sentence with none of them just tells
_FAULTS = ("others", "lack")  # whose fault it is depends on the kind of text: a report admits what a commentary criticises
_TITLES = ("none", "review", "feedback")
_PLAIN = ("plain", "plain×count", "plain×hold", "plain×head:plan", "plain×head:review", "plain×p:PLAN", "plain×p:ACTIVITY")
STANCE_FEATURES: tuple[str, ...] = (
    *(f"turn:{t}" for t in TURN_NAMES),
    *(f"opens:{t}" for t in _OPENINGS),
    *(f"before:{t}" for t in TURN_NAMES),
    *(f"first:{t}" for t in TURN_NAMES),
    *(f"head:{h}" for h in (*HEADINGS, "none")),
    *(f"{a}×{b}" for a, b in _CROSSES),
    *(f"head:{h}×{t}" for h, t in _HEADED),
    *(f"p:{f}" for f in (*FUNCTIONS, "specific")),
    *(f"before-p:{f}" for f in FUNCTIONS),
    *(f"paragraph-p:{f}" for f in FUNCTIONS),
    *(f"paragraph:{t}" for t in _VOICES),
    *_PLAIN,
    "cut",
    *(f"topic:{t}" for t in _TOPICS),
    *(f"text-p:{f}" for f in FUNCTIONS),
    *(f"title:{h}" for h in (*HEADINGS, "none")),
    *(f"{turn}×{kind}" for turn in _FAULTS for kind in (*(f"text-p:{f}" for f in FUNCTIONS), *(f"title:{h}" for h in _TITLES))),
)


def _columns(names: Sequence[str], wanted: Sequence[str]) -> Ints:
    return np.array([names.index(name) for name in wanted], dtype=np.int64)


# Columns of turns, of headings and of probabilities that are multiplied with each other.
_TURN_COLUMNS, _OPENING_COLUMNS, _TOPIC_COLUMNS = (_columns(COLUMNS, names) for names in (TURN_NAMES, _OPENINGS, _TOPICS))
_CROSSED = [_columns(TURN_NAMES, names) for names in zip(*_CROSSES, strict=True)]
_HEADS = [_columns((*HEADINGS, "none"), [head for head, _ in _HEADED]), _columns(TURN_NAMES, [turn for _, turn in _HEADED])]
_LOUD_COLUMNS, _VOICE_COLUMNS, _FAULT_COLUMNS = (_columns(TURN_NAMES, names) for names in (_LOUD, _VOICES, _FAULTS))
_TITLE_COLUMNS = _columns((*HEADINGS, "none"), _TITLES)
_BESIDE = [
    _columns(TURN_NAMES, ("count", "hold")), _columns(tuple(HEADINGS), ("plan", "review")), _columns(FUNCTIONS, ("PLAN", "ACTIVITY")),
]  # fmt: skip


def stance_features(
    clauses: ClauseTable, probabilities: Floats, paragraph: Ints, headings: Floats, mean: Floats, titles: Floats
) -> Floats:
    """Measure sentences of whole paragraphs.

    Args:
        clauses: cues by clause.
        probabilities: (sentences, ≥ 7): the six functions, then specific.
        paragraph: paragraph number of each sentence, ascending.
        headings: of ``heading_kinds``.
        mean: (sentences, six functions) of ``mean_of_others``.
        titles: of ``title_kinds``.

    Returns:
        (sentences, features) in the order of ``STANCE_FEATURES``.
    """
    n = len(paragraph)
    present = clauses.by_sentence(clauses.present).astype(np.float64)
    turns, topics = present.take(_TURN_COLUMNS, axis=1), present.take(_TOPIC_COLUMNS, axis=1)
    opens = clauses.by_sentence(clauses.opening[:, _OPENING_COLUMNS]).astype(np.float64)
    cut = 2.0 * clauses.by_sentence(np.asarray(clauses.present[:, _CUT].all(axis=1, keepdims=True)))
    p = probabilities[:, : len(FUNCTIONS) + 1]
    first = paragraph.searchsorted(paragraph)
    later = (np.arange(n) > first)[:, None].astype(np.float64)
    before = np.maximum(np.arange(n) - 1, 0)
    crosses = turns.take(_CROSSED[0], axis=1) * turns.take(_CROSSED[1], axis=1)
    headed = headings.take(_HEADS[0], axis=1) * turns.take(_HEADS[1], axis=1)
    functions = p[:, : len(FUNCTIONS)]
    plain = 1.0 - turns.take(_LOUD_COLUMNS, axis=1).max(axis=1, keepdims=True)
    beside = (np.ones((n, 1)), turns.take(_BESIDE[0], axis=1), headings.take(_BESIDE[1], axis=1), p.take(_BESIDE[2], axis=1))
    means = _paragraph_mean(np.concatenate([functions, turns.take(_VOICE_COLUMNS, axis=1)], axis=1), first)
    half = 0.5 * later
    kind = np.concatenate([2.0 * mean, titles.take(_TITLE_COLUMNS, axis=1)], axis=1)
    faults = (turns.take(_FAULT_COLUMNS, axis=1)[:, :, None] * kind[:, None, :]).reshape(n, len(_FAULTS) * kind.shape[1])
    return np.concatenate(
        [turns, opens, turns.take(before, axis=0) * half, turns.take(first, axis=0) * half, headings, crosses, headed, p,
         functions.take(before, axis=0) * later, means[:, : len(FUNCTIONS)], np.sqrt(means[:, len(FUNCTIONS) :]),
         plain * np.concatenate(beside, axis=1), cut, topics, mean, titles, faults],
        axis=1,
    )  # fmt: skip


def heading_kinds(above: Ints, bodies: Sequence[str]) -> Floats:
    """Which kinds of heading stand over each sentence.

    Args:
        above: sentence number of the heading over each sentence, -1 for none.
        bodies: normalised sentences.

    Returns:
        (sentences, ``HEADINGS`` and a last column for none of them, such as the title of an article), 0 or 1.
    """
    seen: dict[int, list[float]] = {-1: [0.0] * len(HEADINGS) + [1.0]}
    for number in set(above.tolist()) - {-1}:
        kinds = [float(bool(kind.search(bodies[number]))) for kind in HEADINGS.values()]
        seen[number] = [*kinds, float(not any(kinds))]
    return np.array([seen[number] for number in above.tolist()]).reshape(len(above), len(HEADINGS) + 1)


def sums_by_text(values: Floats, first: Ints) -> Floats:
    """Sums over the sentences of each text; ``first`` is the first sentence of each text and the number of all."""
    out = np.zeros((len(first) - 1, values.shape[1]))
    some = where(lengths(first))
    if len(some):
        out[some] = np.add.reduceat(values, first[some], axis=0)
    return out


def mean_of_others(values: Floats, total: Floats, size: Ints) -> Floats:
    """Mean over the other sentences of a text: what kind of text a sentence stands in; zero where it stands alone.

    Args:
        values: (sentences, k).
        total: (sentences, k) sums over the text of each sentence.
        size: number of sentences of that text.
    """
    return np.asarray((total - values) / np.maximum(size - 1, 1)[:, None] * (size > 1)[:, None])


def title_kinds(first: Ints, bodies: Sequence[str]) -> Floats:
    """Which kinds of heading the title of the text is; a text that begins with a full sentence has none.

    Args:
        first: sentence number of the first sentence of the text each sentence stands in.
        bodies: normalised sentences.

    Returns:
        As ``heading_kinds``.
    """
    untitled = {number for number in set(first.tolist()) if bodies[number].endswith(tuple(TERMINATORS))}
    return heading_kinds(np.array([-1 if number in untitled else number for number in first.tolist()], dtype=np.int64), bodies)


def _paragraph_mean(values: Floats, first: Ints) -> Floats:
    if not len(first):
        return values
    starts = firsts(first)
    size = lengths(with_last(starts, len(first)))
    sums = group_sums(values, with_last(starts, len(first)))
    return np.asarray((sums / size[:, None]).repeat(size, axis=0))


def stance_of(function: str, sentence: str, heading: str) -> str:
    """Judge a stance by rules from the function of the sentence and the words around it.

    Args:
        function: one of ``FUNCTIONS``.
        sentence: normalised text of the sentence.
        heading: normalised text of the nearest heading, ``""`` if none.

    Returns:
        One of ``STANCES``. Quiet before loud: in doubt between ``exhibits`` and another, cues of the other win.
    """
    if function == "PROBLEM":
        if _OWN.search(sentence) and not _OTHERS.search(sentence):
            return "admits"
        return "admits" if _OWN_SECTION.search(heading) else "criticises"
    if function == "PLAN":
        return "pledges"
    if function in ("RESULT", "ACTIVITY") and _REMEDIED.search(sentence):
        return "remedied"
    if _PLEDGED.search(sentence):
        return "pledges"
    if function in ("SLOGAN", "OTHER") and _OTHERS.search(sentence):
        return "criticises"
    return "exhibits"
