"""``formalism rule`` and ``formalism lexicon``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from formalism_nlp.apps.cli.console import CHECK_FAILED
from formalism_nlp.values.errors import FormalismError


@click.command()
@click.argument("rule_id")
@click.option("--english", is_flag=True, help="In English")
def rule(rule_id: str, english: bool) -> None:
    """显示一条规则 Print the page of a rule: why, known problems, source, examples."""
    from formalism_nlp import store
    from formalism_nlp.views.rule_page import rule_text

    lexicon = store.default_lexicon()
    if rule_id not in lexicon.by_id:
        raise FormalismError("F404", rule_id, "formalism lexicon list")
    click.echo(rule_text(lexicon[rule_id], english=english))


@click.group()
def lexicon() -> None:
    """词表规则 Work with rule files."""


@lexicon.command("list")
def lexicon_list() -> None:
    """列出所有规则 List all rules."""
    from formalism_nlp import store

    for item in store.default_lexicon().rules:
        size = f"{len(item.terms)} terms" if item.terms else (item.pattern.kind if item.pattern else "")
        click.echo(f"{item.id}\t{item.title}\t{size}\t{item.form}")


@lexicon.command("check")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def lexicon_check(folder: Path | None) -> None:
    """检查规则文件 Check the rule files of FOLDER (default: the shipped ones) and all their examples."""
    from formalism_nlp import store
    from formalism_nlp.analysis.proof import broken_promises
    from formalism_nlp.values.errors import LexiconError
    from formalism_nlp.values.lexicon import Lexicon

    rules, problems = [], []
    for path in store.rule_files(folder or store.data_folder("lexicons")):
        try:
            rules.append(store.read_rule(path))
        except LexiconError as error:
            problems.append(f"{error.where}: {error.detail}")
    try:
        problems += broken_promises(Lexicon(tuple(rules)))
    except LexiconError as error:
        problems.append(f"{error.where}: {error.detail}")
    for problem in problems:
        click.echo(problem)
    click.echo(f"{len(rules)} rules, {sum(len(r.terms) for r in rules)} terms, {len(problems)} problems")
    if problems:
        sys.exit(CHECK_FAILED)
