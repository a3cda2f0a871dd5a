"""What is measured side by side; each contender is made ready before the clock runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter

import ahocorasick_rs
import jieba
import numpy as np
import spacy
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from spacy.matcher import PhraseMatcher

from formalism_nlp.analysis.characters import fold
from formalism_nlp.analysis.normal import normalise
from formalism_nlp.analysis.sentences import split_sentences
from formalism_nlp.analysis.trie import Words
from formalism_nlp.api import default_scorer
from formalism_nlp.training.data import load_passages
from formalism_nlp.values.report import Finding, Report, Sentence

_SLOW_SHARE = 4  # slow contenders take every fourth text


@dataclass(frozen=True)
class Contender:
    """``run`` does all its work on ``texts``."""

    name: str
    run: Callable[[Sequence[str]], object]
    texts: Sequence[str]

    def rate(self) -> float:
        """Characters a second of processor time."""
        started = time.process_time()
        self.run(self.texts)
        return sum(map(len, self.texts)) / (time.process_time() - started)


def contenders(texts: Sequence[str], smoke: bool) -> list[Contender]:
    """All contenders, each run once already on a little text."""
    some = texts[:: 1 if smoke else _SLOW_SHARE]
    scorer = default_scorer()
    terms = sorted({term for rule in scorer.lexicon.rules for term in rule.terms if "…" not in term})
    automaton, trie = ahocorasick_rs.AhoCorasick(terms), Words(terms)
    pipeline = _sklearn()
    nlp = spacy.blank("zh")
    phrases = PhraseMatcher(nlp.vocab)
    phrases.add("terms", list(nlp.pipe(terms)))
    nlp.max_length = 10**8

    def touched(part: Sequence[str]) -> int:
        reports = (report for report in scorer.score_many(part) if isinstance(report, Report))
        return sum(len(report.sentences) + len(report.findings) for report in reports)

    def read(part: Sequence[str], *, hashed: bool) -> int:
        of_sentence = attrgetter(*(field.name for field in fields(Sentence)))
        of_finding = attrgetter(*(field.name for field in fields(Finding) if hashed or field.name != "fingerprint"))
        count = 0
        for report in scorer.score_many(part):
            if isinstance(report, Report):
                count += sum(map(len, map(of_sentence, report.sentences))) + sum(map(len, map(of_finding, report.findings)))
        return count

    entrants = [
        Contender("this library, score_many", lambda part: list(scorer.score_many(part)), texts),
        Contender("… and all sentences and findings made", touched, texts),
        Contender("… and all their fields read", lambda part: read(part, hashed=False), texts),
        Contender("… and their fingerprints, too", lambda part: read(part, hashed=True), texts),
        Contender("this library, score one by one", lambda part: [scorer.score(text) for text in part], texts),
        Contender("jieba.lcut", lambda part: [jieba.lcut(text) for text in part], some),
        Contender("cntext's algorithm, same terms as a set", _counter(frozenset(terms)), some),
        Contender("cntext's algorithm, same terms as a list", _counter(terms), [text[:2_000] for text in some[:2]]),
        Contender("scikit-learn char 1–3-grams + LR, functions", lambda part: _predict(pipeline, part), some),
        Contender("spaCy zh + PhraseMatcher, same terms", lambda part: [phrases(doc) for doc in nlp.pipe(part)], some),
        Contender("ahocorasick_rs alone, same terms", lambda part: _matched(automaton, part), texts),
        Contender("our trie alone, same terms", lambda part: _walked(trie, part), texts),
    ]
    for entrant in entrants:
        entrant.run([entrant.texts[0][:500]])
    return entrants


def _counter(terms: frozenset[str] | Sequence[str]) -> Callable[[Sequence[str]], int]:
    """Dictionary count as cntext documents it: segment, then look each word up; cntext itself is not installed for this."""

    def run(part: Sequence[str]) -> int:
        return sum(word in terms for text in part for word in jieba.lcut(text))

    return run


def _matched(automaton: ahocorasick_rs.AhoCorasick, part: Sequence[str]) -> list[object]:
    return [automaton.find_matches_as_indexes(normalise(text), overlapping=True) for text in part]


def _walked(trie: Words, part: Sequence[str]) -> list[object]:
    return [list(trie.find(fold(text).codes.astype(np.int64))) for text in part]


def _sklearn() -> Pipeline:
    """The six functions only, fitted on the own labelled sentences."""
    pairs = [
        (passage.document.text[label.start : label.end], label.function)
        for passage in load_passages(("train",), public=False)
        for label in passage.labels
    ]
    pipeline = make_pipeline(TfidfVectorizer(analyzer="char", ngram_range=(1, 3)), LogisticRegression(max_iter=50))
    return pipeline.fit([text for text, _ in pairs], [function for _, function in pairs])


def _predict(pipeline: Pipeline, part: Sequence[str]) -> list[object]:
    return [pipeline.predict_proba([text[s.start : s.end] for s in split_sentences(text)]) for text in part]
