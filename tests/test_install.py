"""The wheel holds lexicons, corpora and model, and scores from another folder in a clean environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from formalism_nlp import store

ROOT = Path(__file__).parent.parent
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / "pyproject.toml").is_file(), reason="a wheel is built from a checkout"),
]


def run(*command: object, cwd: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "FORMALISM_SHARED")}
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", target, cwd=ROOT)
    (built,) = target.glob("*.whl")
    return built


def test_the_wheel_holds_all_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for signal in ("slogan", "trace", "substance", "form", "remedy"):
        assert any(n.startswith(f"formalism_nlp/_data/lexicons/{signal}/") for n in names), signal
    for needed in (
        "model/weights.npz",
        "model/model.json",
        "model/norms.json",
        "corpora/genres.json",
        "corpora/labels/own.jsonl",
    ):
        assert f"formalism_nlp/_data/{needed}" in names
    assert not any(n.startswith(("tests/", "benchmarks/")) for n in names)


def test_the_wheel_scores_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", wheel, cwd=tmp_path)
    sample = (store.data_folder("corpora") / "documents" / "A6-trace.txt").read_text(encoding="utf-8")
    (tmp_path / "报告.txt").write_text(sample, encoding="utf-8")
    code = (
        "import formalism_nlp as fn, json; r = fn.score(fn.read('报告.txt'));"
        "print(json.dumps({'file': fn.__file__, 'trace': r.trace_padding, 'versions': [r.versions.lexicon, r.versions.model]}))"
    )
    said = json.loads(run(python, "-c", code, cwd=tmp_path))
    import formalism_nlp as fn

    here = fn.score(fn.Document.from_text(sample))
    assert str(ROOT) not in said["file"]
    assert said["trace"] == pytest.approx(here.trace_padding, abs=1e-9)
    assert said["versions"] == [here.versions.lexicon, here.versions.model]
    table = run(tmp_path / "venv" / "bin" / "formalism", "score", "报告.txt", "-o", "结果.html", cwd=tmp_path)
    assert "只衡量措辞" in table and (tmp_path / "结果.html").stat().st_size > 5000
