"""Write results as csv, jsonl, json, html or parquet: streamed, and whole or not at all."""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import Failure, Report
from formalism_nlp.views.frame import DOCUMENT_COLUMNS, document_row
from formalism_nlp.views.page import MOST_DETAILS, document_page, ranking_page
from formalism_nlp.views.ranking import rank
from formalism_nlp.views.wire import failure_dict, to_json

Row = Mapping[str, Any]
_BOM = "\ufeff"  # Excel takes a CSV without it for a file in the code page of the machine
_PARQUET_ROWS = 5_000


class Results(Protocol):
    """Where results come from: ``batch.ledger.Ledger``, or a list (``InMemory``). Rows are by ``DOCUMENT_COLUMNS``."""

    def rows(self) -> Iterator[dict[str, Any]]:
        """Rows in order."""

    def reports(self) -> Iterator[str]:
        """Wire JSON in order."""

    def ranked_rows(self, most: int | None = None) -> Iterator[dict[str, Any]]:
        """Rows by falling formalism_index, failures last."""

    def ranked_reports(self, most: int) -> Iterator[str]:
        """Wire JSON of the first scored documents of that order."""


class InMemory:
    """Results that are in memory."""

    def __init__(self, results: Sequence[Report | Failure]) -> None:
        self._results = results
        self._ranked = sorted(results, key=rank)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Rows in order."""
        return map(document_row, self._results)

    def reports(self) -> Iterator[str]:
        """Wire JSON in order."""
        return map(_wire, self._results)

    def ranked_rows(self, most: int | None = None) -> Iterator[dict[str, Any]]:
        """Rows by falling formalism_index, failures last."""
        return map(document_row, self._ranked[:most])

    def ranked_reports(self, most: int) -> Iterator[str]:
        """Wire JSON of the first scored documents of that order."""
        return islice((_wire(result) for result in self._ranked if isinstance(result, Report)), most)


def _wire(result: Report | Failure) -> str:
    return json.dumps(failure_dict(result)) if isinstance(result, Failure) else to_json(result)


def write_results(results: Results | Sequence[Report | Failure], path: Path, *, title: str = "") -> None:
    """Write results in the format of the suffix, through a sibling file that is moved into place once it is on the disk.

    Args:
        results: a ledger, or reports and failures.
        path: target; its suffix is one of ``FORMATS``.
        title: of the html page; default the file name.

    Raises:
        FormalismError: F402 another suffix; F605 the disk is full or not writable; F607 parquet without pyarrow.
    """
    check_format(path)
    source = InMemory(results) if isinstance(results, Sequence) else results
    with replacing(path) as stream:
        _WRITERS[path.suffix.lower()].write(source, stream, title or path.stem)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a sibling file for writing; it takes the place of ``path`` once it is whole and on the disk, or is removed.

    Raises:
        FormalismError: F605 the disk is full or not writable.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except OSError as error:
        raise FormalismError("F605", str(path), f"{type(error).__name__}: {error}") from error
    finally:
        partial.unlink(missing_ok=True)


def check_format(path: Path) -> None:
    """Raise F402 when the suffix names no known format, F607 when the format needs what is not installed; before any work."""
    if path.suffix.lower() not in _WRITERS:
        raise FormalismError("F402", str(path))
    if path.suffix.lower() == ".parquet":
        _pyarrow()


def needs_reports(path: Path) -> bool:
    """Whether the format holds whole reports, not only the row of each document."""
    return _WRITERS[path.suffix.lower()].full


def csv_text(results: Sequence[Report | Failure]) -> str:
    """Return CSV with a byte-order mark (opens in Excel); NaN is empty; cells that a sheet would run as a formula are quoted."""
    return "".join(_csv_lines(InMemory(results).rows()))


def _csv_lines(rows: Iterable[Row]) -> Iterator[str]:
    line = StringIO()
    writer = csv.writer(line)

    def take(values: Iterable[object]) -> str:
        writer.writerow(values)
        text = line.getvalue()
        line.seek(0)
        line.truncate()
        return text

    yield _BOM + take(DOCUMENT_COLUMNS)
    for row in rows:
        yield take(_cell(row[name]) for name in DOCUMENT_COLUMNS)


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    if isinstance(value, str):
        clean = _encodable(value)
        return "'" + clean if clean.startswith(("=", "+", "-", "@", "\t", "\r")) else clean
    return value


def _encodable(text: str) -> str:
    """Lone surrogates, which UTF-8 cannot hold, become U+FFFD."""
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)


def _csv(results: Results, stream: IO[bytes], _title: str) -> None:
    for line in _csv_lines(results.rows()):
        stream.write(line.encode("utf-8"))


def _jsonl(results: Results, stream: IO[bytes], _title: str) -> None:
    for report in results.reports():
        stream.write(report.encode("utf-8") + b"\n")


def _json(results: Results, stream: IO[bytes], _title: str) -> None:
    before = b"[\n"
    for report in results.reports():
        stream.write(before + report.encode("utf-8"))
        before = b",\n"
    stream.write(b"[]\n" if before == b"[\n" else b"\n]\n")


def _html(results: Results, stream: IO[bytes], title: str) -> None:
    reports = (Report.from_dict(json.loads(text)) for text in results.ranked_reports(MOST_DETAILS))
    rows = list(results.ranked_rows())
    only = next(reports) if len(rows) == 1 and not rows[0]["error_code"] else None
    page = document_page(only) if only else ranking_page(rows, reports, title)
    stream.write(page.encode("utf-8"))


def _pyarrow() -> Any:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise FormalismError("F607", ".parquet", "pip install 'formalism-nlp[parquet]'") from error
    return pyarrow


def _parquet(results: Results, stream: IO[bytes], _title: str) -> None:
    arrow = _pyarrow()
    kinds = {"str": arrow.string(), "float64": arrow.float64(), "int64": arrow.int64()}
    schema = arrow.schema([(name, kinds[kind]) for name, kind in DOCUMENT_COLUMNS.items()])
    with arrow.parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
        rows = results.rows()
        while batch := list(islice(rows, _PARQUET_ROWS)):
            writer.write_table(arrow.Table.from_pylist([_arrow_row(row) for row in batch], schema=schema))


def _arrow_row(row: Row) -> dict[str, Any]:
    values = {name: _encodable(row[name]) if kind == "str" else row[name] for name, kind in DOCUMENT_COLUMNS.items()}
    return {name: math.nan if value is None else value for name, value in values.items()}


class _Format(NamedTuple):
    write: Callable[[Results, IO[bytes], str], None]
    full: bool


_WRITERS: dict[str, _Format] = {
    ".csv": _Format(_csv, full=False),
    ".jsonl": _Format(_jsonl, full=True),
    ".json": _Format(_json, full=True),
    ".html": _Format(_html, full=True),
    ".parquet": _Format(_parquet, full=False),
}
FORMATS = tuple(_WRITERS)
