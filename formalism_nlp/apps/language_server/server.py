"""The language server over standard input and output (LSP 3.17, pygls): push or pull diagnostics, hover, "dismiss here".

Scoring runs in a thread of its own, so that the server answers while a long document is being read; what is typed meanwhile is
scored once, when the typing rests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from formalism_nlp import __version__
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.apps.baseline import Baseline, load_baseline
from formalism_nlp.apps.language_server import answers
from formalism_nlp.apps.settings import Settings, find_settings
from formalism_nlp.values.errors import FormalismError

_REST_SECONDS = 0.3


class _Project(NamedTuple):
    """What holds for one document: settings and baseline of its folder, read anew each time (both are small, and edited)."""

    settings: Settings
    baseline: Baseline
    file: Path | None

    @property
    def dismissed(self) -> frozenset[str]:
        """Fingerprints dismissed in the document."""
        return self.baseline.fingerprints(self.file) if self.file else frozenset()


class Reviewer(LanguageServer):
    """A language server with the last report of each open document.

    Args:
        load: makes the scorer; called once, with the first document.
        english: messages in English instead of Chinese.
    """

    def __init__(self, load: Callable[[], Scorer], *, english: bool = False) -> None:
        super().__init__("formalism", __version__)
        self.english = english
        self._load = load
        self._scorer: Scorer | None = None
        self._checked: dict[str, tuple[tuple[int | None, str], answers.Checked]] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._loading = asyncio.Lock()

    @property
    def pulls(self) -> bool:
        """Whether the client asks for diagnostics itself; then none are pushed, which would show each one twice."""
        document = self.client_capabilities.text_document
        return document is not None and document.diagnostic is not None

    async def scorer(self) -> Scorer:
        """The scorer, made once."""
        async with self._loading:
            if self._scorer is None:
                self._scorer = await asyncio.to_thread(self._load)
            return self._scorer

    async def checked(self, uri: str) -> tuple[answers.Checked, Scorer, _Project]:
        """The report of the present version of a document."""
        scorer = await self.scorer()
        project = self.project(uri)
        document = self.workspace.get_text_document(uri)
        key = (document.version, project.settings.genre)
        known = self._checked.get(uri)
        if known is None or known[0] != key or document.version is None:
            source, language = document.source, document.language_id or ""
            found = await asyncio.to_thread(answers.check, source, language, scorer, project.settings.genre)
            known = self._checked[uri] = (key, found)
        return known[1], scorer, project

    def project(self, uri: str) -> _Project:
        """Settings and baseline for a document; an unsaved one has those of the working directory."""
        path = to_fs_path(uri) if uri.startswith("file:") else None
        file = Path(path) if path else None
        settings = find_settings(file.parent if file else Path.cwd())
        return _Project(settings, load_baseline(settings.baseline), file)

    async def diagnostics(self, uri: str) -> list[types.Diagnostic]:
        """Diagnostics of a document; a wrong formalism.toml or baseline is told to the user, and there are none."""
        try:
            checked, scorer, project = await self.checked(uri)
        except FormalismError as error:
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, str(error)))
            return []
        return answers.diagnostics(checked, scorer.lexicon, project.dismissed, english=self.english)

    async def publish(self, uri: str) -> None:
        """Push the diagnostics of a document, or ask the client to pull them anew."""
        if self.pulls:
            await self.workspace_diagnostic_refresh_async(None)
            return
        version = self.workspace.get_text_document(uri).version
        found = await self.diagnostics(uri)
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))

    def publish_when_quiet(self, uri: str, seconds: float) -> None:
        """Push the diagnostics of a document once nothing has changed for a while."""
        if self.pulls:
            return  # the client asks after each change by itself

        async def later() -> None:
            await asyncio.sleep(seconds)
            await self.publish(uri)

        if earlier := self._waiting.pop(uri, None):
            earlier.cancel()
        self._waiting[uri] = asyncio.get_running_loop().create_task(later())

    def forget(self, uri: str) -> None:
        """Drop what is known of a closed document."""
        self._checked.pop(uri, None)
        if waiting := self._waiting.pop(uri, None):
            waiting.cancel()
        if not self.pulls:
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    async def dismiss(self, uri: str, fingerprint: str) -> None:
        """Enter a finding in the baseline and show the document without it."""
        checked, _, project = await self.checked(uri)
        findings = [f for f in checked.report.findings if f.fingerprint == fingerprint] if checked.report else []
        if project.file is None or not findings:
            text = "先保存文件再忽略 / save the file first" if project.file is None else "文字已改变 / the text has changed"
            self.window_show_message(types.ShowMessageParams(types.MessageType.Warning, text))
            return
        project.baseline.with_dismissed(project.file, findings).save()
        await self.publish(uri)


def make_server(load: Callable[[], Scorer], *, english: bool = False) -> Reviewer:
    """Return the server with all it can do; ``start_io()`` runs it."""
    server = Reviewer(load, english=english)

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def did_open(params: types.DidOpenTextDocumentParams) -> None:
        server.publish_when_quiet(params.text_document.uri, 0.0)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def did_change(params: types.DidChangeTextDocumentParams) -> None:
        server.publish_when_quiet(params.text_document.uri, _REST_SECONDS)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def did_save(params: types.DidSaveTextDocumentParams) -> None:
        server.publish_when_quiet(params.text_document.uri, 0.0)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def did_close(params: types.DidCloseTextDocumentParams) -> None:
        server.forget(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, types.DiagnosticOptions(False, False, identifier=answers.SOURCE))
    async def pull(params: types.DocumentDiagnosticParams) -> types.RelatedFullDocumentDiagnosticReport:
        return types.RelatedFullDocumentDiagnosticReport(await server.diagnostics(params.text_document.uri))

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        try:
            checked, scorer, _ = await server.checked(params.text_document.uri)
        except FormalismError:  # told with the diagnostics
            return None
        at = params.position
        return answers.hover(checked, at.line, at.character, scorer.lexicon, english=server.english)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions([types.CodeActionKind.QuickFix]))
    async def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        uri = params.text_document.uri
        try:
            checked, scorer, project = await server.checked(uri)
        except FormalismError:
            return []
        return answers.actions(checked, uri, params.range, scorer.lexicon, project.dismissed, english=server.english)

    @server.command(answers.DISMISS)
    async def dismiss(uri: str, fingerprint: str) -> None:
        await server.dismiss(uri, fingerprint)

    return server
