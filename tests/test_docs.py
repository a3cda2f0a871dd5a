"""The documentation site: its code runs, its links lead somewhere, it builds without a warning."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
pytestmark = pytest.mark.skipif(not (DOCS / "conf.py").is_file(), reason="docs/ is only in the checkout")


@pytest.mark.parametrize("name", ["tutorial", "howto", "explanation"])
def test_code_of_the_guides_runs(name: str) -> None:
    code = "\n".join(re.findall(r"```python\n(.*?)```", (DOCS / f"{name}.md").read_text(encoding="utf-8"), re.S))
    assert "assert" in code
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONUTF8": "1"}
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.md")), ids=lambda p: p.name)
def test_links_lead_somewhere(path: Path) -> None:
    """Pages below ``generated/`` are made by the build; all else must be there."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not re.match(r"(https?:|mailto:|generated/)", target) and target != "model-card.md":
            assert (path.parent / target).exists(), target


def test_reference_is_made_from_the_code(tmp_path: Path) -> None:
    sys.path.insert(0, str(DOCS))
    try:
        generate = importlib.import_module("generate")
    finally:
        sys.path.remove(str(DOCS))
    folder = tmp_path / "generated"
    (tmp_path / "index.md").write_text("a\n", encoding="utf-8")
    (tmp_path / "b.md").write_text("# b\n", encoding="utf-8")
    generate.write_reference(folder)
    commands = (folder / "commands.md").read_text(encoding="utf-8")
    assert all(f"`formalism {name}`" in commands for name in ("score", "report", "explain", "lexicon check"))
    from formalism_nlp.values.errors import MESSAGES

    errors = (folder / "errors.md").read_text(encoding="utf-8")
    assert all(f"| {code} |" in errors for code in MESSAGES)
    assert "/b\n" in (folder / "more.md").read_text(encoding="utf-8")
    for names in generate.MODULES.values():
        for name in names:
            assert importlib.import_module(name).__doc__


@pytest.mark.slow
def test_site_builds_without_a_warning(tmp_path: Path) -> None:
    for needed in ("sphinx", "furo", "myst_parser"):
        pytest.importorskip(needed, reason="pip install 'formalism-nlp[docs]'")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", str(DOCS), str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "generated" / "modules.html").stat().st_size > 100_000
