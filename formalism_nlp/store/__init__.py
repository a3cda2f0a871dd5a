"""The only place that knows where lexicons, corpora and models are, and how they are read and verified."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from formalism_nlp.store.model_files import load_model, load_norms, save_model, save_norms
from formalism_nlp.store.rule_files import read_rule
from formalism_nlp.store.taxonomy_files import find_taxonomy, load_taxonomy, save_taxonomy
from formalism_nlp.values.errors import LexiconError
from formalism_nlp.values.lexicon import SIGNALS, Lexicon

__all__ = [
    "data_folder", "default_lexicon", "find_taxonomy", "load_lexicon", "load_model", "load_norms", "load_taxonomy", "model_folder",
    "read_rule", "rule_files", "save_model", "save_norms", "save_taxonomy", "shared_corpora",
]  # fmt: skip

_PACKAGE = Path(__file__).resolve().parent.parent


def data_folder(kind: Literal["lexicons", "corpora"]) -> Path:
    """Return the folder of shipped data: beside ``pyproject.toml`` in a checkout, else inside the wheel.

    Raises:
        LexiconError: the installation lacks it.
    """
    checkout = _PACKAGE.parent / kind
    if (_PACKAGE.parent / "pyproject.toml").is_file() and checkout.is_dir():
        return checkout
    installed = _PACKAGE / "_data" / kind
    if installed.is_dir():
        return installed
    raise LexiconError("F201", str(installed), f"the folder {kind} is missing from this installation")


def model_folder() -> Path:
    """Return the folder of the shipped model and norms."""
    return _PACKAGE / "_data" / "model"


def shared_corpora() -> Path | None:
    """Return the folder of public texts (``FORMALISM_SHARED`` or ``../shared/corpora``), None when there is none."""
    named = os.environ.get("FORMALISM_SHARED")
    folder = Path(named) if named else _PACKAGE.parent.parent / "shared" / "corpora"
    return folder if (folder / "public_manifest.jsonl").is_file() else None


@lru_cache(maxsize=1)
def default_lexicon() -> Lexicon:
    """Return the shipped lexicon; read once, immutable."""
    return load_lexicon(data_folder("lexicons"))


def load_lexicon(folder: str | os.PathLike[str]) -> Lexicon:
    """Read all rule files of a folder (``<signal>/*.yaml``).

    Raises:
        LexiconError: names file and line of the first thing that is wrong.
    """
    files = rule_files(folder)
    if not files:
        raise LexiconError("F201", str(folder), "no rule files (<signal>/*.yaml) in this folder")
    return Lexicon(tuple(read_rule(path) for path in files))


def rule_files(folder: str | os.PathLike[str]) -> list[Path]:
    """Return the rule files below a lexicon folder in name order."""
    return sorted(path for signal in SIGNALS for path in (Path(folder) / signal).glob("*.yaml"))
