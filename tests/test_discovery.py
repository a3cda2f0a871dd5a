"""Discovery: statistics by definition, planted formulae are found, the draft is a valid rule file."""

from __future__ import annotations

import math
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from formalism_nlp import store
from formalism_nlp.analysis.proof import broken_promises
from formalism_nlp.apps.cli import main
from formalism_nlp.corpora.bursts import scan
from formalism_nlp.corpora.discovery import Candidate, discover
from formalism_nlp.corpora.phrases import Phrases, Tokens, count_phrases, tokenise
from formalism_nlp.corpora.words import cut, tokenizer
from formalism_nlp.store.rule_draft import write_draft
from formalism_nlp.values.errors import FormalismError

WORDS = [
    "修路",
    "供水",
    "全镇",
    "干部",
    "学校",
    "设备",
    "村民",
    "河堤",
    "夜间",
    "值班",
    "检查",
    "药品",
    "种子",
    "贷款",
    "图书",
    "电表",
]
FORMULA = "四轮驱动治理"


def corpus(seed: int = 1) -> tuple[dict[str, str], dict[str, int]]:
    """Twenty years of filler; the formula comes up in 2010 and stays until 2014."""
    chance = random.Random(seed)  # noqa: S311
    texts, years = {}, {}
    for year in range(2000, 2020):
        sentences = ["".join(chance.choices(WORDS, k=6)) + "。" for _ in range(60)]
        if 2010 <= year <= 2014:
            sentences += [f"{chance.choice(WORDS)}推行{FORMULA}{chance.choice(WORDS)}。" for _ in range(6)]
        chance.shuffle(sentences)
        texts[f"报告{year}"], years[f"报告{year}"] = "".join(sentences), year
    return texts, years


def text_of(tokens: Tokens, phrases: Phrases, i: int) -> str:
    return tokens.codes[phrases.start[i] : phrases.end[i]].tobytes().decode("utf-32-le")


@settings(max_examples=40)
@given(st.lists(st.text(alphabet="甲乙丙，。", max_size=60), min_size=1, max_size=3))
def test_counts_and_entropies_by_definition(texts: list[str]) -> None:
    named = {str(i): text for i, text in enumerate(texts)}
    tokens = tokenise(named)
    phrases = count_phrases(tokens, 2)
    words = [
        tokens.codes[a:b].tobytes().decode("utf-32-le") for a, b in zip(tokens.start.tolist(), tokens.end.tolist(), strict=True)
    ]
    clause = tokens.clause.tolist()
    runs: Counter[str] = Counter()
    right: dict[str, Counter[object]] = {}
    for i in range(len(words)):
        for k in range(1, 8):
            if i + k > len(words) or clause[i + k - 1] != clause[i]:
                break
            run = "|".join(words[i : i + k])
            runs[run] += 1
            inside = i + k < len(words) and clause[i + k] == clause[i]
            right.setdefault(run, Counter())[words[i + k][0] if inside else ("edge", i)] += 1
    found = {}
    for i in range(len(phrases.count)):
        first = int(phrases.token[i])
        found["|".join(words[first : first + int(phrases.words[i])])] = i
    assert {run: int(phrases.count[i]) for run, i in found.items()} == {run: n for run, n in runs.items() if n >= 2}
    for run, i in found.items():
        shares = np.array(list(right[run].values())) / runs[run]
        assert phrases.right[i] == pytest.approx(-(shares * np.log2(shares)).sum(), abs=1e-9)
        parts = run.split("|")
        if len(parts) > 1:
            total = len(words)
            least = min(
                math.log2(runs[run] * total / (runs["|".join(parts[:j])] * runs["|".join(parts[j:])]))
                for j in range(1, len(parts))
            )
            assert phrases.pmi[i] == pytest.approx(least)
    assert (np.diff(phrases.which) >= 0).all() and len(phrases.which) == phrases.count.sum()


@settings(max_examples=60)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=7), st.integers(0, 99))
def test_scan_finds_the_best_window(counts: list[int], seed: int) -> None:
    table = np.array([counts], dtype=float)
    size = np.random.default_rng(seed).integers(1, 9, len(counts)).astype(float)
    best, low, high = scan(table, size)
    total, whole = table.sum(), size.sum()

    def part(c: float, n: float) -> float:
        return c * math.log(c / n) if c > 0 else 0.0

    values = {}
    for a in range(len(counts)):
        for b in range(a, len(counts)):
            c, n = table[0, a : b + 1].sum(), size[a : b + 1].sum()
            if n < whole and c * whole > total * n:
                values[a, b] = part(c, n) + part(total - c, whole - n) - part(total, whole)
    assert best[0] == pytest.approx(max(values.values(), default=0.0), abs=1e-9)
    if best[0] > 1e-9:
        assert values[int(low[0]), int(high[0])] == pytest.approx(best[0])


def test_a_planted_formula_ranks_first_with_its_years() -> None:
    texts, years = corpus()
    found = discover(texts, years)
    candidate = next(c for c in found if FORMULA in c.text)
    assert found.index(candidate) < 3
    assert (candidate.first_year, candidate.rise_year, candidate.last_year) == (2010, 2010, 2014)
    assert candidate.count == 30 and candidate.documents == 5 and candidate.persistence == 1
    assert sum(n for _, n in candidate.by_year) == 30 and [y for y, _ in candidate.by_year] == list(range(2010, 2015))
    assert candidate.burst > 10 and 0 < candidate.dispersion < 0.5
    for name, start, end in candidate.examples:
        assert texts[name][start:end] == candidate.text
    scores = [c.score for c in found]
    assert scores == sorted(scores, reverse=True) and all(0 <= s <= 1 for s in scores)
    assert discover(texts, [years[name] for name in texts])[0] == found[0]


def test_without_years_and_with_known_terms() -> None:
    texts, _ = corpus()
    found = discover(list(texts.values()), known=[FORMULA])
    candidate = next(c for c in found if c.text == FORMULA or FORMULA in c.text)
    assert candidate.first_year is None and math.isnan(candidate.burst) and candidate.by_year == ()
    assert candidate.known == (candidate.text == FORMULA)
    assert discover([]) == [] and discover(["", "。，"]) == []


def test_numbers_and_function_words_are_no_formulae() -> None:
    texts = {str(i): "百分之二十五的增长，三百万吨的产量，2024年的计划，和群众一起。" * 8 for i in range(4)}
    for candidate in discover(texts):
        assert not candidate.text.startswith(("百分之", "的", "和")) and not candidate.text.endswith("的")
        assert not any(c.isdigit() for c in candidate.text)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"texts": ["甲", None]}, "F110"),
        ({"texts": {"a": "甲"}, "years": {"b": 1}}, "F406"),
        ({"texts": ["甲"], "years": [1, 2]}, "F406"),
        ({"texts": ["甲"], "least_count": 1}, "F406"),
        ({"texts": ["甲"], "most": 0}, "F406"),
    ],
)
def test_bad_parameters_are_named(arguments: dict[str, object], code: str) -> None:
    with pytest.raises(FormalismError) as error:
        discover(**arguments)  # type: ignore[arg-type]
    assert error.value.code == code


def test_the_tokenizer_is_our_own() -> None:
    import jieba

    assert tokenizer() is not jieba.dt
    before = len(tokenizer().FREQ)
    jieba.add_word("四轮驱动治理")  # what others do to the global tokenizer is nothing to us
    try:
        assert "四轮驱动治理" not in tokenizer().FREQ and len(tokenizer().FREQ) == before
        assert "".join(cut("推行四轮驱动治理。")) == "推行四轮驱动治理。"
    finally:
        jieba.del_word("四轮驱动治理")


def test_the_draft_is_a_rule_file_that_keeps_its_promises(tmp_path: Path) -> None:
    texts, years = corpus()
    lexicon = store.default_lexicon()
    found = discover(texts, years)[:20]
    path = write_draft(tmp_path, found, texts, lexicon, "报告")
    drafted = store.load_lexicon(tmp_path)
    assert list(broken_promises(drafted)) == []
    assert drafted.rules[0].terms == tuple(c.text for c in found) and drafted.rules[0].status == "preview"
    lexicon.merged(drafted)
    assert write_draft(tmp_path, found, texts, lexicon, "报告").name == "SLG902-discovered.yaml" != path.name


def test_hostile_texts_cannot_break_out_of_the_draft(tmp_path: Path) -> None:
    bad = '推行四轮驱动治理"\n  pass: [x]\u2028\u0085 # ⟦'
    texts = {str(i): f"{bad}。各村推行四轮驱动治理工作“{i}”。推动{i}号车。推行{i}号路的工作。" for i in range(6)}
    candidate = Candidate(FORMULA, 1, 6, 6, 1, 1, 1, None, None, None, 0, 0, (), ())
    write_draft(tmp_path, [candidate], texts, store.default_lexicon(), '坏名"\n: 字')
    drafted = store.load_lexicon(tmp_path)
    assert drafted.rules[0].terms == (FORMULA,) and list(broken_promises(drafted)) == []
    with pytest.raises(FormalismError, match="F403"):
        write_draft(tmp_path, [], texts, store.default_lexicon(), "空")
    with pytest.raises(FormalismError, match="F403"):
        write_draft(tmp_path, [candidate], {"a": ""}, store.default_lexicon(), "空")


def test_the_command(tmp_path: Path) -> None:
    texts, _ = corpus()
    folder = tmp_path / "历年"
    folder.mkdir()
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(main, ["lexicon", "discover", str(folder), "-o", str(tmp_path / "词表"), "--top", "20"])
    assert done.exit_code == 0, done.output
    assert FORMULA in done.output and "2010–2014" in done.output
    assert CliRunner().invoke(main, ["lexicon", "check", str(tmp_path / "词表")]).output.endswith("0 problems\n")


def test_known_formulae_of_the_national_reports(shared: Path) -> None:
    """The figure itself is printed by benchmarks.discovery; here only that it does not fall apart."""
    from benchmarks.discovery import holder, known_formulae

    files = [p for p in sorted((shared / "public").glob("N-*.txt")) if int(p.stem[2:]) >= 1998]
    texts = {p.stem: p.read_text(encoding="utf-8") for p in files}
    years = {name: int(name[2:]) for name in texts}
    found = discover(texts, years, most=10**6)
    wanted = {term: year for term, year in known_formulae().items() if year >= 2000}
    hits = {term: holder(term, found, 6) for term in wanted}
    assert sum(hit is not None for hit in hits.values()) >= 0.7 * len(wanted)
    errors = [hit[1].first_year - wanted[term] for term, hit in hits.items() if hit and hit[1].first_year is not None]
    assert abs(np.median(errors)) <= 1
