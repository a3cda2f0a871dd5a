"""``formalism.toml``: what a project wants of its documents, the same for the command line, hooks and editors.

::

    genre = "government-work-report"        # norm group; default: all documents
    baseline = "formalism-baseline.json"    # dismissed findings; this name is the default

    [max]                                   # exit code 1 when a document is above
    slogan_density = 0.35
    remarks = 20

    [min]                                   # … or below
    substance = 0.30
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formalism_nlp.apps.baseline import NAME as BASELINE_NAME
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.views.frame import DOCUMENT_COLUMNS

NAME = "formalism.toml"
REMARKS = "remarks"
# What may be limited: every number in the row of a document, and how many remarks are not dismissed.
LIMITED = (*(name for name, kind in DOCUMENT_COLUMNS.items() if kind != "str"), REMARKS)


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound on one number of a document; ``side`` is ``"max"`` or ``"min"``."""

    side: str
    name: str
    value: float

    def broken_by(self, value: float | None) -> bool:
        """Whether a value is beyond the limit; an undefined one (None, NaN) never is."""
        if value is None or math.isnan(value):
            return False
        return value > self.value if self.side == "max" else value < self.value

    def __str__(self) -> str:
        return f"{self.side} {self.name} = {self.value:g}"


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``formalism.toml`` says; ``path`` is None without one."""

    baseline: Path
    genre: str = ""
    limits: tuple[Limit, ...] = ()
    path: Path | None = None


def find_settings(start: Path) -> Settings:
    """Read the nearest ``formalism.toml`` at or above a folder; without one there are no limits, and the default baseline.

    Raises:
        FormalismError: F408 the file is wrong; F409 as ``load_baseline``.
    """
    folder = start.absolute()
    for candidate in (folder, *folder.parents):
        if (candidate / NAME).is_file():
            return read_settings(candidate / NAME)
    return Settings(folder / BASELINE_NAME)


def read_settings(path: Path) -> Settings:
    """Read one ``formalism.toml``.

    Raises:
        FormalismError: F408 it cannot be read, or has an unknown key, a limit on what is no number of a document, or a value
            of the wrong type.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise FormalismError("F408", str(path), f"{type(error).__name__}: {error}") from error
    unknown = sorted(set(data) - {"genre", "baseline", "max", "min"})
    if unknown:
        raise FormalismError("F408", str(path), f"unknown: {', '.join(unknown)}; known: genre, baseline, [max], [min]")
    return Settings(
        baseline=path.absolute().parent / _string(data, "baseline", BASELINE_NAME, path),
        genre=_string(data, "genre", "", path),
        limits=tuple(limit for side in ("max", "min") for limit in _limits(data.get(side, {}), side, path)),
        path=path,
    )


def _string(data: Mapping[str, Any], key: str, default: str, path: Path) -> str:
    value = data.get(key, default)
    if not isinstance(value, str):
        raise FormalismError("F408", str(path), f"{key} = {value!r} is no string")
    return value


def _limits(table: Any, side: str, path: Path) -> list[Limit]:
    if not isinstance(table, dict):
        raise FormalismError("F408", str(path), f"[{side}] is no table")
    for name, value in table.items():
        if name not in LIMITED:
            raise FormalismError("F408", str(path), f"[{side}] {name}: not one of {', '.join(LIMITED)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            raise FormalismError("F408", str(path), f"[{side}] {name} = {value!r} is no number")
    return [Limit(side, name, float(value)) for name, value in table.items()]
