"""What is written is checked: notebooks run, README snippets run, documents agree with the code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from formalism_nlp import store
from formalism_nlp.analysis.indices import FORMULAS

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_notebook_runs_and_is_stripped(path: Path, tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.read(path, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "commit notebooks without outputs"
    nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()


@pytest.mark.parametrize("name", ["README.md", "README.en.md"])
def test_readme_python_runs(name: str) -> None:
    (snippet,) = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.S)
    done = subprocess.run(
        [sys.executable, "-c", snippet],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > 20


def test_both_readmes_give_the_same_commands() -> None:
    commands = [
        re.findall(r"```sh\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.S) for name in ("README.md", "README.en.md")
    ]
    assert commands[0] == commands[1] and len(commands[0]) == 2


def test_docs_describe_every_index() -> None:
    text = (ROOT / "docs" / "indices.md").read_text(encoding="utf-8")
    for name, (_, formula) in FORMULAS.items():
        assert f"`{name}`" in text
        assert formula in text, name


def test_readme_headline_is_the_model_cards() -> None:
    """The figures in the README stand letter for letter in the generated model card of the shipped model."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    card = (ROOT / "docs" / "model-card.md").read_text(encoding="utf-8")
    manifest = json.loads((store.model_folder() / "model.json").read_text(encoding="utf-8"))
    assert manifest["sha256"][:12] in card, "the model changed: run `formalism evaluate --card docs/model-card.md`"
    rows = [line for line in readme.splitlines() if re.match(r"\| (?:test|dev) ", line)]
    assert len(rows) >= 2
    for row in rows:
        for figure in re.findall(r"\d\.\d{3}", row):
            assert figure in card, f"{figure} of the README is not in the model card"
