"""Remarks in Word files: at the exact characters, nothing else touched, nothing doubled, opened by python-docx and LibreOffice."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from commenting import RESULT, SLOGAN, TRACE, WHEN, W, bare, comment_texts, covered, saved, scored, word_file
from docx import Document as WordFile
from docx.oxml import parse_xml

import formalism_nlp as fn
from formalism_nlp.apps.cli import main
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.views.remarks import SENTENCE_RULES, remarks
from formalism_nlp.views.word_comments import annotate_docx, report_docx, summary_lines


def formatting(data: bytes) -> list[tuple[str, bool | None, str]]:
    """Every visible character of the body with what python-docx says of its run."""
    document = WordFile(BytesIO(data))
    return [(c, run.bold, run.style.name) for p in document.paragraphs for run in p.runs for c in run.text if c.strip()]


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
        pytest.skip("LibreOffice (soffice) is not installed: apt-get install libreoffice-writer-nogui")
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
