"""Values of a frozen class with slots that are filled from columns when one of them is first read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from weakref import ref

T = TypeVar("T")
Writers = dict[str, tuple[Callable[[object, object], None], Sequence[object]]]  # by field: what sets it in a row, and its column

_TOGETHER = 256  # rows whose values are asked for together


class ColumnSource(Protocol):
    """The values of many rows, a column a field. ``analysis.findings`` has them."""

    def columns(self, name: str) -> Mapping[str, Sequence[object]]:
        """The column of a field, and those that are made with it; equal ones however often they are asked for.

        Columns that are no lists make values when they are asked for, which is for some at a time.
        """


class _Table:
    """Fills the slots of rows from their columns.

    The first look at a field fills its slot in all rows, at a third of the price of filling it row by row. ``rows`` gives all
    rows as long as their owner is there; it does not keep the owner alive. Rows that outlive it are filled one by one.
    """

    __slots__ = ("_columns", "_count", "_kind", "_writers", "rows")

    def __init__(self, kind: type, columns: ColumnSource, count: int) -> None:
        self._kind = kind
        self._columns = columns
        self._count = count
        self._writers: dict[str, Writers] = {}
        self.rows: Callable[[], Sequence[object]] = tuple

    def fill(self, name: str, row: object, number: int) -> None:
        """Fill the slot of a field in a row, and the slots of the fields that are made with it."""
        writers = self._writers.get(name)
        rows = self.rows()
        if writers is None:
            writers = self._made(name)
            if rows:
                for write, column in writers.values():
                    if isinstance(column, list):
                        deque(map(write, rows, column), maxlen=0)
                # Only now, for other threads may read rows too: columns that are in the rows are no longer kept here.
                left = {field: writer for field, writer in writers.items() if not isinstance(writer[1], list)}
                self._writers.update(dict.fromkeys(writers, left))
        for write, column in writers.values():
            if rows and not isinstance(column, list):
                part = slice(number - number % _TOGETHER, number - number % _TOGETHER + _TOGETHER)
                deque(map(write, rows[part], column[part]), maxlen=0)
            else:
                write(row, column[number])

    def _made(self, name: str) -> Writers:
        columns = self._columns.columns(name)
        for field, column in columns.items():
            if len(column) != self._count:
                raise ValueError(f"column {field!r} has {len(column)} values, not {self._count}")
        writers: Writers = {field: (vars(self._kind)[field].__set__, column) for field, column in columns.items()}
        self._writers.update(dict.fromkeys(columns, writers))
        return writers


class Row:
    """Base of values whose slots are filled from columns when they are first read: most rows of most reports never are."""

    __slots__ = ("_number", "_table")
    _table: _Table
    _number: int

    if not TYPE_CHECKING:  # else every misspelt attribute would have a type

        def __getattr__(self, name: str) -> Any:
            if name not in type(self).__dataclass_fields__:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            self._table.fill(name, self, self._number)
            return object.__getattribute__(self, name)


def filled_rows(kind: type[T], columns: Mapping[str, Iterable[object]], count: int) -> tuple[T, ...]:
    """Make many values of a frozen class with slots at once, at a third of the price of calling it for each.

    Args:
        kind: has no ``__post_init__``.
        columns: ``count`` values for each of its fields.
        count: number of rows.
    """
    rows = tuple(map(object.__new__, repeat(kind, count)))
    for name, column in columns.items():
        deque(map(vars(kind)[name].__set__, rows, column), maxlen=0)
    return rows


def make_rows(kind: type[T], columns: ColumnSource, count: int) -> tuple[T, ...]:
    """Make many values of a frozen class at once whose fields are read from columns when they are asked for.

    Equal in all to those made by calling the class, and as frozen.

    Args:
        kind: a frozen dataclass with slots, made of ``Row``.
        columns: must give each field of the class; asked once for each, unless threads ask together.
        count: number of rows.

    Raises:
        ValueError: when a field is read whose column has another length.
    """
    rows = tuple(map(object.__new__, repeat(kind, count)))
    for name, values in (("_table", repeat(_Table(kind, columns, count))), ("_number", range(count))):
        deque(map(vars(Row)[name].__set__, rows, values), maxlen=0)
    return rows


def keep_with(rows: Sequence[object], owner: object, name: str) -> None:
    """Let the rows of ``make_rows`` be filled together as long as an object holds them.

    Args:
        rows: all rows of one table; others are left alone.
        owner: holds them as its attribute ``name``; can be referred to weakly.
    """
    if not rows or not hasattr(rows[0], "_table"):
        return
    there = ref(owner)

    def kept() -> Sequence[object]:
        holder = there()
        return () if holder is None else vars(holder)[name]

    rows[0]._table.rows = kept
