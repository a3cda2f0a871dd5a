"""Scored documents of files and folders in memory, for what compares many documents; read and scored by the usual workers."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from formalism_nlp.batch.outcome import Outcome, Setup
from formalism_nlp.batch.run import Plan, score_paths
from formalism_nlp.values.report import Failure, Report


@dataclass(frozen=True)
class Gathered:
    """Reports in the order of the files, and what could not be scored."""

    reports: tuple[Report, ...]
    failures: tuple[Failure, ...]

    def texts(self) -> dict[str, str]:
        """Name → text; a name that stands twice gets a number."""
        out: dict[str, str] = {}
        for report in self.reports:
            name, number = report.document.name, 2
            while name in out:
                name = f"{report.document.name} ({number})"
                number += 1
            out[name] = report.text
        return out


def gather(
    paths: Iterable[str | os.PathLike[str]],
    *,
    setup: Setup | None = None,
    workers: int = 0,
    on_plan: Callable[[Plan], None] | None = None,
    on_outcome: Callable[[Outcome], None] | None = None,
) -> Gathered:
    """Score files and folders; a file that fails, hangs or crashes its worker is a Failure and stops nothing.

    Args:
        paths: files, folders, URLs of fsspec.
        setup: how to score.
        workers: processes; default one a core.
        on_plan, on_outcome: as for ``batch.run.score_paths``.

    Raises:
        FormalismError: as ``batch.run.score_paths``.
    """
    with tempfile.TemporaryDirectory(prefix="formalism-") as folder:
        output = Path(folder) / "all.jsonl"
        score_paths(
            paths, output, setup=replace(setup or Setup(), full=True), workers=workers, on_plan=on_plan, on_outcome=on_outcome
        )
        reports: list[Report] = []
        failures: list[Failure] = []
        with output.open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if row["kind"] == "failure":
                    failures.append(Failure(row["name"], row["code"], row["message"]))
                else:
                    reports.append(Report.from_dict(row))
    return Gathered(tuple(reports), tuple(failures))
