"""The floors hold, the core touches no files, and importing the library stays light."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import formalism_nlp

PACKAGE = Path(formalism_nlp.__file__).parent
HEAVY = ["pandas", "sklearn", "spacy", "jieba", "docx", "lxml", "selectolax", "starlette", "uvicorn"]


@pytest.mark.skipif(not (PACKAGE.parent / "pyproject.toml").exists(), reason="the import contract lives in the checkout")
def test_floors_import_only_downwards() -> None:
    command = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"
    done = subprocess.run([sys.executable, "-c", command], cwd=PACKAGE.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "values").glob("*.py")) + sorted((PACKAGE / "analysis").glob("*.py")), ids=lambda p: p.name
)
def test_core_opens_no_files_and_prints_nothing(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not used & {"open", "print", "input", "exec", "eval"}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_stay_small_and_catch_what_they_name(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= 400
    handlers = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ExceptHandler)]
    assert all(handler.type is not None for handler in handlers)
    assert "pickle" not in source.replace("allow_pickle=False", "").replace("without pickle", "")


def modules_after(code: str) -> set[str]:
    script = f"import json, sys\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_import_is_light() -> None:
    loaded = modules_after("import formalism_nlp")
    assert not loaded & {*HEAVY, "numpy", "yaml", "click"}


def test_help_loads_only_the_command_line() -> None:
    code = "import sys\nsys.argv = ['formalism', '--help']\nfrom formalism_nlp.apps.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass"
    assert not modules_after(code) & {*HEAVY, "numpy", "yaml"}


def test_scoring_needs_no_framework() -> None:
    code = "import formalism_nlp as fn\nfn.score('各位代表：现在报告工作。').to_json()"
    assert not modules_after(code) & set(HEAVY)


def test_public_names_are_promises() -> None:
    assert sorted(formalism_nlp.__all__) == sorted(
        [
            "Document",
            "Failure",
            "FormalismError",
            "Lexicon",
            "Report",
            "Scorer",
            "__version__",
            "load",
            "read",
            "score",
            "score_frame",
            "score_many",
        ]
    )
    for name in formalism_nlp.__all__:
        assert getattr(formalism_nlp, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = formalism_nlp.nothing
