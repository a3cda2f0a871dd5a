"""The command ``formalism``: each command is a thin wrapper over a plain function of the library.

Exit codes: 0 scored; 1 a check failed; 2 some document failed; 3 bad usage.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from formalism_nlp import __version__
from formalism_nlp.values.errors import FormalismError

if TYPE_CHECKING:
    from formalism_nlp.values.report import Failure, Report

T = TypeVar("T")
CHECK_FAILED, DOCUMENT_FAILED, BAD_USAGE = 1, 2, 3
_PATH = click.Path(path_type=Path)


class _Commands(click.Group):
    """Turns errors a user can act on into one line and an exit code, never a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["standalone_mode"] = False
        try:
            return super().main(*args, **kwargs)
        except click.exceptions.Exit as error:
            sys.exit(error.exit_code)
        except click.Abort:
            sys.exit(130)
        except click.ClickException as error:
            error.show()
            sys.exit(BAD_USAGE)
        except FormalismError as error:
            click.echo(str(error), err=True)
            sys.exit(BAD_USAGE)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="formalism")
def main() -> None:
    """衡量公文中的形式主义措辞：口号、留痕与实绩。

    Score Chinese official documents for slogan, trace and substance. It measures wording, never truth or diligence.
    """


@main.command()
@click.argument("paths", nargs=-1, required=True, type=_PATH)
@click.option("-o", "--output", type=_PATH, help="Write results here: .csv .jsonl .json .html .parquet")
@click.option("--genre", default="", help="文种 Norm group, e.g. government-work-report")
@click.option("--top", default=25, show_default=True, help="Rows of the printed table (0 = all)")
@click.option("-q", "--quiet", is_flag=True, help="No progress bar, no table")
def score(paths: tuple[Path, ...], output: Path | None, genre: str, top: int, quiet: bool) -> None:
    """为文件和文件夹评分 Score files and folders, print a table, write results."""
    from formalism_nlp.api import default_scorer
    from formalism_nlp.batch.folder import find_files, score_files
    from formalism_nlp.batch.output import check_format, write_results
    from formalism_nlp.values.report import Failure
    from formalism_nlp.views.table import document_table

    if output is not None:
        check_format(output)
    files = find_files(paths)
    scorer = default_scorer()
    results: list[Report | Failure] = list(_progress(score_files(files, scorer, genre=genre), len(files), "评分 scoring", quiet))
    failed = sum(isinstance(result, Failure) for result in results)
    if not quiet:
        click.echo(document_table(results, most=top or None))
    if output is not None:
        write_results(results, output)
    click.echo(f"{len(results)} 份文档 documents，{failed} 份失败 failed{f' → {output}' if output else ''}")
    if failed:
        sys.exit(DOCUMENT_FAILED)


@main.command()
@click.argument("file", type=_PATH)
@click.option("--genre", default="", help="文种 Norm group")
@click.option("--english", is_flag=True, help="Reasons in English")
@click.option("-o", "--output", type=_PATH, help="Write an .html page (or .json) instead of printing")
def explain(file: Path, genre: str, english: bool, output: Path | None) -> None:
    """逐句解释一份文档 Show one document sentence by sentence, with the evidence and its reasons."""
    from formalism_nlp.api import default_scorer
    from formalism_nlp.batch.output import check_format, write_results
    from formalism_nlp.readers import read
    from formalism_nlp.views import terminal

    if output is not None:
        check_format(output)
    report = default_scorer().score(read(file, name=str(file)), genre=genre)
    if output is not None:
        write_results([report], output)
        click.echo(f"→ {output}")
        return
    click.echo(terminal.explain(report, lambda text, colour: click.style(text, fg=colour), english=english))


@main.command()
@click.option("--split", "splits", multiple=True, type=click.Choice(["train", "dev", "test"]), help="Default: dev and test")
@click.option("--sets/--no-sets", default=True, show_default=True, help="Also the matched sets (refits five times)")
@click.option("--model", type=_PATH, help="Model folder; default the shipped one")
@click.option("--card", type=_PATH, help="Write the model card here")
def evaluate(splits: tuple[str, ...], sets: bool, model: Path | None, card: Path | None) -> None:
    """在标注集上检验模型 Print all figures of the model beside three baselines."""
    import json

    from formalism_nlp import store
    from formalism_nlp.training.evaluate import evaluate as run
    from formalism_nlp.training.model_card import card_markdown, figures_markdown

    folder = model or store.model_folder()
    chosen: Any = splits or ("dev", "test")
    result = run(splits=chosen, sets=sets, model=str(folder), progress=_say)
    click.echo(figures_markdown(result))
    if card is not None:
        manifest = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        card.write_text(card_markdown(result, manifest), encoding="utf-8")
        click.echo(f"→ {card}")


@main.command()
@click.option("-o", "--output", type=_PATH, help="Model folder; default the shipped one is replaced")
@click.option("--own-only", is_flag=True, help="Only documents of this repository, no ../shared")
def train(output: Path | None, own_only: bool) -> None:
    """训练模型 Fit model and norms from the labelled corpora."""
    from formalism_nlp import store
    from formalism_nlp.training.train import train as run

    folder = output or store.model_folder()
    made = run(folder, public=not own_only, progress=_say)
    click.echo(f"model {made['model']}, norms {made['norms']}, data {made['data_sha256'][:12]} → {folder}")


@main.command()
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


@main.group()
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


def _say(line: str) -> None:
    click.echo(line, err=True)


def _progress(items: Iterable[T], length: int, label: str, quiet: bool) -> Iterator[T]:
    if quiet or length < 2:
        yield from items
        return
    with click.progressbar(items, length=length, label=label, file=sys.stderr) as bar:
        yield from bar
