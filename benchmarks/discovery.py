"""Known formulae found again in national reports: ``python -m benchmarks.discovery``. Needs the public reports of ``../shared``.

``benchmarks/known_formulae.csv`` lists 40 formulae with the year each was put forward, written down before the corpus was looked
at. A formula is found when a candidate equals it, or (second line) holds it with at most six more characters. The year error is
the first year of over-use minus the year put forward; reports are read out each March, so a formula of autumn shows a year later,
and some reports are missing on purpose. Thresholds of the method were set with this list in view: the recall is no blind test.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter
from pathlib import Path

import numpy as np

from formalism_nlp import store
from formalism_nlp.corpora.discovery import Candidate, discover

DEPTHS = (100, 250, 500, 1000, 2000)
MORE = 6


def national_reports() -> tuple[dict[str, str], dict[str, int]]:
    """Texts and years, oldest first."""
    shared = store.shared_corpora()
    if shared is None:
        raise SystemExit("../shared/corpora is not on this machine")
    files = sorted((shared / "public").glob("N-*.txt"))
    return {p.stem: p.read_text(encoding="utf-8") for p in files}, {p.stem: int(p.stem[2:]) for p in files}


def known_formulae() -> dict[str, int]:
    """Term → year put forward."""
    with Path(__file__).with_name("known_formulae.csv").open(encoding="utf-8", newline="") as file:
        return {row["term"]: int(row["year"]) for row in csv.DictReader(file)}


def holder(term: str, candidates: list[Candidate], slack: int) -> tuple[int, Candidate] | None:
    """The best-placed candidate that holds ``term`` with at most ``slack`` more characters, and its place."""
    for place, candidate in enumerate(candidates, 1):
        if term in candidate.text and len(candidate.text) - len(term) <= slack:
            return place, candidate
    return None


def main(show: int) -> None:
    texts, years = national_reports()
    began = time.perf_counter()
    candidates = discover(texts, years, most=10**6)
    seconds = time.perf_counter() - began
    characters = sum(map(len, texts.values()))
    formulae = known_formulae()
    print(
        f"{len(texts)} reports {min(years.values())}–{max(years.values())}, {characters:,} characters, {seconds:.1f} s, {len(candidates)} candidates"
    )
    exact = {term: holder(term, candidates, 0) for term in formulae}
    loose = {term: holder(term, candidates, MORE) for term in formulae}
    present = sum(sum(text.count(term) for text in texts.values()) >= 6 for term in formulae)
    print(f"{len(formulae)} formulae, {present} of them stand at least 6 times in these reports")
    for label, found in (("equal", exact), (f"held (≤ {MORE} more)", loose)):
        places = [place for item in found.values() if item for place, _ in (item,)]
        row = "  ".join(f"@{depth} {sum(p <= depth for p in places) / len(formulae):.3f}" for depth in DEPTHS)
        print(f"recall, {label}: {row}  all {len(places) / len(formulae):.3f}; median place {np.median(places):.0f}")
    best = {term: exact[term] or loose[term] for term in formulae}
    errors = [c.rise_year - formulae[t] for t, item in best.items() if item for _, c in (item,) if c.rise_year is not None]
    first = [c.first_year - formulae[t] for t, item in best.items() if item for _, c in (item,) if c.first_year is not None]
    for label, values in (("first year of over-use", errors), ("first occurrence", first)):
        near = np.mean([0 <= v <= 2 for v in values])
        print(
            f"{label} − year put forward: median {np.median(values):.0f}, mean |error| {np.mean(np.abs(values)):.2f}, within 0–2 years {near:.3f}, {dict(sorted(Counter(values).items()))}"
        )
    for term, item in best.items():
        place, candidate = item if item else (0, None)
        told = (
            f"{place:>5} {candidate.text} {candidate.first_year} {candidate.rise_year}–{candidate.last_year} ×{candidate.count}"
            if candidate
            else "    — not found"
        )
        print(f"{formulae[term]} {term}: {told}")
    for place, c in enumerate(candidates[:show], 1):
        print(
            f"{place:>4} {c.score:.3f} {c.text} ×{c.count} in {c.documents}, {c.rise_year}–{c.last_year}, pmi {c.pmi:.1f}, entropy {c.entropy:.1f}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", type=int, default=30, help="candidates printed")
    main(parser.parse_args().show)
