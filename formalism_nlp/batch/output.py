"""Write results as csv, jsonl, json, html or parquet; whole or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path

from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import Failure, Report
from formalism_nlp.views.frame import DOCUMENT_COLUMNS, document_frame, document_row
from formalism_nlp.views.page import document_page, folder_page
from formalism_nlp.views.wire import failure_dict, to_dict, to_json

Results = Sequence[Report | Failure]


def write_results(results: Results, path: Path, *, title: str = "") -> None:
    """Write results in the format of the suffix, through a sibling file that is moved into place.

    Raises:
        FormalismError: F402 for a suffix that is not one of ``FORMATS``.
    """
    check_format(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    _WRITERS[path.suffix.lower()](results, partial, title or path.stem)
    partial.replace(path)


def check_format(path: Path) -> None:
    """Raise F402 when the suffix names no known format; called before any work is done."""
    if path.suffix.lower() not in _WRITERS:
        raise FormalismError("F402", str(path))


def csv_text(results: Results) -> str:
    """Return CSV with a byte-order mark (opens in Excel); NaN is empty; cells that a sheet would run as a formula are quoted."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(DOCUMENT_COLUMNS)
    for result in results:
        writer.writerow([_cell(value) for value in document_row(result).values()])
    return "\ufeff" + out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, float):
        return "" if value != value else repr(value)
    if isinstance(value, str):
        clean = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in value)
        return "'" + clean if clean.startswith(("=", "+", "-", "@", "\t", "\r")) else clean
    return value


def _csv(results: Results, path: Path, _title: str) -> None:
    path.write_text(csv_text(results), encoding="utf-8", newline="")


def _jsonl(results: Results, path: Path, _title: str) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for result in results:
            line = json.dumps(failure_dict(result), ensure_ascii=False) if isinstance(result, Failure) else to_json(result)
            stream.write(line + "\n")


def _json(results: Results, path: Path, _title: str) -> None:
    rows = [failure_dict(r) if isinstance(r, Failure) else to_dict(r) for r in results]
    path.write_text(json.dumps(rows, ensure_ascii=True, indent=1) + "\n", encoding="utf-8")


def _html(results: Results, path: Path, title: str) -> None:
    only = results[0] if len(results) == 1 else None
    page = document_page(only) if isinstance(only, Report) else folder_page(results, title)
    path.write_text(page, encoding="utf-8")


def _parquet(results: Results, path: Path, _title: str) -> None:
    try:
        document_frame(results).to_parquet(path, index=False)
    except ImportError as error:
        raise FormalismError("F402", str(path), "parquet needs pyarrow: pip install 'formalism-nlp[parquet]'") from error


_WRITERS: dict[str, Callable[[Results, Path, str], None]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".json": _json,
    ".html": _html,
    ".parquet": _parquet,
}
FORMATS = tuple(_WRITERS)
