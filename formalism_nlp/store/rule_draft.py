"""Candidates of discovery → a draft rule file that a person edits; it passes ``formalism lexicon check`` as it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.analysis.normal import normalise
from formalism_nlp.analysis.sentences import split_sentences
from formalism_nlp.corpora.discovery import Candidate
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.lexicon import Example, Lexicon, Rule, Source

_LONGEST_EXAMPLE = 80
_HITS, _PASSES = 3, 2


def write_draft(folder: Path, candidates: Sequence[Candidate], texts: Mapping[str, str], lexicon: Lexicon, source: str) -> Path:
    """Write ``folder/slogan/SLG9xx-discovered.yaml``; an existing file is never overwritten.

    Args:
        folder: a lexicon folder, made when missing.
        candidates: in the order they should stand.
        texts: those the candidates came from; examples are sentences of them.
        lexicon: whose ids must not be used again.
        source: where the texts came from, for the rule's source.

    Returns:
        The path of the file.

    Raises:
        FormalismError: F403 no candidate is left, or the texts hold no sentences for examples; F109 the file cannot be written.
    """
    number, path = _free(folder, lexicon)
    terms = [c for c in candidates if normalise(c.text) == c.text]
    if not terms:
        raise FormalismError("F403", source, "没有候选提法 / no candidate")
    rule_id = f"SLG{number}"
    hits, passes = _examples(rule_id, [c.text for c in terms], texts)
    if len(hits) < 2 or len(passes) < 2:
        raise FormalismError("F403", source, "没有足够的例句 / too few sentences for examples")
    body = _yaml(rule_id, terms, hits, passes, source)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(body)
    except OSError as error:
        raise FormalismError("F109", str(path), f"{type(error).__name__}: {error}") from error
    return path


def _free(folder: Path, lexicon: Lexicon) -> tuple[int, Path]:
    """The first number from 901 that neither the lexicon nor the folder uses."""
    for number in range(901, 1000):
        taken = f"SLG{number}" in lexicon.by_id or any((folder / "slogan").glob(f"SLG{number}-*.yaml"))
        if not taken:
            return number, folder / "slogan" / f"SLG{number}-discovered.yaml"
    raise FormalismError("F406", str(folder), "SLG901–SLG999 are all in use")


def _examples(rule_id: str, terms: Sequence[str], texts: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Marked sentences in which different terms hit, and sentences that look alike and have no hit."""
    any_example = (Example("甲" * 2, ((0, 1),)),) * 2
    rule = Rule(
        id=rule_id, name="draft", title="草稿", signal="slogan", status="preview", message="", why="", known_problems="",
        source=(Source("草稿"),), hit=any_example, avoid=(Example("乙"),) * 2, terms=tuple(terms),
    )  # fmt: skip
    matcher = Matcher(Lexicon((rule,)))
    beginnings = {term[:2] for term in terms}
    hits: list[str] = []
    alike: list[str] = []
    again: list[str] = []  # further sentences with terms that are shown already
    shown: set[str] = set()
    for text in texts.values():
        for span in split_sentences(text):
            sentence = text[span.start : span.end].strip()
            if not 8 <= len(sentence) <= _LONGEST_EXAMPLE or "⟦" in sentence or "⟧" in sentence or "\n" in sentence:
                continue
            found = matcher.match(normalise(sentence))
            new = {sentence[hit.start : hit.end] for hit in found} - shown
            if new and len(hits) < _HITS:
                hits.append(_marked(sentence, [(hit.start, hit.end) for hit in found]))
                shown |= new
            elif found and len(again) < _HITS:
                again.append(_marked(sentence, [(hit.start, hit.end) for hit in found]))
            elif not found and len(alike) < _PASSES and any(beginning in sentence for beginning in beginnings):
                alike.append(sentence)
            if len(hits) == _HITS and len(alike) == _PASSES:
                return hits, alike
    # Nothing looks alike: two neutral sentences of our own, which a person should replace.
    hits = list(dict.fromkeys(hits + again))[:_HITS]
    return hits, (alike + [s for s in ("修通入户路86公里。", "办理来信12件。") if not matcher.match(s)])[:_PASSES]


def _marked(sentence: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        sentence = f"{sentence[:start]}⟦{sentence[start:end]}⟧{sentence[end:]}"
    return sentence


def _yaml(rule_id: str, terms: Sequence[Candidate], hits: Sequence[str], passes: Sequence[str], source: str) -> str:
    """The file as text; JSON strings are valid YAML, so no text from a document can break out of its place."""
    lines = [
        "# 草稿，由 formalism lexicon discover 生成；请逐条删改，核对例句后再使用。",
        "# A draft made by formalism lexicon discover: delete, edit, check the examples, then use it.",
        "# Each term: occurrences / documents; first year; years of over-use; score.",
        f"id: {rule_id}",
        f"name: discovered-{rule_id.lower()}",
        "title: 待核提法",
        "title_en: Candidates to be checked",
        "status: preview",
        'message: "“{term}”：语料中发现的提法，待人工核定"',
        'message_en: "“{term}” was found in a corpus and awaits a person\'s judgement"',
        "why: 由词频、凝固度、自由度和逐年增长筛出，尚未核定是否为口号。",
        "why_en: Selected by cohesion, freedom, spread and growth; nobody has judged yet whether it is a slogan.",
        "known_problems: 候选中混有一般术语和专名，须人工删除。",
        "source:",
        f"  - title: {_quoted('语料：' + source)}",
        "overlap: longest",
        "terms:",
    ]
    lines += [f"  - {_quoted(c.text)}  # {_note(c)}" for c in terms]
    lines += ["examples:", "  hit:", *(f"    - {_quoted(s)}" for s in hits), "  pass:", *(f"    - {_quoted(s)}" for s in passes)]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return (
        json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f").replace("\u2028", "\\u2028").replace("\u0085", "\\u0085")
    )


def _note(c: Candidate) -> str:
    when = "" if c.first_year is None else f"; {c.first_year}; {c.rise_year}–{c.last_year}"
    return f"{c.count} / {c.documents}{when}; {c.score:.3f}"
