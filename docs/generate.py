"""Reference pages made from the code: help of every command, table of errors, list of rules, modules by floor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from formalism_nlp import store
from formalism_nlp.apps.cli import main
from formalism_nlp.values.errors import MESSAGES, STATUSES

# The modules whose names are for users. The rest is inside and may change.
MODULES = {
    "顶层函数 Functions": ["formalism_nlp.api", "formalism_nlp.readers"],
    "值 Values": [
        "formalism_nlp.values.document", "formalism_nlp.values.report", "formalism_nlp.values.lexicon",
        "formalism_nlp.values.taxonomy", "formalism_nlp.values.errors",
    ],
    "分析 Analysis": ["formalism_nlp.analysis.scorer", "formalism_nlp.analysis.norms"],
    "多份文档 Many documents": [
        "formalism_nlp.corpora.compare", "formalism_nlp.corpora.reuse", "formalism_nlp.corpora.discovery",
        "formalism_nlp.corpora.outliers", "formalism_nlp.corpora.reference", "formalism_nlp.corpora.keyness",
    ],
    "科研 Research": ["formalism_nlp.research.estimators", "formalism_nlp.research.accessor"],
    "视图 Views": [
        "formalism_nlp.views.frame", "formalism_nlp.views.wire", "formalism_nlp.views.page", "formalism_nlp.views.plots",
        "formalism_nlp.views.paper_plots", "formalism_nlp.views.svg", "formalism_nlp.views.folder_report",
        "formalism_nlp.views.comparison", "formalism_nlp.views.reuse_page", "formalism_nlp.views.languagetool",
    ],
    "批量 Batch": ["formalism_nlp.batch.run", "formalism_nlp.batch.report", "formalism_nlp.batch.output"],
    "训练 Training": ["formalism_nlp.training.train", "formalism_nlp.training.data", "formalism_nlp.training.fit"],
}  # fmt: skip


def write_reference(folder: Path) -> None:
    """Write the pages; files that would not change are left alone, so that Sphinx does not read them again."""
    pages = {
        "commands.md": "".join(_commands()),
        "errors.md": "".join(_errors()),
        "rules.md": "".join(_rules()),
        "modules.md": "".join(_modules()),
        "more.md": "".join(_more(folder.parent)),
    }
    folder.mkdir(exist_ok=True)
    for name, text in pages.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _commands() -> Iterator[str]:
    yield "# 命令 Commands\n\n由 `formalism … --help` 生成。退出码：0 完成；1 检查未通过；2 有文件失败；3 用法有误。\n"
    context = click.Context(main, info_name="formalism")
    yield from _help(main, context, 2)


def _help(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    yield f"\n{'#' * level} `{context.command_path}`\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _help(inner, click.Context(inner, info_name=name, parent=context), min(level + 1, 4))


def _errors() -> Iterator[str]:
    yield "# 错误代码 Errors\n\n代码从不改作他用。*Codes are never reused.*\n\n| 代码 | 状态 status | 说明 | meaning |\n|---|---|---|---|\n"
    for code, (chinese, english) in sorted(MESSAGES.items()):
        yield f"| {code} | {STATUSES.get(code, '')} | {_plain(chinese)} | {_plain(english)} |\n"


def _rules() -> Iterator[str]:
    lexicon = store.default_lexicon()
    yield f"# 规则 Rules\n\n{len(lexicon.rules)} 条。全文（已知问题、来源、正反例）：`formalism rule 编号`。\n\n"
    yield "| 编号 | 名称 | why | 形式 |\n|---|---|---|---|\n"
    for rule in lexicon.rules:
        yield f"| {rule.id} | {_plain(rule.title)} | {_plain(rule.why)} | {rule.form} |\n"


def _modules() -> Iterator[str]:
    yield "# Python 接口 Python API\n\n由源码的文档字符串生成。下面没有列出的模块属于内部。*Modules that are not listed are internal.*\n"
    for title, names in MODULES.items():
        yield f"\n## {title}\n"
        for name in names:
            yield f"\n### `{name}`\n\n```{{eval-rst}}\n.. automodule:: {name}\n```\n"


def _more(docs: Path) -> Iterator[str]:
    """Pages that the front page does not list yet, so that none is lost."""
    listed = set((docs / "index.md").read_text(encoding="utf-8").split())
    rest = [page.stem for page in sorted(docs.glob("*.md")) if page.stem not in {"index", *listed}]
    yield "# 更多页面 More\n\n更新记录见仓库的 CHANGELOG.md，完整流程见 notebooks/。\n"
    if rest:
        yield "\n```{toctree}\n" + "".join(f"/{name}\n" for name in rest) + "```\n"


def _plain(text: str) -> str:
    """Text as it stands in a table of Markdown."""
    return re.sub(r"([|\\`*_<>\[\]$])", r"\\\1", text.replace("\n", " "))
