"""One YAML rule file → one Rule; every complaint names file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from formalism_nlp.values.errors import LexiconError
from formalism_nlp.values.lexicon import Example, Pattern, Rule, Source

_LISTS = {"units", "measures", "objects", "verbs", "contains", "ends"}
_NUMBERS = {"gap", "longest"}
_TEXT_KEYS = {
    "id",
    "name",
    "title",
    "title_en",
    "status",
    "message",
    "message_en",
    "why",
    "why_en",
    "known_problems",
    "form",
    "overlap",
}
_REQUIRED = {"id", "name", "title", "status", "message", "why", "known_problems", "source", "examples"}


def read_rule(path: Path) -> Rule:
    """Read one rule file; its folder is the signal.

    Raises:
        LexiconError: with ``file:line`` and what is wrong.
    """
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=loader)
    except UnicodeDecodeError as error:
        raise LexiconError("F201", str(path), f"not UTF-8: {error}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise LexiconError("F201", f"{path}:{line}", f"not valid YAML: {error.problem}") from error
    if not isinstance(node, yaml.MappingNode):
        raise LexiconError("F201", f"{path}:1", "a rule file is one mapping")
    return _rule(_RuleFile(path, node))


class _RuleFile:
    """Reads checked pieces of one YAML mapping; every complaint names file and line."""

    def __init__(self, path: Path, node: yaml.MappingNode) -> None:
        self.path = path
        self.entries = self.mapping(node)

    def fail(self, node: yaml.Node, problem: str) -> LexiconError:
        return LexiconError("F201", f"{self.path}:{node.start_mark.line + 1}", problem)

    def mapping(self, node: yaml.Node) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self.fail(node, "a mapping is expected here")
        out: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if key.value in out:
                raise self.fail(key, f"key {key.value!r} stands twice")
            out[key.value] = value
        return out

    def text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self.fail(node, "a text is expected here")
        return str(node.value)

    def texts(self, node: yaml.Node) -> tuple[str, ...]:
        if not isinstance(node, yaml.SequenceNode):
            raise self.fail(node, "a list is expected here")
        return tuple(self.text(item) for item in node.value)

    def known(self, entries: dict[str, yaml.Node], allowed: set[str]) -> None:
        for key, node in entries.items():
            if key not in allowed:
                raise self.fail(node, f"unknown key {key!r}; allowed: {', '.join(sorted(allowed))}")


def _rule(file: _RuleFile) -> Rule:
    entries = file.entries
    file.known(entries, _TEXT_KEYS | {"source", "examples", "terms", "pattern", "unless"})
    missing = sorted(_REQUIRED - set(entries))
    if missing:
        raise LexiconError("F201", f"{file.path}:1", f"missing: {', '.join(missing)}")
    examples = file.mapping(entries["examples"])
    file.known(examples, {"hit", "pass"})
    fields: dict[str, Any] = {key: file.text(entries[key]) for key in _TEXT_KEYS & set(entries)}
    fields["terms"] = _terms(file, entries.get("terms"))
    if "unless" in entries:
        fields["unless"] = file.texts(entries["unless"])
    if "pattern" in entries:
        fields["pattern"] = _pattern(file, entries["pattern"])
    # Read before the try: these complain with a line of their own.
    fields["source"] = _sources(file, entries["source"])
    fields["hit"] = _examples(file, examples.get("hit"))
    fields["avoid"] = _examples(file, examples.get("pass"))
    try:
        return Rule(signal=file.path.parent.name, origin=f"{file.path}:1", **fields)
    except LexiconError as error:
        raise LexiconError("F201", _line_of(file, error), error.detail) from error


def _line_of(file: _RuleFile, error: LexiconError) -> str:
    """Point at the line of the term the rule complains about, else at the top of the file."""
    terms = file.entries.get("terms")
    if isinstance(terms, yaml.SequenceNode):
        for node in reversed(terms.value):
            if f"term {node.value!r}" in error.detail:
                return f"{file.path}:{node.start_mark.line + 1}"
    return f"{file.path}:1"


def _terms(file: _RuleFile, node: yaml.Node | None) -> tuple[str, ...]:
    return () if node is None else file.texts(node)


def _sources(file: _RuleFile, node: yaml.Node) -> tuple[Source, ...]:
    if not isinstance(node, yaml.SequenceNode):
        raise file.fail(node, "source is a list of mappings with title, clause, url")
    sources = []
    for item in node.value:
        entry = file.mapping(item)
        file.known(entry, {"title", "clause", "url", "accessed"})
        if "title" not in entry:
            raise file.fail(item, "a source needs a title")
        sources.append(Source(**{key: file.text(value) for key, value in entry.items() if key != "accessed"}))
    return tuple(sources)


def _examples(file: _RuleFile, node: yaml.Node | None) -> tuple[Example, ...]:
    if node is None:
        return ()
    if not isinstance(node, yaml.SequenceNode):
        raise file.fail(node, "examples are a list of sentences")
    out = []
    for item in node.value:
        try:
            out.append(Example.parse(file.text(item)))
        except ValueError as error:
            raise file.fail(item, str(error)) from error
    return tuple(out)


def _pattern(file: _RuleFile, node: yaml.Node) -> Pattern:
    entries = file.mapping(node)
    file.known(entries, {"kind"} | _LISTS | _NUMBERS)
    if "kind" not in entries:
        raise file.fail(node, "a pattern needs a kind")
    values: dict[str, Any] = {"kind": file.text(entries["kind"])}
    for key in _LISTS & set(entries):
        values[key] = file.texts(entries[key])
    for key in _NUMBERS & set(entries):
        value = file.text(entries[key])
        if not value.isdecimal():
            raise file.fail(entries[key], f"{key} must be a whole number")
        values[key] = int(value)
    return Pattern(**values)
