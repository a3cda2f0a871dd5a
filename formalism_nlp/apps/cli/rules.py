"""``formalism rule`` and ``formalism lexicon``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from formalism_nlp.apps.cli.console import CHECK_FAILED, DOCUMENT_FAILED, PATH, say
from formalism_nlp.values.errors import FormalismError


@click.command()
@click.argument("rule_id")
@click.option("--english", is_flag=True, help="In English")
def rule(rule_id: str, english: bool) -> None:
    """显示一条规则：词语规则、整句判断（MDL…）或文风规定（OFF…） Print the page of a rule: why, known problems, source, examples."""
    from formalism_nlp import store
    from formalism_nlp.views.rule_page import any_rule_text

    taxonomy = store.find_taxonomy(store.model_folder())
    page = any_rule_text(rule_id, store.default_lexicon(), taxonomy, english=english)
    if not page:
        raise FormalismError("F404", rule_id, "formalism lexicon list")
    click.echo(page)


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


@lexicon.command("docs")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write here instead of printing, e.g. docs/taxonomy.md")
def lexicon_docs(output: Path | None) -> None:
    """由规则文件生成分类说明 Make the page of forms, remedies and official rules from the rule files."""
    from formalism_nlp import store
    from formalism_nlp.views.taxonomy_page import taxonomy_markdown

    page = taxonomy_markdown(store.default_lexicon())
    if output is None:
        click.echo(page)
        return
    output.write_text(page, encoding="utf-8")
    click.echo(f"→ {output}")


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


@lexicon.command("discover")
@click.argument("paths", nargs=-1, required=True)
@click.option("-o", "--output", type=PATH, required=True, help="词表文件夹 Lexicon folder the draft rule file is written to")
@click.option("--top", default=200, show_default=True, type=click.IntRange(1, 5000), help="候选条数 Candidates in the draft")
@click.option("--least", default=6, show_default=True, type=click.IntRange(2), help="最少出现次数 Least occurrences")
@click.option("--documents", default=3, show_default=True, type=click.IntRange(1), help="最少文档数 Least documents")
@click.option("--years/--no-years", default=True, show_default=True, help="用文件名里的年份 Use the years in the file names")
def lexicon_discover(paths: tuple[str, ...], output: Path, top: int, least: int, documents: int, years: bool) -> None:
    """从一批文档中发现新提法，写成规则草稿供人删改。

    Find candidates for new formulae in files and folders and write them as a draft rule file for a person to edit. Terms of the
    shipped lexicon are left out. When every file name holds a year, growth over the years counts.
    """
    from formalism_nlp import store
    from formalism_nlp.apps.cli.console import year_of
    from formalism_nlp.batch.gather import gather
    from formalism_nlp.corpora.discovery import discover
    from formalism_nlp.store.rule_draft import write_draft

    found = gather(paths)
    for failure in found.failures:
        say(f"{failure.name}: {failure.message}")
    texts = found.texts()
    when = {name: year_of(name) for name in texts}
    dated = years and all(when.values())
    if years and not dated:
        say("有的文件名没有年份，不计增长 / some file names hold no year: growth is left out")
    shipped = store.default_lexicon()
    candidates = discover(
        texts,
        {name: int(year) for name, year in when.items()} if dated else None,
        [term for rule in shipped.rules for term in rule.terms],
        least_count=least,
        least_documents=documents,
        most=20 * top,
    )
    fresh = [candidate for candidate in candidates if not candidate.known][:top]
    path = write_draft(output, fresh, texts, shipped, "、".join(Path(p).name or p for p in paths))
    for candidate in fresh[:25]:
        span = f"{candidate.rise_year}–{candidate.last_year}" if candidate.first_year is not None else "—"
        click.echo(f"{candidate.score:.3f}  {candidate.text}  ×{candidate.count} / {candidate.documents} 份  {span}")
    click.echo(f"{len(fresh)} 条候选 candidates，{len(texts)} 份文档 documents\n→ {path}")
    if found.failures:
        sys.exit(DOCUMENT_FAILED)
