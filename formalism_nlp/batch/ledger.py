"""The book of a run: one SQLite file that holds which file was scored, from which bytes, and what came of it.

A file and its documents are entered in one transaction. So at any moment, after ``kill -9`` or a power cut, a file is either
entered whole or not at all; the next run goes on from there.
"""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from formalism_nlp.batch.outcome import Outcome
from formalism_nlp.values.errors import FormalismError

_APPLICATION = 0x666E6C70  # "fnlp", so that another database is never taken for a ledger
_VERSION = 1
_SCHEMA = """
CREATE TABLE files (
    id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, sha256 TEXT NOT NULL, key TEXT NOT NULL, full INTEGER NOT NULL,
    failed INTEGER NOT NULL, size INTEGER NOT NULL, kind TEXT NOT NULL, characters INTEGER NOT NULL,
    read_seconds REAL NOT NULL, score_seconds REAL NOT NULL
);
CREATE TABLE documents (
    file INTEGER NOT NULL REFERENCES files (id), number INTEGER NOT NULL, code TEXT NOT NULL, formalism REAL, name BLOB NOT NULL,
    row TEXT NOT NULL, report BLOB NOT NULL, PRIMARY KEY (file, number)
);
CREATE TABLE listing (position INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE);
"""
_MARKS = ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
_LISTED = "FROM listing JOIN files ON files.path = listing.path"
_DOCUMENTS = f"{_LISTED} JOIN documents ON documents.file = files.id"
_IN_ORDER = "ORDER BY listing.position, documents.number"
_COMMIT_SECONDS, _COMMIT_FILES = 0.5, 64


class Ledger:
    """The results of a run; use it as a context manager.

    Args:
        path: the file, made when missing; None keeps the results in memory.
        full: whether whole reports are kept.
        fresh: forget what the file holds, even if it is damaged.

    Raises:
        FormalismError: F604 another run has it open; F605 it is damaged, of another version, or cannot be written.
    """

    def __init__(self, path: Path | None, *, full: bool, fresh: bool = False) -> None:
        self._path = path
        self._full = full
        self._open_since = 0.0
        self._pending = 0
        try:
            self._base = self._connect()
        except FormalismError as error:
            if not fresh or path is None or error.code != "F605":
                raise
            remove_ledger(path)
            self._base = self._connect()
        if fresh:
            with self._told():
                self._base.executescript("BEGIN; DELETE FROM documents; DELETE FROM files; COMMIT")

    def _connect(self) -> sqlite3.Connection:
        with self._told():
            if self._path is not None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            base = sqlite3.connect(self._path or ":memory:", timeout=0, isolation_level=None)
            try:
                self._prepare(base)
            except BaseException:
                base.close()
                raise
            return base

    def _prepare(self, base: sqlite3.Connection) -> None:
        # Exclusive: the lock ends with the process however it ends, and WAL then needs no shared memory (network drives).
        base.execute("PRAGMA locking_mode = EXCLUSIVE")
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = FULL")
        base.execute("BEGIN IMMEDIATE")
        made_by, version, tables = (base.execute(query).fetchone()[0] for query in _MARKS)
        if not tables:
            for statement in _SCHEMA.split(";"):
                base.execute(statement)
            base.execute(f"PRAGMA application_id = {_APPLICATION}")
            base.execute(f"PRAGMA user_version = {_VERSION}")
        elif (made_by, version) != (_APPLICATION, _VERSION):
            raise FormalismError("F605", str(self._path), f"not a ledger of version {_VERSION}")
        base.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn errors of the database into errors a user can act on."""
        try:
            yield
        except sqlite3.OperationalError as error:
            code = "F604" if "locked" in str(error) else "F605"
            raise FormalismError(code, str(self._path), str(error)) from error
        except (sqlite3.DatabaseError, OSError) as error:
            raise FormalismError("F605", str(self._path), str(error)) from error

    def list_files(self, paths: Sequence[str]) -> None:
        """Say which files this run is about, in the order of its results; results of other files stay in the ledger unseen."""
        with self._told():
            self._base.execute("BEGIN IMMEDIATE")
            self._base.execute("DELETE FROM listing")
            rows = enumerate(map(_blob, dict.fromkeys(paths)))
            self._base.executemany("INSERT INTO listing VALUES (?, ?)", rows)
            self._base.execute("COMMIT")

    def known(self, key: str, *, retry: bool = False) -> dict[str, str]:
        """Return path → SHA-256 of the files that need no scoring while their content stays.

        Args:
            key: of the scoring; results with another key do not count.
            retry: files with a failed document do not count either.
        """
        query = (
            f"SELECT files.path, files.sha256 {_LISTED} WHERE key = ? AND full >= ? AND sha256 != '' AND (NOT ? OR NOT failed)"
        )
        with self._told():
            return {_path(path): sha256 for path, sha256 in self._base.execute(query, (key, self._full, retry))}

    def add(self, outcome: Outcome, key: str) -> None:
        """Enter a file with its documents; written to disk with ``commit``, or by itself within half a second of work."""
        if outcome.unchanged:
            return
        with self._told():
            if not self._pending:
                self._base.execute("BEGIN IMMEDIATE")
                self._open_since = time.monotonic()
            try:
                self._enter(outcome, key)
            except BaseException:  # Ctrl-C included: half a file must never be written
                self._pending = 0
                self._base.execute("ROLLBACK")
                raise
        self._pending += 1
        if self._pending >= _COMMIT_FILES or time.monotonic() - self._open_since > _COMMIT_SECONDS:
            self.commit()

    def _enter(self, outcome: Outcome, key: str) -> None:
        path = _blob(outcome.path)
        self._base.execute("DELETE FROM documents WHERE file = (SELECT id FROM files WHERE path = ?)", (path,))
        self._base.execute("DELETE FROM files WHERE path = ?", (path,))
        values = (
            path, outcome.sha256, key, self._full, len(outcome.failures), outcome.size, outcome.kind, outcome.characters,
            outcome.read_seconds, outcome.score_seconds,
        )  # fmt: skip
        cursor = self._base.execute(f"INSERT INTO files VALUES (NULL{', ?' * len(values)})", values)
        rows = (
            (cursor.lastrowid, number, scored.row["error_code"], scored.row["formalism_index"], _blob(scored.row["name"]),
             json.dumps(dict(scored.row)), scored.report)
            for number, scored in enumerate(outcome.documents)
        )  # fmt: skip
        self._base.executemany("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def commit(self) -> None:
        """Write what was entered to the disk."""
        if self._pending:
            with self._told():
                self._base.execute("COMMIT")
            self._pending = 0

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the row of each listed document in order (``views.frame.DOCUMENT_COLUMNS``; NaN is None)."""
        for (row,) in self._select(f"SELECT documents.row {_DOCUMENTS} {_IN_ORDER}"):
            yield json.loads(row)

    def reports(self) -> Iterator[str]:
        """Yield the wire JSON of each listed document in order."""
        for (report,) in self._select(f"SELECT documents.report {_DOCUMENTS} {_IN_ORDER}"):
            yield zlib.decompress(report).decode("utf-8")

    def ranked_rows(self, most: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield rows by falling formalism_index, failures last (the order of ``views.ranking``), at most ``most``."""
        for (row,) in self._ranked("row", "", most):
            yield json.loads(row)

    def ranked_reports(self, most: int) -> Iterator[str]:
        """Yield the wire JSON of the first ``most`` scored documents in the order of ``ranked_rows``."""
        for (report,) in self._ranked("report", "WHERE code = ''", most):
            yield zlib.decompress(report).decode("utf-8")

    def _ranked(self, column: str, where: str, most: int | None) -> Iterator[tuple[Any, ...]]:
        order = "ORDER BY documents.code != '', formalism IS NULL, -formalism, name, listing.position, number"
        return self._select(f"SELECT documents.{column} {_DOCUMENTS} {where} {order} LIMIT ?", (-1 if most is None else most,))

    def failures(self) -> Mapping[str, int]:
        """Return how many listed documents failed, by error code."""
        query = f"SELECT code, count(*) {_DOCUMENTS} WHERE code != '' GROUP BY code ORDER BY code"
        return dict(self._select(query))

    def totals(self) -> tuple[int, int, int]:
        """Return the number of listed files, documents and characters in the ledger."""
        files, characters = next(self._select(f"SELECT count(*), coalesce(sum(characters), 0) {_LISTED}"))
        (documents,) = next(self._select(f"SELECT count(*) {_DOCUMENTS}"))
        return files, documents, characters

    def costs(self) -> list[tuple[str, int, int, int, float, float]]:
        """Return a row a format: its name, files, bytes, characters, processor seconds of reading, of scoring."""
        query = (
            "SELECT CASE kind WHEN '' THEN '—' ELSE kind END, count(*), sum(size), sum(characters), sum(read_seconds), "
            f"sum(score_seconds) {_LISTED} GROUP BY kind ORDER BY sum(read_seconds) + sum(score_seconds) DESC, kind"
        )
        return list(self._select(query))

    def _select(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        with self._told():
            for row in self._base.execute(query, values):  # noqa: UP028 - yield from would close the cursor when left early
                yield row

    def close(self) -> None:
        """Write what was entered and close the file."""
        try:
            self.commit()
        finally:
            self._base.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _blob(text: str) -> bytes:
    """Names of files may hold bytes that are no UTF-8 (lone surrogates in Python), which SQLite takes as bytes only."""
    return text.encode("utf-8", "surrogatepass")


def _path(blob: bytes) -> str:
    return blob.decode("utf-8", "surrogatepass")


def ledger_path(output: Path) -> Path:
    """The ledger stands beside the output: ``out.csv.ledger``."""
    return output.with_name(output.name + ".ledger")


def remove_ledger(path: Path) -> None:
    """Delete a ledger with what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
