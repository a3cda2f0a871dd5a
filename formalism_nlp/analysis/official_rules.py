"""Advice by clause: what official rules say a document should be, checked on a finished analysis.

They advise and never condemn: severity is ``info`` or ``advice``; rules for documents sent down keep quiet on speeches and on
upward reports; records that the law requires are excepted. Clauses: 《整治形式主义为基层减负若干规定》 (2024-08-06, published
2025-08-06; seven parts, 21 items), 《政务移动互联网应用程序规范化管理办法》 (国办函〔2026〕12号), 《党政机关公文处理工作条例》
(中办发〔2012〕14号) art. 19.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.normal import normalise
from formalism_nlp.analysis.official_table import CHECKS, SENT_DOWN, UPWARD, Check
from formalism_nlp.values.report import Advice, Finding, Sentence

Ints = NDArray[np.int64]
Spans = tuple[tuple[int, int], ...]

SHINGLE = 12  # characters without punctuation; two texts share so many in a row only by quoting or copying
LONG_SENTENCE = 180  # counted characters
MOST_PREAMBLE, MOST_GUARANTEE = 0.10, 0.15  # shares of the body
LEAST_COPIED = 0.10  # share of the document's shingles that stand in the parent
LEAST_PLANS, MOST_VAGUE = 5, 0.9

_WORD = re.compile(r"[一-鿿]|[A-Za-z]+|\d+(?:[.,]\d+)*%?")
_ATTACHMENT = re.compile(r"^[ \u3000]*附(?:件|表|录)?\s*\d*\s*[:：]?.{0,40}$", re.M)
_PREAMBLE = re.compile(r"背景|意义|(?:充分|深刻|提高|统一)(?:思想)?认识|(?:基本|主要|工作|总体|指导)原则|^.{0,6}原则$")
_GUARANTEE = re.compile(r"组织领导|组织保障|保障措施|组织实施|加强领导|落实责任|强化保障|工作保障|加强保障")
_REPORTING = re.compile(
    r"(?:报送|上报|报告|反馈)[^。；，\n]{0,14}(?:落实|执行|实施|工作|进展)情况|(?:落实|执行|实施|工作|进展)情况[^。；\n]{0,14}(?:报送|上报|报至|报我)"
    r"|制定[^。；，\n]{0,10}(?:实施方案|工作方案|实施细则|配套(?:方案|文件|措施|政策))"
)
_STRAY = re.compile(
    r"一票否决|责任状|签订[^。；，\n]{0,8}责任书|创建[^。；，\n]{0,10}示范|示范[^。；，\n]{0,6}创建|达标(?:创建|活动|验收)|评比达标|(?:增加|核增)[^。；，\n]{0,6}编制|增设机构"
)
_NEGATED = re.compile(r"不得|严禁|取消|清理|严控|禁止|减少|不搞|防止|停止|不再|规范")
_PUBLICITY = re.compile(
    r"批示[^。；\n]{0,8}\d+[余多]?[次件]|\d+[余多]?[次件][^。；，\n]{0,8}批示|(?:获|得到|受到)[^。；，\n]{0,14}(?:批示|肯定性批示)"
    r"|(?:刊发|刊登|采用|编发|转发|报道)[^。；，\n]{0,14}\d+[余多]?[篇条期次]|\d+[余多]?[篇条期次][^。；，\n]{0,10}(?:刊发|刊登|被?采用|报道)"
    r"|经验做法[^。；，\n]{0,12}(?:刊发|转发|采用|推广)"
)
_TRACE = re.compile(r"照片|影像|图片|截图|拍照|留痕|痕迹|笔记|心得|体会|台账|记录|资料盒|档案盒|签到表|佐证|展板")
_CHECK_IN = re.compile(r"打卡|签到|积分|时长|点赞|转发|阅读量|浏览量|登录|答题|活跃度|下载率|投票|轨迹|学时")
_PLATFORM = re.compile(r"平台|系统|小程序|公众号|群|APP|App|应用|大屏|账号")
_LAWFUL = re.compile(
    r"依法|法定|行政执法|执法全过程|执法记录|案卷|凭证|会计|审计|档案法|病历|按(?:照)?(?:有关)?规定(?:保存|归档|留存)|条例》|法》"
)
_NUMBER = re.compile(r"\d|[一二三四五六七八九十百千万两]+[次份个期场件]")


@dataclass(frozen=True)
class Subject:
    """What the checks look at. ``level`` is the heading level of each sentence, 0 for body sentences."""

    text: str
    sentences: tuple[Sentence, ...]
    level: Ints
    findings: tuple[Finding, ...]
    genre: str
    title: str
    parent: str = ""

    @property
    def kind(self) -> str:
        """``sent-down``, ``upward`` or ``""`` when neither genre nor title tells."""
        for kind, names in (("sent-down", SENT_DOWN), ("upward", UPWARD)):
            if self.genre in names.genres:
                return kind
        for kind, names in (("upward", UPWARD), ("sent-down", SENT_DOWN)):
            if names.titles.search(self.title.strip()):
                return kind
        return ""


def advise(subject: Subject) -> tuple[Advice, ...]:
    """Return the advice of all checks that are in scope and have something to say, in id order."""
    out = []
    kind = subject.kind
    for check in CHECKS:
        if check.scope == "any" or check.scope == kind:
            for severity, spans, values in _FINDERS[check.id](subject, check):
                zh, en = check.message.format(**values), check.message_en.format(**values)
                out.append(Advice(check.id, severity or check.severity, check.clause, check.source, zh, en, spans))
    return tuple(out)


Found = Iterator[tuple[str, Spans, dict[str, object]]]
Finder = Callable[[Subject, Check], Found]


def first_line(text: str) -> str:
    """The first line that is not blank: the title of a document that brings none."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def body_end(text: str) -> int:
    """Where the body ends: the first line in the second half that announces an attachment, else the end."""
    found = _ATTACHMENT.search(text, len(text) // 2)
    return found.start() if found else len(text)


def count_words(text: str) -> int:
    """Count as Chinese offices do: each Han character, each number and each Latin word is one."""
    return sum(1 for _ in _WORD.finditer(text))


def _over(least: int, most: int) -> Finder:
    def find(subject: Subject, _: Check) -> Found:
        words = count_words(subject.text[: body_end(subject.text)])
        if least < words <= most:
            yield "", (), {"words": words}

    return find


def _sections(pattern: re.Pattern[str], most: float) -> Finder:
    """Sections whose heading matches and that take more than ``most`` of the body; below that, only ``info``."""

    def find(subject: Subject, _: Check) -> Found:
        total = sum(s.weight for s in subject.sentences) or 1
        spans, weight = [], 0
        taken = -1
        for i, sentence in enumerate(subject.sentences):
            level = int(subject.level[i])
            if i <= taken or not level or not pattern.search(sentence.text.strip()):
                continue
            later = np.flatnonzero((subject.level[i + 1 :] > 0) & (subject.level[i + 1 :] <= level))
            taken = i + int(later[0]) if len(later) else len(subject.sentences) - 1
            weight += sum(s.weight for s in subject.sentences[i : taken + 1])
            spans.append((sentence.start, subject.sentences[taken].end))
        if spans:
            share = weight / total
            yield ("advice" if share > most else "info"), tuple(spans), {"share": f"{share:.0%}"}

    return find


def _words_in(pattern: re.Pattern[str], functions: tuple[str, ...], *, unless: re.Pattern[str]) -> Finder:
    """Matches inside sentences of some functions that do not hold ``unless``."""

    def find(subject: Subject, _: Check) -> Found:
        spans = [
            (sentence.start + m.start(), sentence.start + m.end())
            for sentence in subject.sentences
            if sentence.function in functions and not unless.search(sentence.text)
            for m in pattern.finditer(sentence.text)
        ]
        if spans:
            yield "", tuple(spans), {"count": len(spans)}

    return find


def _exhibited(forms: tuple[str, ...], wanted: re.Pattern[str], *, least: int = 1) -> Finder:
    """Findings of some forms that the text itself exhibits, whose words match; lawful records are excepted."""

    def find(subject: Subject, _: Check) -> Found:
        hits = [
            f
            for f in subject.findings
            if f.form in forms
            and f.stance == "exhibits"
            and f.signal != "model"
            and wanted.search(f.text)
            and not _LAWFUL.search(subject.sentences[f.sentence].text)
        ]
        spans = merge((f.start, f.end) for f in hits)
        if len(spans) >= least:
            yield "", spans, {"count": len(spans)}

    return find


def merge(spans: Iterable[tuple[int, int]]) -> Spans:
    """Sort spans and join those that overlap or touch."""
    out: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return tuple(out)


def _long_sentences(subject: Subject, _: Check) -> Found:
    spans = tuple((s.start, s.start + len(s.text.rstrip())) for s in subject.sentences if s.weight > LONG_SENTENCE)
    if spans:
        yield "", spans, {"count": len(spans), "most": LONG_SENTENCE}


def _vague_plans(subject: Subject, _: Check) -> Found:
    plans = [s for s in subject.sentences if s.function == "PLAN"]
    vague = [s for s in plans if not s.specific]
    if len(plans) >= LEAST_PLANS and len(vague) >= MOST_VAGUE * len(plans):
        spans = tuple((s.start, s.start + len(s.text.rstrip())) for s in vague)
        yield "", spans, {"count": len(vague), "all": len(plans)}


def _repeated(subject: Subject, _: Check) -> Found:
    seen: set[str] = set()
    spans = []
    for sentence in subject.sentences:
        body = sentence.text.strip()
        if sentence.weight >= 12 and sentence.function != "OTHER":
            if body in seen:
                spans.append((sentence.start, sentence.start + len(sentence.text.rstrip())))
            seen.add(body)
    if spans:
        yield "", tuple(spans), {"count": len(spans)}


def copied(text: str, parent: str) -> tuple[float, Spans]:
    """Compare by shingles of ``SHINGLE`` characters, white space and punctuation left out.

    Returns:
        The share of the text's shingles that stand in the parent (0–1; 0 for texts shorter than a shingle), and the
        stretches of the text they cover.
    """
    ours, where = _letters(text)
    theirs, _ = _letters(parent)
    known = {theirs[i : i + SHINGLE] for i in range(len(theirs) - SHINGLE + 1)}
    starts = [i for i in range(len(ours) - SHINGLE + 1) if ours[i : i + SHINGLE] in known]
    total = max(len(ours) - SHINGLE + 1, 1)
    return len(starts) / total, merge((int(where[i]), int(where[i + SHINGLE - 1]) + 1) for i in starts)


def _letters(text: str) -> tuple[str, Ints]:
    normal = normalise(text)
    kept = [i for i, c in enumerate(normal) if c.isalnum()]
    return "".join(normal[i] for i in kept), np.array(kept, dtype=np.int64)


def _copies(subject: Subject, _: Check) -> Found:
    if subject.parent:
        share, spans = copied(subject.text, subject.parent)
        if share >= LEAST_COPIED:
            yield "", spans, {"share": f"{share:.0%}"}


_NOTHING = re.compile(r"(?!)")
_FINDERS: dict[str, Finder] = {
    "OFF001": _over(5000, 10**9),
    "OFF002": _over(4000, 5000),
    "OFF003": _sections(_PREAMBLE, MOST_PREAMBLE),
    "OFF004": _sections(_GUARANTEE, MOST_GUARANTEE),
    "OFF005": _copies,
    "OFF006": _words_in(_REPORTING, ("PLAN", "SLOGAN", "OTHER"), unless=_NEGATED),
    "OFF007": _words_in(_STRAY, ("PLAN", "SLOGAN"), unless=_NEGATED),
    "OFF008": _exhibited(("F1.1",), _NUMBER),
    "OFF009": _exhibited(("F1.2", "F3.1"), _TRACE),
    "OFF010": _words_in(_PUBLICITY, ("ACTIVITY", "RESULT"), unless=_NOTHING),
    "OFF011": _exhibited(("F4.3",), _CHECK_IN),
    "OFF012": _exhibited(("F4.2",), _PLATFORM, least=2),
    "OFF013": _long_sentences,
    "OFF014": _vague_plans,
    "OFF015": _repeated,
}
