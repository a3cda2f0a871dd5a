"""Speed and memory beside its peers in one run: ``python -m benchmarks [--smoke] [--plot docs/images/scaling.svg]``.

Everything runs on one core with one thread; seconds are processor time, and each round measures all contenders one after the
other, so that what else the machine does falls on all of them. Figures are medians over rounds. Texts are the provincial
reports of 2026 under ``../shared``, else the own documents of ``corpora/``.
"""

from __future__ import annotations

import argparse
import os
import statistics
from pathlib import Path

from benchmarks.alone import pin
from benchmarks.contenders import Contender, contenders
from benchmarks.memory import memory_table, start_table
from benchmarks.scaling import by_length, slope, two_processes, write_plot
from benchmarks.texts import load_texts

ROUNDS, SMOKE_ROUNDS = 5, 1


def speed_table(texts: list[str], rounds: int, smoke: bool) -> None:
    """Print characters a second of each contender and its ratio to jieba in the same round."""
    entrants = contenders(texts, smoke)
    rates: dict[str, list[float]] = {entrant.name: [] for entrant in entrants}
    for _ in range(rounds):
        for entrant in entrants:
            rates[entrant.name].append(entrant.rate())
    print(f"{'':<44}{'M characters/s':>15}{'× jieba':>10}  spread")
    for entrant in entrants:
        _row(entrant, rates[entrant.name], rates["jieba.lcut"])


def _row(entrant: Contender, own: list[float], jieba: list[float]) -> None:
    middle = statistics.median(own)
    ratio = statistics.median([mine / theirs for mine, theirs in zip(own, jieba, strict=True)])
    print(f"{entrant.name:<44}{middle / 1e6:>15.3f}{ratio:>10.2f}  {(max(own) - min(own)) / middle:.0%}")


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="few texts, one round: does everything still run?")
    parser.add_argument("--plot", type=Path, help="write the scaling plot to this SVG file")
    options = parser.parse_args()
    cores = pin()
    texts, source = load_texts(smoke=options.smoke)
    print(f"{len(texts)} texts, {sum(map(len, texts)):,} characters: {source}; load {os.getloadavg()[0]:.1f}\n")
    speed_table(texts, SMOKE_ROUNDS if options.smoke else ROUNDS, options.smoke)
    print()
    start_table(1 if options.smoke else 5)
    print()
    memory_table(options.smoke)
    print()
    points = by_length("\n".join(texts), most=10**5 if options.smoke else 10**7)
    print(f"log–log slope of time on length: {slope(points):.3f}")
    if options.plot:
        write_plot(points, options.plot)
    if not options.smoke and len(cores) > 1:
        print()
        two_processes(cores)


if __name__ == "__main__":
    main()
