"""``formalism lsp``."""

from __future__ import annotations

import click

from formalism_nlp.values.errors import FormalismError


@click.command()
@click.option("--english", is_flag=True, help="Messages in English")
def lsp(english: bool) -> None:
    """为编辑器启动语言服务器（标准输入输出） Start the language server for editors on standard input and output.

    诊断、悬停显示规则页、“忽略此处”；设置见 docs/editors.md。Diagnostics, the page of a rule on hover, "dismiss here".
    """
    try:
        from formalism_nlp.apps.language_server.server import make_server
    except ImportError as error:
        raise FormalismError("F607", "lsp", f"{error.name}: pip install 'formalism-nlp[lsp]'") from error
    from formalism_nlp.api import default_scorer

    make_server(default_scorer, english=english).start_io()
