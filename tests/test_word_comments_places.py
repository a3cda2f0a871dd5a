"""Remarks wherever text hides in a Word file, on any span of any runs, and in damaged files: exact, or refused."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from random import Random
from typing import Any

from commenting import RESULT, SLOGAN, TRACE, WHEN, W, bare, comment_texts, covered, saved, scored, word_file
from docx import Document as WordFile
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given, settings
from hypothesis import strategies as st

import formalism_nlp as fn
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.views.remarks import remarks
from formalism_nlp.views.word_comments import annotate_docx

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


@settings(max_examples=40)
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
