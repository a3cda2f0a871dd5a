"""The command line as a user meets it: output, files, exit codes, errors that teach."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from formalism_nlp import store
from formalism_nlp.apps.cli import main


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def folder(tmp_path: Path, sample_text: str) -> Path:
    target = tmp_path / "报告"
    target.mkdir()
    (target / "a.txt").write_text(sample_text, encoding="utf-8")
    (target / "b.txt").write_bytes(sample_text.encode("gb18030"))
    return target


def test_score_a_folder(folder: Path, tmp_path: Path) -> None:
    result = run("score", folder, "-o", tmp_path / "out.csv")
    assert result.exit_code == 0, result.output
    assert "口号密度" in result.output and "2 份文档" in result.output and "只衡量措辞" in result.output
    body = (tmp_path / "out.csv").read_bytes()
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(body.decode("utf-8-sig").splitlines()))
    assert [Path(r["name"]).name for r in rows] == ["a.txt", "b.txt"]
    assert rows[0]["slogan_density"] == rows[1]["slogan_density"] != ""


def test_a_failed_document_is_a_row_and_exit_code_2(folder: Path, tmp_path: Path) -> None:
    (folder / "c.txt").write_bytes(b"")
    (folder / "d.txt").write_bytes(b"\x00\x01\x02\x03" * 100)
    result = run("score", folder, "-o", tmp_path / "out.jsonl")
    assert result.exit_code == 2
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [r["kind"] for r in rows] == ["report", "report", "failure", "failure"]
    assert rows[2]["code"] == "F101" and rows[3]["code"] == "F102"
    assert "2 份失败" in result.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("score",), "Missing argument"),
        (("score", "/nowhere/at/all"), "F109"),
        (("score", "{folder}", "-o", "x.doc"), "F402"),
        (("score", "{folder}", "--genre", "小说"), "F401"),
        (("score", "{empty}"), "F403"),
        (("rule", "SLG999"), "F404"),
        (("frobnicate",), "No such command"),
    ],
)
def test_bad_usage_is_exit_code_3_and_one_clear_line(folder: Path, tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    (tmp_path / "empty").mkdir()
    result = run(*(a.format(folder=folder, empty=tmp_path / "empty") for a in arguments))
    assert result.exit_code == 3
    assert says in result.output
    assert "Traceback" not in result.output


def test_explain_shows_the_evidence(folder: Path, tmp_path: Path) -> None:
    result = run("explain", folder / "a.txt")
    assert result.exit_code == 0
    assert "[过程活动" in result.output and "TRC" in result.output and "口号密度 slogan_density" in result.output
    assert run("explain", folder / "a.txt", "-o", tmp_path / "a.html").exit_code == 0
    assert (tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_rule_page_in_both_languages() -> None:
    rule = store.default_lexicon().rules[0]
    chinese, english = run("rule", rule.id).output, run("rule", rule.id, "--english").output
    assert rule.title in chinese and "已知问题" in chinese
    assert "Known problems" in english


def test_lexicon_check_and_list() -> None:
    assert run("lexicon", "check").output.endswith("0 problems\n")
    assert len(run("lexicon", "list").output.splitlines()) == len(store.default_lexicon().rules)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".json", ".html"])
def test_output_formats_are_whole_files(folder: Path, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / "deep" / f"out{suffix}"
    assert run("score", folder, "-q", "-o", target).exit_code == 0
    assert target.stat().st_size > 500
    assert sorted(p.name for p in target.parent.iterdir()) == [target.name, f"{target.name}.ledger"]


def test_help_of_every_command_has_chinese_and_english() -> None:
    for name, command in main.commands.items():
        text = run(name, "--help").output
        assert any("\u4e00" <= c <= "\u9fff" for c in text), name
        assert command.help
