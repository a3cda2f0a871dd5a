"""Where the time of full scoring goes, by function: ``python -m benchmarks.parts``; own time without what each calls below.

A second table says what sentences and findings cost when they are asked for.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from benchmarks.alone import pin
from benchmarks.texts import load_texts
from formalism_nlp.analysis import classifier, features, judging, matcher, ngrams, page, rule_layer, scorer
from formalism_nlp.api import default_scorer
from formalism_nlp.values.report import Report

ROUNDS = 7
# Owner and name of each function, and the part it belongs to.
PARTS: tuple[tuple[Any, str, str], ...] = (
    (judging.Judge, "judge", "taxonomy and stances"),
    (ngrams.NgramScorer, "sums", "character n-grams"),
    (matcher.Matcher, "_page_hits", "lexicon patterns"),
    (page, "_look", "lexicon trie, numbers, stops"),
    (matcher.Matcher, "_resolved", "overlaps and guards"),
    (classifier.Classifier, "predict", "context and network"),
    (rule_layer.RuleLayer, "add_hidden", "rule hits of the network"),
    (scorer, "compute_indices", "indices and bootstrap"),
    (features, "Looks", "form"),
    (features, "find_places", "places and headings"),
    (features, "fold", "normal form"),
    (scorer, "_checked", "lines of the document"),
    (scorer, "repeats", "repeated sentences"),
    (scorer.Scorer, "_reports", "all else"),
)


def timed(function: Callable[..., Any], part: str, spent: Counter[str], inner: list[float]) -> Callable[..., Any]:
    """The same function; adds its own processor time to a part."""

    def run(*args: Any, **kwargs: Any) -> Any:
        started = time.process_time()
        inner.append(0.0)
        try:
            return function(*args, **kwargs)
        finally:
            took = time.process_time() - started
            spent[part] += took - inner.pop()
            if inner:
                inner[-1] += took

    return run


# What is asked of the sentences and findings of a report, in this order.
ASKED: tuple[tuple[str, Callable[[Report], object]], ...] = (
    ("sentences and findings made", lambda report: (report.sentences, report.findings)),
    ("plain fields of sentences", lambda report: [sentence.start for sentence in report.sentences]),
    ("probabilities of sentences", lambda report: [sentence.p_function for sentence in report.sentences]),
    ("plain fields of findings", lambda report: [finding.start for finding in report.findings]),
    ("reasons", lambda report: [finding.reason for finding in report.findings]),
    ("fingerprints", lambda report: [finding.fingerprint for finding in report.findings]),
    ("advice of official rules", lambda report: report.official_rules),
)


def asked(texts: list[str]) -> Counter[str]:
    """Processor time of what is asked of the reports, the least of some rounds each."""
    least: Counter[str] = Counter()
    for _ in range(ROUNDS):
        spent: Counter[str] = Counter()
        for report in default_scorer().score_many(texts):
            assert isinstance(report, Report)
            for part, ask in ASKED:
                started = time.process_time()
                ask(report)
                spent[part] += time.process_time() - started
        least = Counter({part: min(seconds, least.get(part, seconds)) for part, seconds in spent.items()})
    return least


def main() -> None:
    """Print nanoseconds a character of each part, of the fastest round."""
    pin()
    texts, source = load_texts()
    characters = sum(map(len, texts))
    whole = default_scorer()
    list(whole.score_many(texts))
    later = asked(texts)
    spent: Counter[str] = Counter()
    inner: list[float] = []
    for owner, name, part in PARTS:
        setattr(owner, name, timed(getattr(owner, name), part, spent, inner))
    best: Counter[str] = Counter()
    for _ in range(ROUNDS):
        spent.clear()
        list(whole.score_many(texts))
        if not best or spent.total() < best.total():
            best = Counter(spent)
    print(f"{characters:,} characters, {source}; nanoseconds a character")
    for part, seconds in best.most_common():
        print(f"{part:<32}{1e9 * seconds / characters:>8.1f}")
    print(f"{'together':<32}{1e9 * best.total() / characters:>8.1f}\n")
    for part, _ in ASKED:
        print(f"{part:<32}{1e9 * later[part] / characters:>8.1f}")


if __name__ == "__main__":
    main()
