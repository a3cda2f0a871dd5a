"""A Model Context Protocol server over standard input and output, for assistants that draft or review documents offline."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

from formalism_nlp import __version__
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.readers import read
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import DISCLAIMER, DISCLAIMER_EN, Report
from formalism_nlp.views.remarks import clause, remark_lines, remarks
from formalism_nlp.views.rule_page import rule_text
from formalism_nlp.views.terminal import explain as explanation

_INSTRUCTIONS = (
    "Measures formalism (形式主义) in Chinese official documents: slogan density, trace-padding, checkable substance, with the "
    "exact characters that are the evidence. It measures wording, never truth or diligence: when you rewrite a sentence, ask the "
    "author for the missing figure, date or responsible party, and never invent one. Offsets are code points."
)
T = TypeVar("T")
_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)


def make_server(load: Callable[[], Scorer], *, roots: Sequence[Path] = ()) -> MCPServer:
    """Return the server with its tools ``score``, ``explain`` and ``rule``; ``run()`` serves standard input and output.

    Args:
        load: makes the scorer, cached by itself; called with the first document.
        roots: folders whose files may be read by name; none by default.
    """
    server = MCPServer("formalism", version=__version__, instructions=_INSTRUCTIONS, log_level="WARNING")
    allowed = [root.resolve() for root in roots]

    def scored(text: str, file: str, genre: str) -> Report:
        if bool(text) == bool(file):
            raise ToolError("give either text or file")
        document = read(_inside(file, allowed)) if file else Document.from_text(text)
        return load().score(document, genre=genre)

    @server.tool(annotations=_READS)
    def score(text: str = "", file: str = "", genre: str = "", english: bool = False) -> dict[str, Any]:
        """Score a document: indices with interval and percentile, and the remarks a reviewer should see, each with its place.

        Give text, or the name of a file (docx, pdf, txt, html …) below a folder the server was started with. genre is a norm
        group such as government-work-report, work-summary, speech; default all documents.
        """
        return _told(lambda: _summary(scored(text, file, genre), load(), english=english))

    @server.tool(annotations=_READS)
    def explain(text: str = "", file: str = "", genre: str = "", english: bool = False) -> str:
        """Explain a document sentence by sentence: what each is judged to be, with the words and rules that say so."""
        return _told(lambda: explanation(scored(text, file, genre), lambda part, _colour: part, english=english))

    @server.tool(annotations=_READS)
    def rule(rule_id: str, english: bool = False) -> str:
        """Show the page of a rule named in a remark: why it exists, where it errs, its source and examples."""

        def page() -> str:
            lexicon = load().lexicon
            if rule_id not in lexicon.by_id:
                raise FormalismError("F404", rule_id)
            return rule_text(lexicon[rule_id], english=english)

        return _told(page)

    return server


def _told(work: Callable[[], T]) -> T:
    """Do it; an error the user can act on becomes the tool's answer."""
    try:
        return work()
    except FormalismError as error:
        raise ToolError(str(error)) from error


def _inside(file: str, roots: Sequence[Path]) -> Path:
    """A file below one of the roots, links followed.

    Raises:
        ToolError: it lies elsewhere, or there are no roots.
    """
    for root in roots:
        try:
            path = (root / file).resolve()
        except (OSError, ValueError) as error:
            raise ToolError(f"no such file: {file!r}") from error
        if path.is_relative_to(root) and path.is_file():
            return path
    raise ToolError(f"{file!r} is not below a folder of this server; start it with --root FOLDER, or give the text")


def _summary(report: Report, scorer: Scorer, *, english: bool) -> dict[str, Any]:
    indices = {}
    for index in report.index_values:
        known = not math.isnan(index.value)
        indices[index.name] = {
            "value": index.value if known else None,
            "interval": list(index.interval) if index.interval else None,
            "percentile": None if math.isnan(index.percentile) else index.percentile,
            "reason": index.reason,
        }
    return {
        "disclaimer": DISCLAIMER_EN if english else DISCLAIMER,
        "status": report.status,
        "genre": report.genre,
        "characters": sum(sentence.weight for sentence in report.sentences),
        "indices": indices,
        "remarks": [
            {
                "start": remark.finding.start,
                "end": remark.finding.end,
                "text": remark.finding.text,
                "where": report.document.locate(remark.finding.start),
                "rule": remark.finding.rule,
                "level": remark.level,
                "form": remark.finding.form,
                "says": "\n".join(remark_lines(remark, scorer.lexicon, english=english)),
                "fingerprint": remark.finding.fingerprint,
            }
            for remark in remarks(report)
        ],
        "official_rules": [
            {
                "id": advice.id,
                "severity": advice.severity,
                "clause": clause(advice),
                "message": advice.message_en if english else advice.message,
                "spans": [list(span) for span in advice.spans],
            }
            for advice in report.official_rules
        ],
        "versions": {name: getattr(report.versions, name) for name in ("library", "lexicon", "model", "norms")},
    }
