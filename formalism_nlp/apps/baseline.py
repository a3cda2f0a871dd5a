"""The baseline: findings a reviewer has looked at and dismissed, so that editors, CI and Word stay silent about them.

One JSON file of a project, made to be committed: sorted, one entry a line. An entry names the file and the fingerprint of the
finding, which depends on rule and wording and not on line numbers: it holds through edits elsewhere, and ends with the sentence.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from formalism_nlp.apps.files import replace_file
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import Finding

NAME = "formalism-baseline.json"
_SCHEMA = 1


@dataclass(frozen=True, slots=True, order=True)
class Dismissal:
    """One dismissed finding: ``file`` relative to the folder of the baseline with ``/``; ``text`` and ``rule`` for readers."""

    file: str
    fingerprint: str
    rule: str = ""
    text: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Baseline:
    """The dismissals of a project, kept in ``path``."""

    path: Path
    entries: frozenset[Dismissal] = field(default_factory=frozenset)

    def fingerprints(self, file: str | os.PathLike[str]) -> frozenset[str]:
        """Fingerprints dismissed in one file."""
        name = self._relative(file)
        return frozenset(entry.fingerprint for entry in self.entries if entry.file == name)

    def with_dismissed(self, file: str | os.PathLike[str], findings: Iterable[Finding], *, reason: str = "") -> Baseline:
        """Return a baseline in which findings of a file are dismissed too; those dismissed before keep their reason."""
        known, name = self.fingerprints(file), self._relative(file)
        new = [Dismissal(name, f.fingerprint, f.rule, f.text, reason) for f in findings if f.fingerprint not in known]
        return Baseline(self.path, self.entries.union(new))

    def only(self, file: str | os.PathLike[str], fingerprints: Collection[str]) -> Baseline:
        """Return a baseline whose entries of one file are only those with the given fingerprints."""
        name = self._relative(file)
        return Baseline(self.path, frozenset(e for e in self.entries if e.file != name or e.fingerprint in fingerprints))

    def save(self) -> None:
        """Write the file, whole or not at all.

        Raises:
            FormalismError: F409 the file cannot be written.
        """
        rows = [json.dumps(asdict(entry), ensure_ascii=False) for entry in sorted(self.entries)]
        body = ",\n".join(f"    {row}" for row in rows)
        text = (
            f'{{\n  "schema": {_SCHEMA},\n  "dismissed": [\n{body}\n  ]\n}}\n'
            if rows
            else f'{{\n  "schema": {_SCHEMA},\n  "dismissed": []\n}}\n'
        )
        try:
            replace_file(self.path, text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise FormalismError("F409", str(self.path), f"{type(error).__name__}: {error}") from error

    def _relative(self, file: str | os.PathLike[str]) -> str:
        """Name of a file as entries give it; a file elsewhere is named by its way from the baseline's folder."""
        return Path(os.path.relpath(Path(file).absolute(), self.path.absolute().parent)).as_posix()


def load_baseline(path: Path) -> Baseline:
    """Read a baseline; a file that does not exist is an empty one.

    Raises:
        FormalismError: F409 it is no baseline of this schema.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["schema"] != _SCHEMA:
            raise ValueError(f"schema {data['schema']!r}, not {_SCHEMA}")
        entries = frozenset(Dismissal(**row) for row in data["dismissed"])
        if any(not isinstance(value, str) for entry in entries for value in asdict(entry).values()):
            raise ValueError("an entry holds what is no string")
    except FileNotFoundError:
        return Baseline(path)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise FormalismError("F409", str(path), f"{type(error).__name__}: {error}") from error
    return Baseline(path, entries)
