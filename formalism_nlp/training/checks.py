"""What a suite of evidence hands over: tables to read and checks that hold or do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Cell = str | int | float


@dataclass(frozen=True)
class Table:
    """Rows under a header; ``note`` tells what was done and on what."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Check:
    """One claim: ``value`` is at most (or at least) ``limit``. A NaN never holds."""

    claim: str
    value: float
    side: Literal["≤", "≥"]
    limit: float

    @property
    def holds(self) -> bool:
        """Whether the claim is true of the value."""
        return self.value <= self.limit if self.side == "≤" else self.value >= self.limit


@dataclass(frozen=True)
class Suite:
    """Evidence of one kind."""

    name: str
    tables: tuple[Table, ...]
    checks: tuple[Check, ...]
