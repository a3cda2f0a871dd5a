"""What the language server answers, from the text of a document alone: no state, no wire."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from lsprotocol import types

from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.readers.plain import Decoded, text_document
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import FUNCTIONS_ZH, Finding, Report, Sentence
from formalism_nlp.views.positions import Lines
from formalism_nlp.views.remarks import Remark, remark_lines, remarks, rule_title
from formalism_nlp.views.rule_page import rule_text

SOURCE = "formalism"
DISMISS = "formalism.dismiss"
_SEVERITY = {"warning": types.DiagnosticSeverity.Warning, "note": types.DiagnosticSeverity.Information}


@dataclass(frozen=True)
class Checked:
    """A version of a document with its report; None when there is nothing to score."""

    report: Report | None
    lines: Lines


def check(source: str, language: str, scorer: Scorer, genre: str) -> Checked:
    """Score the text of an editor.

    Args:
        source: as the editor holds it, with any line ends.
        language: LSP language id; ``"markdown"`` reads headings and lists.
        scorer: the scorer.
        genre: norm group.
    """
    # Line ends become \n as in every text of the library; lines and columns stay what they are in the editor.
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    lines = Lines(text)
    document = text_document(Decoded(text, ""), markdown=True) if language == "markdown" else Document.from_text(text)
    try:
        return Checked(scorer.score(document, genre=genre), lines)
    except FormalismError as error:
        if error.code == "F101":  # an empty page is no error while it is being written
            return Checked(None, lines)
        raise


def diagnostics(checked: Checked, lexicon: Lexicon, dismissed: Collection[str], *, english: bool) -> list[types.Diagnostic]:
    """Return the remarks as diagnostics; the fingerprint is in ``data``."""
    if checked.report is None:
        return []
    return [_diagnostic(remark, checked.lines, lexicon, english) for remark in remarks(checked.report, dismissed=dismissed)]


def _diagnostic(remark: Remark, lines: Lines, lexicon: Lexicon, english: bool) -> types.Diagnostic:
    finding = remark.finding
    rule = lexicon.by_id.get(finding.rule)
    url = next((source.url for source in rule.source if source.url), "") if rule else ""
    return types.Diagnostic(
        range=_range(finding, lines),
        message="\n".join(remark_lines(remark, lexicon, english=english)),
        severity=_SEVERITY[remark.level],
        code=finding.rule,
        code_description=types.CodeDescription(url) if url else None,
        source=SOURCE,
        data={"fingerprint": finding.fingerprint},
    )


def hover(checked: Checked, line: int, column: int, lexicon: Lexicon, *, english: bool) -> types.Hover | None:
    """Return the page of the rule whose finding stands at a position: of the shortest one, and what its sentence is judged to be."""
    if checked.report is None:
        return None
    offset = checked.lines.offset(line, column)
    here = [f for f in checked.report.findings if f.start <= offset < f.end]
    if not here:
        return None
    finding = min(here, key=lambda f: (f.end - f.start, f.rule))
    sentence = checked.report.sentences[finding.sentence]
    pages = [_page(finding, lexicon, english=english), _judgement(sentence, english=english)]
    content = types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(pages))
    return types.Hover(content, _range(finding, checked.lines))


def _page(finding: Finding, lexicon: Lexicon, *, english: bool) -> str:
    reason = finding.reason_en if english else finding.reason
    rule = lexicon.by_id.get(finding.rule)
    if rule is not None:
        return f"{_plain(reason)}\n\n```text\n{rule_text(rule, english=english)}\n```"
    return f"**{finding.rule}** {_plain(reason)}\n\n{rule_title(finding, lexicon)[1 if english else 0]}"


def _judgement(sentence: Sentence, *, english: bool) -> str:
    p = sentence.probabilities
    name = sentence.function if english else FUNCTIONS_ZH[sentence.function]
    if english:
        return f"Sentence: {name} (p={p[sentence.function]:.2f}), checkable p={p['specific']:.2f}"
    return f"本句：{name}（p={p[sentence.function]:.2f}），可核查 p={p['specific']:.2f}"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|" else c for c in text)


def actions(
    checked: Checked, uri: str, wanted: types.Range, lexicon: Lexicon, dismissed: Collection[str], *, english: bool
) -> list[types.CodeAction]:
    """Return "dismiss here" for each remark that touches a range."""
    found = []
    for remark in remarks(checked.report, dismissed=dismissed) if checked.report else ():
        if _touches(_range(remark.finding, checked.lines), wanted):
            short = remark.finding.text if len(remark.finding.text) <= 12 else remark.finding.text[:11] + "…"
            title = f"Dismiss {remark.finding.rule} here: {short}" if english else f"忽略此处 {remark.finding.rule}：{short}"
            found.append(
                types.CodeAction(
                    title=title,
                    kind=types.CodeActionKind.QuickFix,
                    diagnostics=[_diagnostic(remark, checked.lines, lexicon, english)],
                    command=types.Command(title, DISMISS, arguments=[uri, remark.finding.fingerprint]),
                )
            )
    return found


def _range(finding: Finding, lines: Lines) -> types.Range:
    start, end = lines.position(finding.start), lines.position(finding.end)
    return types.Range(types.Position(start.line, start.column), types.Position(end.line, end.column))


def _touches(a: types.Range, b: types.Range) -> bool:
    starts = max((a.start.line, a.start.character), (b.start.line, b.start.character))
    ends = min((a.end.line, a.end.character), (b.end.line, b.end.character))
    return starts <= ends
