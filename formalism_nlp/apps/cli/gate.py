"""What ``formalism score`` does beyond scoring: limits of ``formalism.toml``, and the formats of CI."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from formalism_nlp.apps.baseline import load_baseline
from formalism_nlp.apps.settings import REMARKS, Limit, Settings, find_settings, read_settings
from formalism_nlp.values.report import Failure, Report
from formalism_nlp.views.frame import document_row
from formalism_nlp.views.remarks import remarks
from formalism_nlp.views.sarif import Checked, split_name


def needs_reports(form: str, settings: Settings) -> bool:
    """Whether whole reports are needed, not only rows."""
    return form != "table" or any(limit.name == REMARKS for limit in settings.limits)


def settings_for(config: Path | None) -> Settings:
    """The named ``formalism.toml``, or else the nearest at or above the working directory."""
    return read_settings(config) if config else find_settings(Path.cwd())


@contextmanager
def reports_file(output: Path | None, form: str, full: bool) -> Iterator[Path | None]:
    """Where a run writes: the output of a table; for whole reports the output if it is .jsonl, else a temporary file.

    Raises:
        UsageError: the run has another output that cannot be made of the same run.
    """
    if not full:
        yield output
        return
    if form == "table" and output is not None:
        if output.suffix.lower() != ".jsonl":
            raise click.UsageError(
                "formalism.toml 限定了 remarks：输出只能是 .jsonl，或不用 -o / a limit on remarks goes with -o x.jsonl or no -o"
            )
        yield output
        return
    with TemporaryDirectory(prefix="formalism-") as folder:
        yield Path(folder) / "reports.jsonl"


def read_checked(path: Path, settings: Settings) -> list[Checked]:
    """Read the reports of a run with what is dismissed in each; names become relative to the working directory."""
    baseline = load_baseline(settings.baseline)
    by_file: dict[str, dict[str, str]] = {}
    checked = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            data = json.loads(line)
            result = _named(data)
            name = result.name if isinstance(result, Failure) else result.document.name
            file = split_name(name)[0]
            if file not in by_file:
                here = baseline.fingerprints(file)
                by_file[file] = {entry.fingerprint: entry.reason for entry in baseline.entries if entry.fingerprint in here}
            checked.append(Checked(result, by_file[file]))
    return checked


def _named(data: dict[str, Any]) -> Report | Failure:
    if data["kind"] == "failure":
        return Failure(_relative(data["name"]), data["code"], data["message"])
    data["document"]["name"] = _relative(data["document"]["name"])
    return Report.from_dict(data)


def _relative(name: str) -> str:
    """A path below the working directory without the way to it; any other as it is."""
    try:
        return Path(name).relative_to(Path.cwd()).as_posix() if Path(name).is_absolute() else name
    except ValueError:
        return name


def rows_of(checked: Iterable[Checked]) -> list[dict[str, Any]]:
    """Rows of the documents, with the number of remarks that are not dismissed."""
    rows = []
    for item in checked:
        row = document_row(item.result)
        row[REMARKS] = 0 if isinstance(item.result, Failure) else len(remarks(item.result, dismissed=item.dismissed))
        rows.append(row)
    return rows


def broken_limits(rows: Iterable[Mapping[str, Any]], limits: Sequence[Limit]) -> list[tuple[str, str]]:
    """Name and message of each document and limit it breaks; failed documents and undefined values break none."""
    found = []
    for row in rows:
        for limit in limits:
            if not row["error_code"] and limit.broken_by(row[limit.name]):
                found.append((row["name"], f"{limit.name} = {row[limit.name]:.3g}，超出限度 over the limit: {limit}"))
    return sorted(found)


def render(form: str, checked: list[Checked], broken: Sequence[tuple[str, str]]) -> str:
    """Return the documents in a format of CI."""
    from formalism_nlp import __version__, store
    from formalism_nlp.views.github import github_commands, limit_command
    from formalism_nlp.views.sarif import sarif_log

    if form == "sarif":
        return json.dumps(sarif_log(checked, store.default_lexicon(), library=__version__), ensure_ascii=False, indent=1)
    commands = github_commands(checked, store.default_lexicon())
    return "\n".join([commands, *(limit_command(name, message) for name, message in broken)])


def deliver(text: str, output: Path | None, echo: Callable[[str], object]) -> None:
    """Print a text, or write it to a file."""
    from formalism_nlp.apps.files import replace_file

    data = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    if output is None:
        echo(data)
    else:
        replace_file(output, (data + "\n").encode())
