"""``formalism evaluate`` and ``formalism train``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from formalism_nlp.apps.cli.console import PATH, say

_ABLATION_TITLE = "# 消融 · Ablations\n\n"


@click.command()
@click.option("--split", "splits", multiple=True, type=click.Choice(["train", "dev", "test"]), help="Default: dev and test")
@click.option("--sets/--no-sets", default=True, show_default=True, help="Also the matched sets (refits five times)")
@click.option("--model", type=PATH, help="Model folder; default the shipped one")
@click.option(
    "--suites/--no-suites",
    default=True,
    show_default=True,
    help="操弄、不变性、已知组、信度、区间 Also gaming, invariance, known groups, reliability, intervals",
)
@click.option("--card", type=PATH, help="写出模型说明 Write the model card here; takes in ablation.md beside it")
@click.option(
    "--readme",
    "readmes",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="更新其中的要目表 Renew the headline table of this file; repeatable",
)
@click.option(
    "--ablation",
    type=PATH,
    is_flag=False,
    flag_value="-",
    help="只做消融：逐项重训 Only the ablations: refit each variant, judge on dev; also write the table to this file",
)
@click.option("--taxonomy", is_flag=True, help="只检验形式与立场 Only forms, remedies and stances: the 21 rows and five stances")
def evaluate(
    splits: tuple[str, ...],
    sets: bool,
    suites: bool,
    model: Path | None,
    card: Path | None,
    readmes: tuple[Path, ...],
    ablation: Path | None,
    taxonomy: bool,
) -> None:
    """在标注集上检验模型 Print all figures of the model beside three baselines."""
    if taxonomy:
        _evaluate_taxonomy(splits or ("test",), model)
        return
    if ablation is not None:
        _ablate(ablation)
        return
    import json

    from formalism_nlp import store
    from formalism_nlp.training.evaluate import evaluate as run
    from formalism_nlp.training.headline import headline_markdown, replace_headline
    from formalism_nlp.training.model_card import card_markdown, figures_markdown

    folder = model or store.model_folder()
    chosen: Any = splits or ("dev", "test")
    old = {path: path.read_text(encoding="utf-8") for path in readmes}
    for path, text in old.items():
        replace_headline(text, "", where=str(path))  # a file without the marks fails before the long run
    result = run(splits=chosen, sets=sets, suites=suites, model=str(folder), progress=say)
    headline = headline_markdown(result)
    click.echo(f"{headline}\n\n{figures_markdown(result)}")
    if card is not None:
        manifest = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        beside = card.parent / "ablation.md"
        table = beside.read_text(encoding="utf-8").removeprefix(_ABLATION_TITLE) if beside.is_file() else ""
        card.write_text(card_markdown(result, manifest, ablation=table), encoding="utf-8")
        click.echo(f"→ {card}")
    for path, text in old.items():
        path.write_text(replace_headline(text, headline, where=str(path)), encoding="utf-8")
        click.echo(f"→ {path}")


def _ablate(target: Path) -> None:
    from formalism_nlp import store
    from formalism_nlp.training.ablation import ablation
    from formalism_nlp.training.model_card import table_markdown

    (table,) = ablation(progress=say).tables
    made = f"{table_markdown(table)}\n\nLexicon {store.default_lexicon().version}; made by `formalism evaluate --ablation docs/ablation.md`."
    click.echo(made)
    if str(target) != "-":
        target.write_text(f"{_ABLATION_TITLE}{made}\n", encoding="utf-8")
        say(f"→ {target}")


def _evaluate_taxonomy(splits: tuple[Any, ...], model: Path | None) -> None:
    from formalism_nlp.training.taxonomy_agreement import agreement_table
    from formalism_nlp.training.taxonomy_card import taxonomy_markdown
    from formalism_nlp.training.taxonomy_evaluate import TEXTS, evaluate_taxonomy

    for result in evaluate_taxonomy(splits, model):
        click.echo(taxonomy_markdown(result))
    if "test" in splits:
        click.echo(agreement_table({name: load(("test",)) for name, load in TEXTS.items()}))


@click.command()
@click.option("-o", "--output", type=PATH, help="Model folder; default the shipped one is replaced")
@click.option("--own-only", is_flag=True, help="Only documents of this repository, no ../shared")
@click.option("--taxonomy", is_flag=True, help="只训练形式与立场 Only forms and stances, with the model that is in the folder")
def train(output: Path | None, own_only: bool, taxonomy: bool) -> None:
    """训练模型 Fit model, forms and stances, and norms from the labelled corpora."""
    from formalism_nlp import store
    from formalism_nlp.training.taxonomy_train import train_taxonomy
    from formalism_nlp.training.train import train as run

    folder = output or store.model_folder()
    if taxonomy:
        fitted = train_taxonomy(folder, store.load_model(folder), store.default_lexicon())
        click.echo(f"taxonomy {fitted.version} → {folder}")
        return
    made = run(folder, public=not own_only, progress=say)
    click.echo(f"model {made['model']}, norms {made['norms']}, data {made['data_sha256'][:12]} → {folder}")
