"""The review page: a template and two small files, put together once at the start."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Any

from formalism_nlp.apps.service.limits import Limits
from formalism_nlp.values.report import INDEX_NAMES, INDEX_ZH, STANCES_ZH
from formalism_nlp.views.kinds import BY_RULE, BY_SIGNAL, FORM_NAMES, KINDS

# Nothing from elsewhere, nothing inline, and no way to turn text into markup, whatever the script does.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"

_MEDIA = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_BOTH = re.compile(r"\{\{([^{}|]+)\|([^{}|]+)\}\}")
# The last node of the label is the number of findings.
_KIND = '<label class="kind {kind}" hidden><input type="checkbox" value="{kind}" checked>{{{{{zh}|{en}}}}} <b></b></label>'


@dataclass(frozen=True)
class Page:
    """``assets`` maps a name to media type and bytes; ``html`` gives the page in a language."""

    assets: dict[str, tuple[str, bytes]]
    template: str

    def html(self, language: str) -> str:
        """Return the page; ``language`` is ``"zh-CN"`` or ``"en"``, and the page can switch by itself."""
        return self.template.replace("<!--language-->", language)


def load_page(limits: Limits, knowledge: Mapping[str, Any], *, needs_token: bool) -> Page:
    """Read the files of the page and fill in what the server knows.

    Args:
        limits: shown, and checked in the browser before a file is sent.
        knowledge: what a worker said at its start: the genres a reader can choose, and the versions.
        needs_token: whether the page asks for a token.
    """
    folder = files("formalism_nlp.apps.service") / "assets"
    assets: dict[str, tuple[str, bytes]] = {}
    for item in folder.iterdir():
        suffix = item.name[item.name.rfind(".") :]
        if suffix in _MEDIA:
            assets[item.name] = (_MEDIA[suffix], item.read_bytes())
    template = (folder / "review.html").read_text(encoding="utf-8")
    for mark, value in {
        "<!--genres-->": _options(knowledge["genres"]),
        "<!--versions-->": escape(" · ".join(knowledge["versions"].values())),
        "<!--stances-->": _options(STANCES_ZH),
        "<!--kinds-->": "".join(_KIND.format(kind=kind, zh=zh, en=en) for kind, (zh, en) in KINDS.items()),
        "<!--labels-->": _labels(limits),
        "<!--token-->": "" if needs_token else "hidden",
        "<!--most-->": str(limits.file_bytes // 2**20),
    }.items():
        template = template.replace(mark, value)
    return Page(assets, _BOTH.sub(r'<span class="zh">\1</span><span class="en">\2</span>', template))


def _options(names: Mapping[str, str]) -> str:
    return "".join(f'<option value="{escape(name)}">{escape(zh)} · {escape(name)}</option>' for name, zh in names.items())


def _labels(limits: Limits) -> str:
    """What the script needs to know, as JSON that can stand in a script element."""
    english = {name: name.replace("_", " ") for name in INDEX_ZH}
    labels = {
        "kinds": KINDS,
        "byRule": dict(BY_RULE),
        "bySignal": dict(BY_SIGNAL),
        "stances": {name: (zh, name) for name, zh in STANCES_ZH.items()},
        "forms": dict(FORM_NAMES),
        "indices": {name: (INDEX_ZH[name], english[name]) for name in INDEX_NAMES},
        "fileBytes": limits.file_bytes,
    }
    return json.dumps(labels, ensure_ascii=False, default=dict).replace("<", "\\u003c")
