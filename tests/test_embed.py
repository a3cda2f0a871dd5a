"""Each snippet of docs/embed.md runs and does what the page says; commands on the pages of this topic exist."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import click
import pandas as pd
import pytest
from docx import Document as WordFile

import formalism_nlp as fn
from formalism_nlp.apps.cli import main
from formalism_nlp.apps.settings import read_settings

ROOT = Path(__file__).parent.parent
PAGES = ["embed.md", "word.md", "editors.md"]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def snippets() -> dict[str, str]:
    """Heading → first snippet below it, and ``jieba`` → the second one of spaCy."""
    found: dict[str, str] = {}
    for section in page("embed.md").split("\n## ")[1:]:
        blocks = re.findall(r"```python\n(.*?)```", section, re.S)
        found[section.split("\n")[0].split(" ")[0]] = blocks[0]
        if len(blocks) > 1:
            found["jieba"] = blocks[1]
    return found


def run(name: str) -> dict[str, Any]:
    source = snippets()[name]
    assert len([line for line in source.split("\n") if line.strip()]) <= 12, "about ten lines each"
    space: dict[str, Any] = {}
    exec(compile(source, f"embed.md: {name}", "exec"), space)  # noqa: S102 - the page's own code is what is tested
    return space


def test_every_snippet_is_tested() -> None:
    assert set(snippets()) == {"网页工具", "Word", "编辑器", "数据流程", "spaCy", "jieba"}


def test_web_tool(sample_text: str) -> None:
    testclient = pytest.importorskip("starlette.testclient")
    answer = testclient.TestClient(run("网页工具")["app"]).post("/check", json={"text": sample_text}).json()
    report = fn.score(sample_text)
    assert answer["slogan_density"] == report.slogan_density
    assert len(answer["findings"]) == len(report.findings)


def test_word_pipeline(
    sample_text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("收文", "批注"):
        Path(folder).mkdir()
    document = WordFile()
    for line in sample_text.split("\n"):
        document.add_paragraph(line)
    document.save("收文/总结.docx")
    Path("收文/坏.docx").write_bytes(b"PK\x03\x04")
    run("Word")
    assert len(list(WordFile("批注/总结.docx").comments)) > 1
    assert "坏.docx" in capsys.readouterr().out and not Path("批注/坏.docx").exists()


def test_editor() -> None:
    text = "𠀀我们要高度重视、狠抓落实，以时不我待的精神奋力谱写新篇章。\n"
    marks = list(run("编辑器")["squiggles"](text))
    assert marks
    for start, end, level, reason, fingerprint in marks:
        assert start.line == end.line == 0 and start.column < end.column <= len(text.encode("utf-16-le")) // 2
        assert level in ("warning", "note") and reason and len(fingerprint) == 16


def test_data_pipeline(sample_text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = {"部门": ["甲", "乙", "乙"], "年份": [2024, 2024, 2025], "正文": [sample_text, sample_text, None]}
    pd.DataFrame(rows).to_csv("文档.csv", index=False)
    run("数据流程")
    table = pd.read_csv("部门.csv", index_col="部门")
    assert table.loc["甲", "slogan_density"] == pytest.approx(fn.score(sample_text).slogan_density)
    assert table.loc["甲"].equals(table.loc["乙"])


def test_spacy(capsys: pytest.CaptureFixture[str]) -> None:
    run("spaCy")
    run("jieba")
    assert "高度重视 SLG" in capsys.readouterr().out


@pytest.mark.parametrize("name", PAGES)
def test_commands_on_the_pages_exist(name: str) -> None:
    lines = [line for block in re.findall(r"```sh\n(.*?)```", page(name), re.S) for line in block.strip().split("\n")]
    for line in lines:
        words = shlex.split(line)
        if words[0] != "formalism":
            assert words[:2] == ["pip", "install"]
            extra = re.search(r"\[(\w+)\]", line)
            project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
            assert extra and extra.group(1) in project["optional-dependencies"]
            continue
        command = main.commands[words[1]]
        known = {option for parameter in command.params for option in parameter.opts if isinstance(parameter, click.Option)}
        assert {word for word in words[2:] if word.startswith("-")} <= known, line


def test_configurations_on_the_page_are_right(tmp_path: Path) -> None:
    text = page("editors.md")
    (config,) = re.findall(r"<!-- formalism.toml -->\n```toml\n(.*?)```", text, re.S)
    (tmp_path / "formalism.toml").write_text(config, encoding="utf-8")
    assert len(read_settings(tmp_path / "formalism.toml").limits) == 3
    for block in re.findall(r"```json\n(.*?)```", text, re.S):
        json.loads(block)
    for block in re.findall(r"```toml\n(.*?)```", text, re.S):
        tomllib.loads(block)
