"""Remarks as workflow commands of GitHub Actions: annotations beside the lines of a pull request.

GitHub shows ten warnings and ten notices a step, so the counts come first and grave remarks before others.
"""

from __future__ import annotations

from collections.abc import Sequence

from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import Failure
from formalism_nlp.views.kinds import KINDS
from formalism_nlp.views.positions import Lines
from formalism_nlp.views.remarks import Remark, remark_lines, remarks
from formalism_nlp.views.sarif import LINED, Checked, split_name


def github_commands(checked: Sequence[Checked], lexicon: Lexicon) -> str:
    """Return one command a line: failed documents as errors, then grave remarks as warnings, then the others as notices.

    Args:
        checked: documents; names are paths relative to the root of the repository. Dismissed remarks are left out.
        lexicon: the rules.
    """
    graded: dict[str, list[str]] = {"error": [], "warning": [], "notice": []}
    for item in checked:
        if isinstance(item.result, Failure):
            graded["error"].append(
                _command("error", {"file": split_name(item.name)[0], "title": item.result.code}, item.result.message)
            )
            continue
        lines = Lines(item.result.text)
        for remark in remarks(item.result, dismissed=item.dismissed):
            grade = "warning" if remark.level == "warning" else "notice"
            graded[grade].append(_command(grade, _place(remark, item, lines), "\n".join(remark_lines(remark, lexicon))))
    counts = "，".join(f"{len(rows)} {grade}" for grade, rows in graded.items())
    head = _command("notice", {"title": "formalism"}, f"{len(checked)} 份文档 documents：{counts}")
    return "\n".join([head, *graded["error"], *graded["warning"], *graded["notice"]])


def limit_command(name: str, message: str) -> str:
    """Return the command for a document over a limit."""
    return _command("error", {"file": split_name(name)[0], "title": "formalism limit"}, message)


def _place(remark: Remark, item: Checked, lines: Lines) -> dict[str, str]:
    assert not isinstance(item.result, Failure)
    finding = remark.finding
    title = f"{KINDS[remark.kind][0]} {finding.rule}"
    file, inner = split_name(item.name)
    if item.result.document.format not in LINED or inner:
        return {"file": file, "title": f"{title} {item.result.document.locate(finding.start)}".strip()}
    start, end = lines.position(finding.start), lines.position(finding.end)
    numbers = {"line": start.line + 1, "endLine": end.line + 1, "col": start.column + 1, "endColumn": end.column + 1}
    return {"file": file, **{key: str(number) for key, number in numbers.items()}, "title": title}


def _command(grade: str, properties: dict[str, str], message: str) -> str:
    listed = ",".join(f"{key}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}" for key, value in properties.items())
    return f"::{grade} {listed}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
