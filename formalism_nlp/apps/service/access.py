"""The optional access token; compared in constant time, never logged."""

from __future__ import annotations

import hmac
import re
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers

_KEY = re.compile(rb"(?:^|&)apiKey=([^&]*)")


class Token:
    """Who may ask.

    Args:
        secret: printable ASCII; ``""`` lets everybody in.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode("ascii")

    def __bool__(self) -> bool:
        return bool(self._secret)

    def in_header(self, headers: Headers) -> bool:
        """Whether ``Authorization: Bearer`` brings the token, or none is needed."""
        kind, _, given = headers.get("authorization", "").partition(" ")
        return not self._secret or (kind.lower() == "bearer" and self._same(given.strip().encode("latin-1")))

    def in_form(self, form: bytes) -> bool:
        """Whether the field ``apiKey`` of a url-encoded form brings it: LanguageTool clients send no header."""
        found = _KEY.search(form)
        return found is not None and self._same(unquote_to_bytes(found[1].replace(b"+", b" ")))

    def _same(self, given: bytes) -> bool:
        return hmac.compare_digest(given, self._secret)
