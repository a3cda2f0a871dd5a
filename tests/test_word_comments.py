"""Remarks in Word files: at the exact characters, nothing else touched, nothing doubled, opened by python-docx and LibreOffice."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from docx import Document as WordFile
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given, settings
from hypothesis import strategies as st

import formalism_nlp as fn
from formalism_nlp.apps.cli import main
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import Report
from formalism_nlp.views.remarks import SENTENCE_RULES, remarks
from formalism_nlp.views.word_comments import annotate_docx, report_docx, summary_lines

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WHEN = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
SLOGAN = "我们要高度重视、狠抓落实，以时不我待的精神奋力谱写高质量发展新篇章。"
TRACE = "全年召开推进会议12次，印发文件30份，建立工作台账15本，开展督导检查8轮。"
RESULT = "群众满意度显著提升，各项工作取得明显成效。"


def word_file(paragraphs: list[str], *, pieces: int = 1) -> Any:
    """A Word file with a title; each paragraph in a number of runs, every other one bold."""
    document = WordFile()
    document.add_paragraph("某某街道年度工作总结", style="Title")
    for text in paragraphs:
        paragraph = document.add_paragraph()
        size = max(1, len(text) // pieces)
        for i, at in enumerate(range(0, len(text), size)):
            paragraph.add_run(text[at : at + size]).bold = bool(i % 2)
    return document


def saved(document: Any) -> bytes:
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def scored(data: bytes) -> Report:
    return fn.score(fn.read(data, name="总结.docx"))


def covered(data: bytes) -> dict[int, str]:
    """Number of each comment → the text between its marks, in document order; white space left out."""
    root = WordFile(BytesIO(data)).element
    texts: dict[int, str] = {}
    open_ids: set[int] = set()
    for element in root.iter():
        if element.tag == W + "commentRangeStart":
            open_ids.add(int(element.get(W + "id")))
        elif element.tag == W + "commentRangeEnd":
            open_ids.remove(int(element.get(W + "id")))
        elif element.tag == W + "t":
            for number in open_ids:
                texts[number] = texts.get(number, "") + "".join((element.text or "").split())
    assert not open_ids
    return texts


def bare(text: str) -> str:
    return "".join(text.split())


def formatting(data: bytes) -> list[tuple[str, bool | None, str]]:
    """Every visible character of the body with what python-docx says of its run."""
    document = WordFile(BytesIO(data))
    return [(c, run.bold, run.style.name) for p in document.paragraphs for run in p.runs for c in run.text if c.strip()]


def comment_texts(data: bytes) -> list[str]:
    return [comment.text for comment in WordFile(BytesIO(data)).comments]


@pytest.fixture(scope="module")
def original(sample_text: str) -> bytes:
    return saved(word_file([*sample_text.split("\n"), SLOGAN, TRACE, RESULT], pieces=5))


@pytest.fixture(scope="module")
def reviewed(original: bytes) -> bytes:
    return annotate_docx(original, scored(original), when=WHEN)


def test_each_remark_is_a_comment_on_exactly_its_characters(original: bytes, reviewed: bytes) -> None:
    report = scored(original)
    chosen = remarks(report)
    assert len(chosen) >= 3
    texts, comments = covered(reviewed), list(WordFile(BytesIO(reviewed)).comments)
    assert len(comments) == len(chosen) + 1
    by_mark = {comment.text.split("\n")[-1]: comment for comment in comments}
    for remark in chosen:
        comment = by_mark[f"〔formalism {remark.finding.fingerprint}〕"]
        assert texts[comment.comment_id] == bare(remark.finding.text)
        assert comment.author == "formalism_nlp" and comment.timestamp == WHEN
        assert remark.finding.rule in comment.text
        if remark.finding.form:
            assert remark.finding.form in comment.text
        assert all(advice.clause in comment.text for advice in remark.advice)


def test_the_summary_stands_on_the_title(original: bytes, reviewed: bytes) -> None:
    report = scored(original)
    (summary,) = [c for c in WordFile(BytesIO(reviewed)).comments if c.text.endswith("〔formalism summary〕")]
    assert covered(reviewed)[summary.comment_id] == "某某街道年度工作总结"
    assert summary.text.split("\n")[:-1] == list(summary_lines(report))
    assert all(advice.message in summary.text for advice in report.official_rules)
    assert "不判断真伪" in summary.text and "口号密度" in summary.text


def test_all_else_is_untouched(original: bytes, reviewed: bytes) -> None:
    assert fn.read(reviewed).text == fn.read(original).text
    assert formatting(reviewed) == formatting(original)
    with zipfile.ZipFile(BytesIO(original)) as before, zipfile.ZipFile(BytesIO(reviewed)) as after:
        assert set(after.namelist()) - set(before.namelist()) == {"word/comments.xml"}
        changed = {name for name in before.namelist() if before.read(name) != after.read(name)}
    assert changed == {"word/document.xml", "word/_rels/document.xml.rels", "[Content_Types].xml"}


def test_done_again_it_changes_nothing(original: bytes, reviewed: bytes) -> None:
    assert annotate_docx(reviewed, scored(reviewed)) == reviewed


def test_stale_comments_go_and_others_stay(original: bytes) -> None:
    document = word_file([SLOGAN, TRACE, RESULT])
    document.add_comment(document.paragraphs[1].runs[0], text="请核对", author="王某")
    reviewed = annotate_docx(saved(document), scored(saved(document)), when=WHEN)
    edited = WordFile(BytesIO(reviewed))
    paragraph = next(p for p in edited.paragraphs if "推进会议" in p.text)
    paragraph._p.getparent().remove(paragraph._p)
    data = saved(edited)
    again = annotate_docx(data, scored(data))
    assert "请核对" in comment_texts(again)
    marks = [text.split("\n")[-1] for text in comment_texts(again) if "〔" in text]
    wanted = {f"〔formalism {r.finding.fingerprint}〕" for r in remarks(scored(again))} | {"〔formalism summary〕"}
    assert sorted(marks) == sorted(wanted)
    root = WordFile(BytesIO(again)).element
    ids = {int(comment.comment_id) for comment in WordFile(BytesIO(again)).comments}
    for name in ("commentRangeStart", "commentRangeEnd", "commentReference"):
        assert {int(mark.get(W + "id")) for mark in root.iter(W + name)} == ids


def test_a_comment_with_a_reply_stays_and_its_state_parts_are_cleaned(original: bytes) -> None:
    data = saved(word_file([SLOGAN, TRACE, RESULT]))
    reviewed = annotate_docx(data, scored(data), when=WHEN)
    space = "http://schemas.microsoft.com/office/word/2010/wordml"
    extended = "http://schemas.microsoft.com/office/word/2012/wordml"

    def paragraph_ids(comments: bytes) -> bytes:
        root = parse_xml(comments)
        for i, comment in enumerate(root):
            comment[-1].set(f"{{{space}}}paraId", f"{i + 1:08X}")
        from lxml import etree

        return bytes(etree.tostring(root))

    def with_parts(data: bytes, answered: str) -> bytes:
        out = BytesIO()
        with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
            for name in old.namelist():
                body = old.read(name)
                new.writestr(name, paragraph_ids(body) if name == "word/comments.xml" else body)
            count = len(WordFile(BytesIO(data)).comments)
            rows = "".join(f'<w15:commentEx w15:paraId="{i + 1:08X}" w15:done="0"/>' for i in range(count))
            reply = f'<w15:commentEx w15:paraId="0000FFFF" w15:paraIdParent="{answered}" w15:done="0"/>'
            new.writestr("word/commentsExtended.xml", f'<w15:commentsEx xmlns:w15="{extended}">{rows}{reply}</w15:commentsEx>')
        return out.getvalue()

    before = with_parts(reviewed, "00000002")
    report = scored(before)
    answered = comment_texts(before)[1]
    again = annotate_docx(before, report, dismissed=[r.finding.fingerprint for r in remarks(report)])
    left = comment_texts(again)
    assert answered in left and len(left) == 2 and left[-1].endswith("〔formalism summary〕")
    with zipfile.ZipFile(BytesIO(again)) as archive:
        rows = parse_xml(archive.read("word/commentsExtended.xml"))
        assert {row.get(f"{{{extended}}}paraId") for row in rows} == {"00000002", "0000FFFF"}


def test_dismissed_findings_get_no_comment(original: bytes) -> None:
    report = scored(original)
    gone = remarks(report)[0].finding.fingerprint
    data = annotate_docx(original, report, dismissed=[gone])
    assert all(gone not in text for text in comment_texts(data))
    assert len(comment_texts(data)) == len(remarks(report))


def test_a_report_of_another_file_is_refused(original: bytes) -> None:
    with pytest.raises(FormalismError, match="F405"):
        annotate_docx(saved(word_file([SLOGAN])), scored(original))


# --- where text hides in Word -------------------------------------------------------------------------------------------

BOX = (
    f'<w:r {nsdecls("w")} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:v="urn:schemas-microsoft-com:vml">'
    '<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx><w:txbxContent><w:p><w:r><w:t>%s</w:t></w:r></w:p>'
    "</w:txbxContent></wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox><w:txbxContent><w:p><w:r><w:t>%s</w:t>"
    "</w:r></w:p></w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
)


def hidden_places() -> Any:
    document = word_file([])
    inserted = document.add_paragraph("　　")
    inserted._p.append(
        parse_xml(f'<w:ins {nsdecls("w")} w:id="7" w:author="x"><w:r><w:rPr><w:i/></w:rPr><w:t>{SLOGAN}</w:t></w:r></w:ins>')
    )
    deleted = document.add_paragraph(TRACE[:10])
    deleted._p.append(parse_xml(f'<w:del {nsdecls("w")} w:id="8" w:author="x"><w:r><w:delText>旧稿</w:delText></w:r></w:del>'))
    deleted.add_run(TRACE[10:])
    box = document.add_paragraph("附图")
    box._p.append(parse_xml(BOX % (SLOGAN, SLOGAN)))
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = RESULT, TRACE
    control = parse_xml(f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>{RESULT}</w:t></w:r></w:p></w:sdtContent></w:sdt>")
    document.element.body.insert(1, control)
    link = document.add_paragraph()
    link._p.append(parse_xml(f'<w:hyperlink {nsdecls("w")} w:anchor="a"><w:r><w:t>{TRACE}</w:t></w:r></w:hyperlink>'))
    mixed = document.add_paragraph()
    run = mixed.add_run("一、")
    run.add_tab()
    run.add_text(SLOGAN)
    run.add_break()
    run.add_text(RESULT)
    return document


def test_text_in_every_place_is_commented_on_and_kept() -> None:
    data = saved(hidden_places())
    report = scored(data)
    reviewed = annotate_docx(data, report, when=WHEN)
    assert fn.read(reviewed).text == fn.read(data).text
    texts = covered(reviewed)
    boxed = 0
    for comment in WordFile(BytesIO(reviewed)).comments:
        mark = comment.text.split("\n")[-1]
        finding = next((r.finding for r in remarks(report) if r.finding.fingerprint in mark), None)
        if finding is None:
            continue
        boxed += texts[comment.comment_id] == bare(finding.text) * 2  # a box as a whole: both its versions
        assert texts[comment.comment_id] in (bare(finding.text), bare(finding.text) * 2)
    assert len(list(WordFile(BytesIO(reviewed)).comments)) == len(remarks(report)) + 1
    assert boxed <= 2
    root = WordFile(BytesIO(reviewed)).element
    for name in ("commentRangeStart", "commentRangeEnd", "commentReference"):
        for mark in root.iter(W + name):
            assert not [a for a in mark.iterancestors() if a.tag == W + "txbxContent"], "Word allows no comment in a text box"


def with_footnote(data: bytes, text: str) -> bytes:
    """Add a footnote to the first body paragraph, part and relation included."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name == "word/_rels/document.xml.rels":
                relation = (
                    b'<Relationship Id="rIdF" Target="footnotes.xml" '
                    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"/></Relationships>'
                )
                body = body.replace(b"</Relationships>", relation)
            elif name == "word/document.xml":
                body = body.replace(
                    "正文注".encode(), '正文注</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:t>'.encode(), 1
                )
            new.writestr(name, body)
        notes = (
            f'<w:footnotes {nsdecls("w")}><w:footnote w:id="2"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:footnote></w:footnotes>'
        )
        new.writestr("word/footnotes.xml", notes)
    return out.getvalue()


def test_a_remark_on_a_footnote_stands_at_its_mark() -> None:
    data = with_footnote(saved(word_file(["正文注。"])), SLOGAN)
    report = scored(data)
    noted = [r for r in remarks(report) if report.document.locate(r.finding.start).startswith("footnote")]
    reviewed = annotate_docx(data, report)
    assert all(any(r.finding.fingerprint in text for text in comment_texts(reviewed)) for r in noted)
    assert len(comment_texts(reviewed)) == len(remarks(report)) + 1
    with zipfile.ZipFile(BytesIO(data)) as before, zipfile.ZipFile(BytesIO(reviewed)) as after:
        assert before.read("word/footnotes.xml") == after.read("word/footnotes.xml")


# --- laws ---------------------------------------------------------------------------------------------------------------


@st.composite
def runs_and_spans(draw: st.DrawFn) -> tuple[list[list[str]], list[tuple[int, int]]]:
    letters = st.text("的一是在要高度𠀀重视 　-。", min_size=0, max_size=6)
    paragraphs = draw(st.lists(st.lists(letters, min_size=1, max_size=5), min_size=1, max_size=4))
    size = sum(len(run) for paragraph in paragraphs for run in paragraph) + len(paragraphs)
    spans = draw(st.lists(st.tuples(st.integers(0, size), st.integers(1, 12)), min_size=1, max_size=6))
    return paragraphs, [(start, start + length) for start, length in spans]


@settings(max_examples=40, deadline=None)
@given(runs_and_spans())
def test_any_span_of_any_runs_is_covered_exactly(made: tuple[list[list[str]], list[tuple[int, int]]]) -> None:
    from formalism_nlp.readers.guard import open_document
    from formalism_nlp.readers.parts import resolve
    from formalism_nlp.readers.word import trace_docx
    from formalism_nlp.views.word_package import Comments
    from formalism_nlp.views.word_runs import Runs

    paragraphs, spans = made
    document = WordFile()
    document.add_paragraph("首")
    for runs in paragraphs:
        paragraph = document.add_paragraph()
        for i, text in enumerate(runs):
            paragraph.add_run(text).italic = bool(i % 2)
    data = saved(document)
    with open_document(data, "") as archive:
        traced = trace_docx(archive)
        text = traced.document.text
        wanted = [(start, min(end, len(text))) for start, end in spans if start < len(text)]
        comments = Comments(archive, traced.main_name, traced.main, resolve)
        anchors = Runs(text, traced.sources, traced.main).anchors(wanted)
        for anchor, (start, end) in zip(anchors, wanted, strict=True):
            assert (anchor is None) == (not text[start:end].strip())
            if anchor is not None:
                comments.add(anchor.first, anchor.last, [text[start:end]], author="a", initials="a", date="2026-11-25T08:00:00Z")
        after = comments.to_bytes()
    texts = covered(after)
    for comment in WordFile(BytesIO(after)).comments:
        assert texts[comment.comment_id] == bare(comment.text)
    assert fn.read(after).text == text
    assert [(c, run.italic) for p in WordFile(BytesIO(after)).paragraphs for run in p.runs for c in run.text] == [
        (c, run.italic) for p in document.paragraphs for run in p.runs for c in run.text
    ]


def test_the_choice_is_few_and_explained(scorer: Any, sample_text: str) -> None:
    report = scorer.score(sample_text)
    chosen = remarks(report)
    assert 0 < len(chosen) < len(report.findings) / 3
    for remark in chosen:
        finding = remark.finding
        assert finding.rule in SENTENCE_RULES or (finding.form and finding.stance == "exhibits")
    keys = [(r.finding.sentence, r.finding.form) for r in chosen if r.kind == "form"]
    assert len(keys) == len(set(keys))


# --- other formats, the command, other programs -------------------------------------------------------------------------


def test_any_text_becomes_a_word_file_with_comments(sample_text: str) -> None:
    report = fn.score(sample_text + "\n\x01控制字符𠀀 要高度重视。\t表格\r\n")
    data = report_docx(report, when=WHEN)
    texts = covered(data)
    comments = list(WordFile(BytesIO(data)).comments)
    assert len(comments) == len(remarks(report)) + 1
    for remark in remarks(report):
        (comment,) = [c for c in comments if remark.finding.fingerprint in c.text]
        assert texts[comment.comment_id] == bare(remark.finding.text.replace("\x01", "\ufffd"))


def test_the_command(original: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    monkeypatch.chdir(tmp_path)
    (tmp_path / "总结.docx").write_bytes(original)
    done = CliRunner().invoke(main, ["annotate", "总结.docx", "-o", "批注.docx", "--english", "--author", "审稿"])
    assert done.exit_code == 0, done.output
    data = (tmp_path / "批注.docx").read_bytes()
    assert (tmp_path / "总结.docx").read_bytes() == original
    assert {c.author for c in WordFile(BytesIO(data)).comments} == {"审稿"}
    with zipfile.ZipFile("包.zip", "w") as archive:
        archive.writestr("总结.docx", original)
    assert CliRunner().invoke(main, ["annotate", "包.zip"]).exit_code == 0
    assert len(comment_texts(Path("包.reviewed.docx").read_bytes())) > 1
    assert CliRunner().invoke(main, ["annotate", "批注.docx", "-o", "批注.docx"]).exit_code == 3
    assert CliRunner().invoke(main, ["annotate", "批注.docx", "-o", "批注.pdf"]).exit_code == 3
    assert CliRunner().invoke(main, ["annotate", "没有.docx"]).exit_code == 3


@pytest.fixture(scope="module")
def soffice() -> Iterator[str]:
    found = shutil.which("soffice")
    if found is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    yield found


def test_libreoffice_opens_it_and_keeps_text_and_comments(soffice: str, reviewed: bytes, tmp_path: Path) -> None:
    (tmp_path / "in.docx").write_bytes(reviewed)
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [soffice, profile, "--headless", "--convert-to", "docx:MS Word 2007 XML", "--outdir", "out", "in.docx"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    back = (tmp_path / "out" / "in.docx").read_bytes()
    assert bare(fn.read(back).text) == bare(fn.read(reviewed).text)
    before = {
        text.split("\n")[-1]: covered(reviewed)[c.comment_id] for c in WordFile(BytesIO(reviewed)).comments for text in [c.text]
    }
    after = {text.split("\n")[-1]: covered(back)[c.comment_id] for c in WordFile(BytesIO(back)).comments for text in [c.text]}
    assert after == before
    assert len(comment_texts(annotate_docx(back, scored(back)))) == len(before)


def mutated(data: bytes, random: Random) -> bytes:
    """The file with one tag dropped or swapped, one byte changed, or its numbers mixed up, in a part that comments touch."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        victim = random.choice([n for n in old.namelist() if any(w in n for w in ("document.xml", "comments", "Types"))])
        for name in old.namelist():
            body = old.read(name)
            if name == victim:
                tags = re.findall(rb"<[^>]+>", body)
                at = random.randrange(len(body))
                body = random.choice(
                    [
                        body.replace(random.choice(tags), b"", 1),
                        body.replace(random.choice(tags), random.choice(tags), 1),
                        body[:at] + bytes([random.randrange(256)]) + body[at + 1 :],
                        re.sub(rb'w:id="\d+"', b'w:id="%d"' % random.choice([0, -5, 99999999999]), body),
                    ]
                )
            new.writestr(name, body)
    return out.getvalue()


def test_damaged_files_are_annotated_or_refused() -> None:
    data = saved(hidden_places())
    whole = annotate_docx(data, scored(data), when=WHEN)
    random, done = Random(7), 0  # noqa: S311
    for _ in range(40):
        mutant = mutated(whole, random)
        try:
            reviewed = annotate_docx(mutant, scored(mutant), when=WHEN)
        except FormalismError as error:
            assert error.code in ("F108", "F101", "F111")
            continue
        done += 1
        assert fn.read(reviewed).text == fn.read(mutant).text
        assert annotate_docx(reviewed, scored(reviewed)) == reviewed
    assert done > 10
