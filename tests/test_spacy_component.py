"""The spaCy component in real pipelines: tokenizers, processes, bytes, DocBin, config."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.tokens import Doc, DocBin

import formalism_nlp as fn
from formalism_nlp.apps.jieba_tokenizer import NAME
from formalism_nlp.values.report import Report

JIEBA = {"nlp": {"tokenizer": {"@tokenizers": NAME}}}


def pipeline(tokenizer: str, **config: Any) -> Any:
    nlp = spacy.blank("zh", config=JIEBA if tokenizer == "jieba" else {})
    nlp.add_pipe("formalism", config=config)
    return nlp


@pytest.fixture(scope="module")
def texts(sample_text: str) -> list[str]:
    return [sample_text, "𠀀我们要高度重视，  狠抓落实。\r\n办结事项312件。", "要高度重视。"]


@pytest.mark.parametrize("tokenizer", ["char", "jieba"])
def test_spans_cover_the_findings_and_the_report_is_plain_data(tokenizer: str, texts: list[str]) -> None:
    nlp = pipeline(tokenizer)
    for text in texts:
        doc = nlp(text)
        assert doc.text == text
        report = fn.score(text)
        assert json.loads(json.dumps(doc._.formalism)) == report.to_dict()
        assert Report.from_dict(doc._.formalism).findings == report.findings
        spans = doc.spans["formalism"]
        assert [(s.label_, s.id_) for s in spans] == [(f.rule, f.fingerprint) for f in report.findings]
        for span, finding in zip(spans, report.findings, strict=True):
            assert span.start_char <= finding.start and finding.end <= span.end_char
            # No token more than the characters need.
            assert span[0].idx + len(span[0]) > finding.start and span[-1].idx < finding.end
            if tokenizer == "char":
                assert span.text == finding.text


def test_many_processes_give_the_same(texts: list[str]) -> None:
    nlp = pipeline("jieba")
    alone = [doc.to_json() for doc in nlp.pipe(texts)]
    spread = list(nlp.pipe(texts, n_process=2, batch_size=1))
    assert [doc.to_json() for doc in spread] == alone
    assert [json.dumps(doc._.formalism) for doc in spread] == [json.dumps(nlp(text)._.formalism) for text in texts]


def test_docs_travel_as_bytes(texts: list[str]) -> None:
    nlp = pipeline("char")
    docs = list(nlp.pipe(texts))
    box = DocBin(docs=docs, store_user_data=True)
    for restored in (
        [Doc(nlp.vocab).from_bytes(doc.to_bytes()) for doc in docs],
        list(DocBin().from_bytes(box.to_bytes()).get_docs(spacy.blank("zh").vocab)),
    ):
        for doc, back in zip(docs, restored, strict=True):
            assert json.dumps(back._.formalism) == json.dumps(doc._.formalism)
            assert Report.from_dict(back._.formalism) == Report.from_dict(doc._.formalism)
            assert [(s.start, s.end, s.label_) for s in back.spans["formalism"]] == [
                (s.start, s.end, s.label_) for s in doc.spans["formalism"]
            ]
    restored_doc = Doc(nlp.vocab).from_bytes(docs[0].to_bytes())
    assert [s.id_ for s in restored_doc.spans["formalism"]] == [s.id_ for s in docs[0].spans["formalism"]]


@pytest.mark.parametrize("tokenizer", ["char", "jieba"])
def test_a_pipeline_is_saved_and_loaded_with_its_config(tokenizer: str, texts: list[str], tmp_path: Path) -> None:
    nlp = pipeline(tokenizer, genre="work-summary", spans_key="措辞")
    nlp.to_disk(tmp_path / "pipeline")
    loaded = spacy.load(tmp_path / "pipeline")
    assert loaded.config == nlp.config
    assert loaded.config["components"]["formalism"] == {
        "factory": "formalism", "genre": "work-summary", "spans_key": "措辞", "lexicons": [], "model": None,
    }  # fmt: skip
    same = spacy.blank("zh", config=JIEBA if tokenizer == "jieba" else {})
    same.add_pipe("formalism")
    assert same.from_bytes(nlp.to_bytes()).get_pipe("formalism") is not None
    a, b = nlp(texts[0]), loaded(texts[0])
    assert a._.formalism == b._.formalism and a._.formalism["genre"] == "work-summary"
    assert [t.text for t in a] == [t.text for t in b]
    assert len(b.spans["措辞"]) == len(a.spans["措辞"]) > 0


def test_wrong_config_and_unscorable_texts_say_so() -> None:
    with pytest.raises(fn.FormalismError, match="F301"):
        pipeline("char", model="/没有/模型")
    with pytest.raises(ValueError, match="speed"):
        pipeline("char", speed=3)
    doc, good = pipeline("char").pipe(["  ", "要高度重视。"])
    assert doc._.formalism["kind"] == "failure" and doc._.formalism["code"] == "F101"
    assert len(doc.spans["formalism"]) == 0 and good._.formalism["kind"] == "report"


def test_the_entry_points_need_no_import() -> None:
    code = (
        "import spacy; nlp = spacy.blank('zh', config={'nlp': {'tokenizer': {'@tokenizers': 'formalism.JiebaTokenizer.v1'}}}); "
        "nlp.add_pipe('formalism'); print(nlp('各单位要高度重视。')._.formalism['kind'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "report"


def test_jieba_has_its_own_words_and_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache planted in the temporary folder, and words added to the global tokenizer, change nothing."""
    import jieba

    text = "坚持高质量发展和放管服改革"
    own = [t.text for t in spacy.blank("zh", config=JIEBA)(text)]
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    code = (
        "import spacy, jieba, sys; jieba.setLogLevel(60); jieba.dt.initialized = True; jieba.dt.FREQ = {'高': 0, '质量发': 10**9}; "
        "jieba.dt.total = 10**9; nlp = spacy.blank('zh', config={'nlp': {'tokenizer': {'@tokenizers': 'formalism.JiebaTokenizer.v1'}}}); "
        f"print('|'.join(t.text for t in nlp({text!r})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().split("|") == own
    assert not list(tmp_path.glob("jieba*"))
    words = {"nlp": {"tokenizer": {"@tokenizers": NAME, "words": ["放管服改革"]}}}
    assert "放管服改革" in [t.text for t in spacy.blank("zh", config=words)(text)]
    assert [t.text for t in spacy.blank("zh", config=JIEBA)(text)] == own
    assert "放管服改革" not in jieba.dt.FREQ
