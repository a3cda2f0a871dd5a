"""The parts of a document that is a zip file (docx, ofd), and its XML, read so that nothing outside the part is fetched."""

from __future__ import annotations

import posixpath
import zipfile
from typing import Any

from lxml import etree

from formalism_nlp.readers.guard import read_part
from formalism_nlp.values.errors import ReadError


class Parts:
    """Parts of an open archive by name; names are compared without case, and ``/`` at their beginning is the archive's root."""

    def __init__(self, archive: zipfile.ZipFile, where: str) -> None:
        self._archive, self._where = archive, where
        self._names = {resolve(name): name for name in archive.namelist()}

    def names(self) -> list[str]:
        """All names, lower case."""
        return list(self._names)

    def xml(self, name: str) -> Any | None:
        """Root element of a part; None when there is no such part.

        Raises:
            ReadError: F108 the part is no XML, has a DTD, or cannot be inflated.
        """
        key = resolve(name)
        if key not in self._names:
            return None
        data = read_part(self._archive, self._names[key], self._where)
        # huge_tree stays off: libxml2 then refuses 10 MB text nodes and 256 levels, and no reader recurses.
        parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True)
        try:
            root = etree.fromstring(data, parser)
        except (etree.LxmlError, ValueError) as error:
            raise ReadError("F108", self._where, f"{name[:80]}: {error}") from error
        if root.getroottree().docinfo.internalDTD is not None:  # in an encoding the guard does not search
            raise ReadError("F108", self._where, f"XML 部件含 DTD / a DTD in {name[:80]!r}")
        return root


def resolve(name: str, folder: str = "") -> str:
    """Name of a part as another part in ``folder`` writes it, as a key: lower case, without ``.``, ``..`` and the first ``/``."""
    return posixpath.normpath(posixpath.join("/", folder, name.replace("\\", "/"))).lstrip("/").lower()
