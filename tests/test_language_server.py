"""The language server, driven by a real client over its standard input and output."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formalism_nlp.views.positions import Lines, units

types = pytest.importorskip("lsprotocol.types")
pytest_lsp = pytest.importorskip("pytest_lsp")
pytest.importorskip("pygls")

ROOT = Path(__file__).parent.parent
TEXT = (
    "# 某某街道年度工作总结\r\n\r\n"
    "𠀀𠀀我们要高度重视、狠抓落实，以时不我待的精神奋力谱写高质量发展新篇章。\r\n"
    "全年召开推进会议12次，印发文件30份，建立工作台账15本。群众满意度显著提升，各项工作取得明显成效。\r\n"
)


def talk(folder: Path, conversation: Callable[[Any, str], Awaitable[None]], *, pull: bool = False, text: str = TEXT) -> None:
    """Start the server, open a document, hold a conversation, shut down."""

    async def session() -> None:
        client = pytest_lsp.make_test_lsp_client()
        await client.start_io(sys.executable, "-m", "formalism_nlp", "lsp", cwd=ROOT)
        try:
            document = types.TextDocumentClientCapabilities(
                hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown]),
                code_action=types.CodeActionClientCapabilities(),
                publish_diagnostics=types.PublishDiagnosticsClientCapabilities(code_description_support=True, data_support=True),
                diagnostic=types.DiagnosticClientCapabilities() if pull else None,
            )
            await client.initialize_session(
                types.InitializeParams(capabilities=types.ClientCapabilities(text_document=document), root_uri=folder.as_uri())
            )
            path = folder / "总结.md"
            path.write_text(text, encoding="utf-8", newline="")
            item = types.TextDocumentItem(path.as_uri(), "markdown", 1, text)
            client.text_document_did_open(types.DidOpenTextDocumentParams(item))
            try:
                await conversation(client, path.as_uri())
            finally:
                await client.shutdown_session()
        finally:
            await client.stop()

    asyncio.run(asyncio.wait_for(session(), 60))


async def pushed(client: Any) -> list[Any]:
    await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    return list(next(iter(client.diagnostics.values())))


def covered(text: str, span: Any) -> str:
    """Text of a range as an editor sees it: UTF-16 within lines."""
    lines = text.replace("\r\n", "\n").split("\n")
    assert span.start.line == span.end.line
    wide = lines[span.start.line].encode("utf-16-le")
    return wide[2 * span.start.character : 2 * span.end.character].decode("utf-16-le")


def test_diagnostics_hover_and_dismissal(tmp_path: Path) -> None:
    async def conversation(client: Any, uri: str) -> None:
        first = await pushed(client)
        assert first
        assert all(d.source == "formalism" and d.data["fingerprint"] for d in first)
        for diagnostic in first:
            assert covered(TEXT, diagnostic.range).strip()
        slogan = next(d for d in first if d.range.start.line == 2)
        assert covered(TEXT, slogan.range).endswith("新篇章。") and slogan.range.start.character == 0

        column = units(TEXT.split("\r\n")[2].partition("高度重视")[0])
        where = types.TextDocumentIdentifier(uri)
        hover = await client.text_document_hover_async(types.HoverParams(where, types.Position(2, column)))
        assert covered(TEXT, hover.range) in TEXT and "高度重视" in hover.contents.value and "SLG" in hover.contents.value
        assert await client.text_document_hover_async(types.HoverParams(where, types.Position(1, 0))) is None

        context = types.CodeActionContext(diagnostics=[slogan])
        actions = await client.text_document_code_action_async(types.CodeActionParams(where, slogan.range, context))
        # This client takes every code action that has a command for a bare command and shows what is in it as text.
        fingerprint = slogan.data["fingerprint"]
        (command,) = [str(action.command) for action in actions if fingerprint in str(action.command)]
        assert "忽略" in command and "'formalism.dismiss'" in command and uri in command
        await client.workspace_execute_command_async(types.ExecuteCommandParams("formalism.dismiss", [uri, fingerprint]))
        left = list(next(iter(client.diagnostics.values())))
        if len(left) == len(first):
            left = await pushed(client)
        assert len(left) == len(first) - 1
        assert slogan.data not in [d.data for d in left]

        entries = json.loads((tmp_path / "formalism-baseline.json").read_text(encoding="utf-8"))["dismissed"]
        assert [(e["file"], e["fingerprint"]) for e in entries] == [("总结.md", slogan.data["fingerprint"])]

    (tmp_path / "formalism.toml").write_text("", encoding="utf-8")
    talk(tmp_path, conversation)


def test_typing_is_followed_and_an_empty_page_is_no_error(tmp_path: Path) -> None:
    async def conversation(client: Any, uri: str) -> None:
        assert await pushed(client)
        change = types.TextDocumentContentChangeWholeDocument("  \n")
        client.text_document_did_change(
            types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(uri=uri, version=2), [change])
        )
        assert await pushed(client) == []
        change = types.TextDocumentContentChangePartial(
            range=types.Range(types.Position(0, 0), types.Position(0, 2)),
            text="全年召开推进会议12次，印发文件30份，建立工作台账15本。",
        )
        client.text_document_did_change(
            types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(uri=uri, version=3), [change])
        )
        assert await pushed(client)
        assert not client.messages

    talk(tmp_path, conversation)


def test_a_client_that_pulls_is_not_pushed_to(tmp_path: Path) -> None:
    async def conversation(client: Any, uri: str) -> None:
        params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri))
        answer = await client.text_document_diagnostic_async(params)
        assert answer.items and not client.diagnostics

    talk(tmp_path, conversation, pull=True)


def test_a_wrong_configuration_is_told_to_the_user(tmp_path: Path) -> None:
    async def conversation(client: Any, uri: str) -> None:
        assert await pushed(client) == []
        assert any("F408" in message.message for message in client.messages)
        params = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(2, 8))
        assert await client.text_document_hover_async(params) is None

    (tmp_path / "formalism.toml").write_text("[max]\nslogans = 1\n", encoding="utf-8")
    talk(tmp_path, conversation)


@given(st.text("口a𠀀\n😀", max_size=40))
def test_positions_are_a_bijection(text: str) -> None:
    lines = Lines(text)
    for offset in range(len(text) + 1):
        position = lines.position(offset)
        assert lines.offset(*position) == offset
        before = text.split("\n")[position.line].encode("utf-16-le")[: 2 * position.column].decode("utf-16-le")
        assert text[:offset].split("\n")[-1] == before
    assert lines.offset(10**6, 0) == len(text)
    if text[:1] > "\uffff":
        assert lines.offset(0, 1) == 0
