"""What commands share: exit codes, argument types, progress on standard error."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import click

_YEAR = re.compile(r"(?<!\d)(19[4-9]\d|20\d\d)(?!\d)")
T = TypeVar("T")
CHECK_FAILED, DOCUMENT_FAILED, BAD_USAGE = 1, 2, 3
PATH = click.Path(path_type=Path)


def say(line: str) -> None:
    """Tell a step of long work on standard error."""
    click.echo(line, err=True)


def progress(items: Iterable[T], length: int, label: str, quiet: bool) -> Iterator[T]:
    """Pass items on under a progress bar on standard error; none when quiet or for a single item."""
    if quiet or length < 2:
        yield from items
        return
    with click.progressbar(items, length=length, label=label, file=sys.stderr) as bar:
        yield from bar


def year_of(name: str) -> str:
    """The last year (1940–2099) in a file name, ``""`` without one; folders do not count."""
    found = _YEAR.findall(Path(name).name)
    return found[-1] if found else ""
