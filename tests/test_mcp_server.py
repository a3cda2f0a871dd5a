"""The MCP server, driven by the official client over standard input and output."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

mcp = pytest.importorskip("mcp")


def talk(conversation: Callable[[Any], Awaitable[None]], *arguments: str) -> None:
    async def session() -> None:
        server = mcp.StdioServerParameters(command=sys.executable, args=["-m", "formalism_nlp", "mcp", *arguments])
        async with mcp.stdio_client(server) as (reading, writing), mcp.ClientSession(reading, writing) as client:
            await client.initialize()
            await conversation(client)

    asyncio.run(asyncio.wait_for(session(), 60))


def test_tools_score_explain_and_show_rules(sample_text: str, tmp_path: Path) -> None:
    folder = tmp_path / "文稿"
    folder.mkdir()
    (folder / "总结.txt").write_text(sample_text, encoding="utf-8")
    (tmp_path / "密.txt").write_text(sample_text, encoding="utf-8")
    (folder / "链.txt").symlink_to(tmp_path / "密.txt")

    async def conversation(client: Any) -> None:
        tools = (await client.list_tools()).tools
        assert sorted(tool.name for tool in tools) == ["explain", "rule", "score"]
        assert all(tool.description and tool.annotations.read_only_hint for tool in tools)

        answers = [await client.call_tool("score", {key: value}) for key, value in (("text", sample_text), ("file", "总结.txt"))]
        assert not any(answer.is_error for answer in answers), [answer.content for answer in answers]
        by_text, by_file = (answer.structured_content for answer in answers)
        assert by_text["indices"] == by_file["indices"] and by_text["remarks"]
        for remark in by_text["remarks"]:
            assert sample_text[remark["start"] : remark["end"]] == remark["text"] and remark["rule"] in remark["says"]

        told = (await client.call_tool("explain", {"text": sample_text, "english": True})).content[0].text
        assert all(line in told for line in sample_text.split("\n")[0].split("。")[:1])
        assert "mobilising-attention" in (await client.call_tool("rule", {"rule_id": "SLG001"})).content[0].text

        for name, arguments, says in [
            ("score", {}, "either text or file"),
            ("score", {"text": "  "}, "F101"),
            ("score", {"file": "../密.txt"}, "not below"),
            ("score", {"file": str(tmp_path / "密.txt")}, "not below"),
            ("score", {"file": "链.txt"}, "not below"),
            ("score", {"text": "要高度重视。", "genre": "诗"}, "F401"),
            ("rule", {"rule_id": "SLG999"}, "F404"),
        ]:
            answer = await client.call_tool(name, arguments)
            assert answer.is_error and says in answer.content[0].text, (name, arguments)

    talk(conversation, "--root", str(folder))


def test_without_roots_no_file_is_read() -> None:
    async def conversation(client: Any) -> None:
        answer = await client.call_tool("score", {"file": "README.md"})
        assert answer.is_error and "--root" in answer.content[0].text

    talk(conversation)
