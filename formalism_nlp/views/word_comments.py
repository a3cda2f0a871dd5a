"""Remarks as comments in a Word file: in a copy of the user's own file at the exact characters, or in a new file."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from datetime import UTC, datetime
from io import BytesIO
from typing import NamedTuple

from formalism_nlp.readers.guard import open_document
from formalism_nlp.readers.parts import resolve
from formalism_nlp.readers.word import trace_docx
from formalism_nlp.store import default_lexicon
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import DISCLAIMER, DISCLAIMER_EN, INDEX_NAMES, INDEX_ZH, Report
from formalism_nlp.views.remarks import clause, remark_lines, remarks
from formalism_nlp.views.word_package import Comments, allowed
from formalism_nlp.views.word_runs import Runs

AUTHOR = "formalism_nlp"
_INITIALS = "形"
_SUMMARY = "summary"
_MARK = re.compile(r"〔formalism ([0-9a-f]{16}|summary)〕")
_MOST_TITLE = 200


def annotate_docx(
    data: bytes,
    report: Report,
    *,
    lexicon: Lexicon | None = None,
    author: str = AUTHOR,
    when: datetime | None = None,
    english: bool = False,
    dismissed: Collection[str] = (),
) -> bytes:
    """Add the remarks of a report as comments to a copy of the Word file it was made of.

    Each comment covers exactly the characters of its finding (runs are cut there, their properties stay) and ends with a
    line that holds the finding's fingerprint. Done again, comments that still hold are left as they are, with their date and
    the replies to them, others of ours are replaced, and when nothing is to change the very same bytes come back. Text in
    text boxes, footnotes and formulas, where Word allows no comment, is commented on at what holds it in the main text.

    Args:
        data: the docx.
        report: of ``readers.read(data)``.
        lexicon: the rules that made the report; default the shipped ones.
        author: of the comments.
        when: their time; default now.
        english: comments in English instead of Chinese.
        dismissed: fingerprints of findings that get no comment.

    Returns:
        The docx with comments. Parts other than the main text, the comments and their lists keep their bytes; XML comments
        and processing instructions in the main part, which WPS writes and no program shows, are dropped.

    Raises:
        ReadError: F101, F105, F108, F111 as ``readers.word.read_docx``.
        FormalismError: F405 the report is of another file.
    """
    where = report.document.name
    with open_document(data, where) as archive:
        traced = trace_docx(archive, where)
        if traced.document.text != report.text:
            raise FormalismError("F405", where)
        wanted = _wanted(report, lexicon or default_lexicon(), dismissed, english)
        comments = Comments(archive, traced.main_name, traced.main, resolve)
        kept, stale = _compare(comments, {note.mark: note.lines for note in wanted})
        fresh = [note for note in wanted if note.mark not in kept]
        if not fresh and not stale:
            return data
        comments.remove(stale)
        _add(comments, Runs(report.text, traced.sources, traced.main), fresh, author, when)
        return comments.to_bytes()


class _Note(NamedTuple):
    """A comment to be: its mark (fingerprint or ``summary``), what it covers, what it says."""

    mark: str
    start: int
    end: int
    lines: tuple[str, ...]


def _wanted(report: Report, lexicon: Lexicon, dismissed: Collection[str], english: bool) -> list[_Note]:
    found = remarks(report, dismissed=dismissed)
    summary = _Note(_SUMMARY, *_title_span(report), summary_lines(report, dismissed=dismissed, english=english))
    return [
        summary,
        *(
            _Note(
                remark.finding.fingerprint,
                remark.finding.start,
                remark.finding.end,
                remark_lines(remark, lexicon, english=english),
            )
            for remark in found
        ),
    ]


def _add(comments: Comments, runs: Runs, notes: list[_Note], author: str, when: datetime | None) -> None:
    date = (when or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    anchors = runs.anchors((note.start, note.end) for note in notes)
    for note, anchor in zip(notes, anchors, strict=True):
        if anchor is not None:
            lines = (*note.lines, f"〔formalism {note.mark}〕")
            comments.add(anchor.first, anchor.last, lines, author=author, initials=_INITIALS, date=date)


def _compare(comments: Comments, wanted: dict[str, tuple[str, ...]]) -> tuple[set[str], set[int]]:
    """Marks of the comments of ours that still hold, and the numbers of those that do not.

    A comment somebody has replied to stays whatever it says, for the sake of the reply; only the summary must say what is so.
    """
    kept: set[str] = set()
    stale: set[int] = set()
    answered = comments.answered()
    for number, lines in comments.texts():
        found = _MARK.fullmatch(lines[-1].strip()) if lines else None
        if found is None:
            continue
        mark = found.group(1)
        holds = mark in wanted and mark not in kept and (mark != _SUMMARY or lines[:-1] == wanted[mark])
        if holds:
            kept.add(mark)
        elif number not in answered:
            stale.add(number)
    return kept, stale


def _title_span(report: Report) -> tuple[int, int]:
    """The title, or else the first block of the text."""
    blocks = report.document.blocks
    block = next((b for b in blocks if b.kind == "title"), blocks[0] if blocks else None)
    start, end = (block.start, block.end) if block else (0, len(report.text))
    return start, min(end, start + _MOST_TITLE)


def summary_lines(report: Report, *, dismissed: Collection[str] = (), english: bool = False) -> tuple[str, ...]:
    """Return the report in a few lines: indices with interval and percentile, number of remarks, official advice, disclaimer.

    Args:
        report: of one document.
        dismissed: fingerprints that make no remark.
        english: in English instead of Chinese.
    """
    lines = [f"formalism_nlp {report.versions.library}"]
    if report.status == "insufficient_text":
        lines.append("The text is too short for indices." if english else "文字不足，不计指数，只列证据。")
    for name in INDEX_NAMES:
        index = report.indices[name]
        if math.isnan(index.value):
            continue
        digits = 0 if index.unit == "0-100" or name == "formalism_index" else 2
        text = f"{name} {index.value:.{digits}f}" if english else f"{INDEX_ZH[name]} {index.value:.{digits}f}"
        if index.interval:
            low, high = index.interval
            text += f" [{low:.{digits}f}–{high:.{digits}f}]" if english else f"（95% 区间 {low:.{digits}f}–{high:.{digits}f}）"
        if not math.isnan(index.percentile):
            text += f", percentile {index.percentile:.0f}" if english else f"，同文种百分位 {index.percentile:.0f}"
        lines.append(text)
    chosen = remarks(report, dismissed=dismissed)
    warnings = sum(remark.level == "warning" for remark in chosen)
    lines.append(
        f"{len(chosen)} remarks, {warnings} of them grave."
        if english
        else f"批注 {len(chosen)} 条，其中应重点看的 {warnings} 条。"
    )
    lines += [f"{clause(advice)}：{advice.message_en if english else advice.message}" for advice in report.official_rules]
    lines.append(DISCLAIMER_EN if english else DISCLAIMER)
    return tuple(lines)


def report_docx(
    report: Report,
    *,
    lexicon: Lexicon | None = None,
    author: str = AUTHOR,
    when: datetime | None = None,
    english: bool = False,
    dismissed: Collection[str] = (),
) -> bytes:
    """Write the text of a report as a new Word file with its remarks as comments, for texts that were no Word file.

    Args:
        report: of any document.
        lexicon: the rules that made the report; default the shipped ones.
        author: of the comments.
        when: their time; default now.
        english: comments in English instead of Chinese.
        dismissed: fingerprints of findings that get no comment.

    Returns:
        A docx: a paragraph a line of the text, headings and titles styled as such. Characters that XML cannot hold are U+FFFD.
    """
    text = allowed(report.text)
    data = _plain_docx(report, text)
    with open_document(data, report.document.name) as archive:
        traced = trace_docx(archive, report.document.name)
        comments = Comments(archive, traced.main_name, traced.main, resolve)
        runs = Runs(text, traced.sources, traced.main)
        _add(comments, runs, _wanted(report, lexicon or default_lexicon(), dismissed, english), author, when)
        return comments.to_bytes()


def _plain_docx(report: Report, text: str) -> bytes:
    from docx import Document as new_document
    from docx.oxml.ns import qn

    document = new_document()
    for style in ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3"):
        # The template names Latin fonts only; 宋体 is what Word, WPS and LibreOffice all know or replace.
        document.styles[style].element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")
    styles = {b.start: "Title" if b.kind == "title" else f"Heading {min(b.level, 3)}" for b in report.document.blocks if b.level}
    start = 0
    for line in text.split("\n"):
        if line.strip():
            document.add_paragraph(line.strip(), style=styles.get(start + line.index(line.strip())))
        start += len(line) + 1
    out = BytesIO()
    document.save(out)
    return out.getvalue()
