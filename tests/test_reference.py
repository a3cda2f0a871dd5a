"""The fast analysis equals its plain definition (``tests/reference``): on our documents, on pieces of officialese, on any Unicode."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formalism_nlp import store
from formalism_nlp.analysis.characters import fold
from formalism_nlp.analysis.context import context_features
from formalism_nlp.analysis.features import dense_names, prepare
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.analysis.ngrams import NgramScorer, key_of, make_alphabet, means
from formalism_nlp.analysis.normal import normalise
from formalism_nlp.analysis.sentences import split_sentences
from formalism_nlp.analysis.structure import Place, Places
from formalism_nlp.training.first_pass import GRAIN
from formalism_nlp.values.document import Block, Document
from formalism_nlp.values.lexicon import Lexicon, Pattern
from tests.reference import features as plain_features
from tests.reference import hits as plain_hits
from tests.reference import ngrams as plain_ngrams
from tests.reference import text as plain_text
from tests.rules import rule

DOCUMENTS = sorted((store.data_folder("corpora") / "documents").glob("*.txt"))
# Everything a pattern, a splitter or a form feature looks at, and what only looks like it.
PIECES = [
    "高度重视", "以", "为抓手", "项目", "会议", "台账", "专题会议", "次", "场次", "份", "公里", "万元", "元", "个百分点", "百分点", "多户", "户",
    "12", "3", "1,200", "1,20", "3.5", "3.", "12.6万", "二十三", "一", "两", "十余", "百", "万", "千", "亿", "几", "第", "余", "多", "来", "约",
    "由", "从", "降到", "提高到", "增长", "同比增加", "下降", "%", "％", "‰", "倍", "成", "成立", "2024年", "二〇二四年", "12月", "十二月",
    "3日", "上旬", "底", "年底", "前", "之前", "以内", "内", "年内", "内部", "到", "至", "今年", "三年", "个工作日", "本月",
    "云政发", "〔2024〕", "[2024]", "12号", "《", "》", "〈", "〉", "“", "”", "四个意识", "N", "+", "1+3+N", "X", "++",
    "一、", "（二）", "(三)", "1.", "2．", "①", "一是", "二要", "第一章", "第二部分", "# ", "##\u2003",
    "。", "！", "?", "；", ";", "，", ",", "、", "：", ":", "\n", "\r\n", "\r", "\u2028", "\x85", "\x1c", " ", "\u3000", "\t", "’", "」", "）", ")", "\"",
    "ABC", "a", "é", "İ", "Σ", "ﬀ", "了", "會議", "发展", "𠀀", "𝟏", "٣", "²", "\ud800", "\x02", "\x00", "_", "·", "…", "工作回顾", "如下：",
]  # fmt: skip
OFFICIALESE = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
ANY = st.text(alphabet=st.characters(codec=None), max_size=80)
TEXT = OFFICIALESE | ANY
ROUGH = settings(max_examples=150, suppress_health_check=list(HealthCheck))

UNITS = ("公里", "万元", "元", "%", "户", "多户", "个百分点", "点", "百分点", "年", "千瓦")
RULES = Lexicon(
    (
        rule("SLG001", "slogan", terms=("高度重视", "重视", "以…为抓手", "项目…重视", "发展"), unless=("GRD001", "GRD002")),
        rule("SLG002", "slogan", terms=("为抓手", "会议…会议", "百分点"), overlap="all"),
        rule("TRC001", "trace", pattern=Pattern("counted", measures=("次", "场", "场次", "份", "个"), objects=("会议", "专题会议", "台账"))),
        rule("TRC002", "trace", pattern=Pattern("counted", measures=("次", "份", "个百"), objects=("会", "项目", "会议台账"), gap=2)),
        rule("SUB001", "substance", pattern=Pattern("quantity", units=UNITS)),
        rule("SUB002", "substance", pattern=Pattern("quantity", units=("户", "公里", "次")), overlap="all"),
        rule("SUB003", "substance", pattern=Pattern("change", verbs=("降到", "提高到"))),
        rule("SUB004", "substance", pattern=Pattern("growth", verbs=("增长", "下降", "同比增加", "同比"))),
        rule("MOD001", "modality", pattern=Pattern("date")),
        rule("MOD002", "modality", pattern=Pattern("deadline")),
        rule("GRD001", "guard", pattern=Pattern("title")),
        rule("GRD002", "guard", pattern=Pattern("document_number")),
        rule("GRD003", "guard", terms=("项目会议", "高度重视会议", "项目")),
        rule("DCT001", "doctrine", pattern=Pattern("quoted_numeral"), unless=("GRD003",)),
        rule("DCT002", "doctrine", pattern=Pattern("plus_formula")),
        rule("STR001", "structure", pattern=Pattern("enumerator")),
        rule("STR002", "structure", pattern=Pattern("line", contains=("工作回顾", "会议"), longest=12)),
        rule("STR003", "structure", pattern=Pattern("line", ends=("如下：", "：", "元"), contains=("台账",), longest=9), overlap="all"),
        rule("HDG001", "hedge", terms=("𠀀会", "增长下降")),
    )
)  # fmt: skip
MATCHER = Matcher(RULES)


def found(matcher: Matcher, text: str) -> list[tuple[int, int, int]]:
    return [(hit.start, hit.end, hit.rule) for hit in matcher.match(text)]


def same_features(document: Document, matcher: Matcher) -> None:
    prepared = prepare(document, matcher)
    expected = plain_features.dense(document, matcher.lexicon)
    if not document.text:
        assert prepared.dense.shape == (0, len(dense_names(matcher.lexicon)))
        return
    assert tuple(expected) == dense_names(matcher.lexicon)
    table = np.array(list(expected.values())).T
    different = np.argwhere(~np.isclose(prepared.dense, table, rtol=0, atol=1e-12))
    assert [(int(i), list(expected)[j], prepared.dense[i, j], table[i, j]) for i, j in different] == []
    assert prepared.weights.tolist() == [plain_features.weight(body) for body in prepared.bodies]


@ROUGH
@given(TEXT)
def test_normal_form(text: str) -> None:
    assert normalise(text) == plain_text.normalise(text)


@ROUGH
@given(TEXT)
def test_sentences(text: str) -> None:
    assert split_sentences(text) == plain_text.split_sentences(text)


@ROUGH
@given(TEXT, st.data())
def test_places(text: str, data: st.DataObject) -> None:
    spans = plain_text.split_sentences(text)
    told = data.draw(st.lists(st.sampled_from(spans), unique=True, max_size=3) if spans else st.just([]))
    blocks = tuple(Block(data.draw(st.sampled_from(["title", "heading"])), s.start, s.end, data.draw(st.integers(0, 5))) for s in sorted(told))  # fmt: skip
    document = Document(text, blocks)
    expected = plain_text.place_sentences(document, normalise(text), spans)
    assert list(prepare(document, MATCHER).places) == expected


@settings(max_examples=600, suppress_health_check=list(HealthCheck))
@given(OFFICIALESE)
def test_hits(text: str) -> None:
    text = normalise(text)
    assert found(MATCHER, text) == plain_hits.match(RULES, text)


@ROUGH
@given(ANY)
def test_hits_on_any_text(text: str) -> None:
    text = normalise(text)
    assert found(MATCHER, text) == plain_hits.match(RULES, text)


@ROUGH
@given(TEXT)
def test_features(text: str) -> None:
    same_features(Document.from_text(text), MATCHER)


@pytest.mark.parametrize("path", DOCUMENTS[::8], ids=lambda path: path.stem)
def test_features_of_a_document_with_the_shipped_lexicon(path, matcher: Matcher) -> None:
    same_features(Document.from_text(path.read_text(encoding="utf-8")), matcher)


@pytest.mark.slow
def test_hits_of_public_reports_with_the_shipped_lexicon(shared, matcher: Matcher) -> None:
    for path in sorted((shared / "public").glob("P26*.txt"))[:6]:
        text = normalise(path.read_text(encoding="utf-8"))
        assert found(matcher, text) == plain_hits.match(matcher.lexicon, text)


NGRAMS = sorted(
    {"\x02" + "高", "重\x03", "0\x03", "\x02\x03", "ss", "i̇", "ς", "Σ"}
    | {g for piece in PIECES for g in (piece[:1], piece[:2], piece[1:4])} - {""}
)


@ROUGH
@given(st.lists(TEXT, max_size=5))
def test_ngrams(texts: list[str]) -> None:
    characters = "\x02\x03" + "".join(sorted({c for g in NGRAMS for c in g if "\x03" < c <= "\uffff"} - set("\x02\x03")))
    alphabet = make_alphabet(characters)
    keys = sorted({key_of(g, alphabet): g for g in NGRAMS if len(g) <= 4 and all(c in characters for c in g)}.items())
    weights = np.random.default_rng(0).normal(size=(len(keys), 3))
    numbers = np.array([key for key, _ in keys])
    odd = slice(None, None, 2)  # a second table knows only some of the n-grams
    folded = fold("\n".join(texts))
    sizes = np.array([len(text) for text in texts], dtype=np.int64)
    start = np.cumsum(sizes + 1) - sizes - 1
    grained = (np.round(weights / GRAIN) * GRAIN).astype(np.float32)  # their sums are exact in 32 bits
    tables = (numbers, weights), (numbers[odd], weights[odd]), (numbers, grained), (numbers, grained.astype(np.float64))
    *free, single, double = map(means, NgramScorer(characters, *tables).sums(folded, start, start + sizes))
    assert np.array_equal(single, double)
    for found, part in zip(free, (slice(None), odd), strict=True):
        known = dict(zip([g for _, g in keys][part], weights[part], strict=True))
        expected = [
            plain_ngrams.score(folded.text[a : a + n], known, 4, 3) for a, n in zip(start.tolist(), sizes.tolist(), strict=True)
        ]
        assert np.allclose(found, np.array(expected).reshape(-1, 3), rtol=0, atol=1e-12)


PLACES = st.lists(st.tuples(st.booleans(), st.sampled_from([0, 0, 0, 1, 2])), min_size=1, max_size=30)


@ROUGH
@given(PLACES, st.integers(0, 2**32 - 1))
def test_context(shape: list[tuple[bool, int]], seed: int) -> None:
    places, paragraph, section, subsection = [], 0, -1, -1
    for number, (new_line, level) in enumerate(shape):
        paragraph += new_line
        section, subsection = (number, -1) if level == 1 else (section, number if level == 2 else subsection)
        places.append(Place(paragraph, section, subsection, level, new_line, new_line))
    scores = np.random.default_rng(seed).random((len(places), 3))
    columns = Places(*np.array([dataclasses.astuple(place) for place in places]).T)
    found = context_features(scores, columns, np.array([0, len(places)]))
    assert np.allclose(found, plain_features.context(scores, places), rtol=0, atol=1e-12)
