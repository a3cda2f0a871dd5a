"""The comments of a Word file: read, added to, removed, written; every other part is handed on byte for byte.

python-docx would do for files it opens, but it refuses documents that are common in the wild and that the reader reads (a
dangling link to a picture, templates, the strict variant), and writes parts anew that no comment touches.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator
from io import BytesIO
from typing import Any

from lxml import etree

from formalism_nlp.values.errors import ReadError

_CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"
_STRICT = "http://purl.oclc.org/ooxml/"
_TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/"
_PARA_ID = "{http://schemas.microsoft.com/office/word/2010/wordml}paraId"
_PARENT_ID = "paraIdParent"
_LARGEST_ID = 2**31 - 1
_TYPES_PART = "[Content_Types].xml"


class Comments:
    """The comments of one open Word file; raises ReadError F108 when a part it needs is no XML.

    Args:
        archive: from ``readers.guard.open_document``.
        main_name: name of the main part, as a key of ``resolve``.
        main: root of the main part; it is written back as it then is.
        resolve: ``readers.parts.resolve``: the name of a part, as another part in a folder writes it, as a key.
    """

    def __init__(self, archive: zipfile.ZipFile, main_name: str, main: Any, resolve: Callable[..., str]) -> None:
        self._archive, self._main, self._resolve = archive, main, resolve
        self._names = {resolve(name): name for name in archive.namelist()}
        self._main_key = resolve(main_name)
        folder, _, file = self._main_key.rpartition("/")
        self._folder = folder
        self._relations_key = resolve(f"{folder}/_rels/{file}.rels")
        self._w = main.tag.rpartition("}")[0] + "}"
        self._changed: dict[str, Any] = {}
        self._relations = self._part(self._relations_key)
        self._key = self._find_comments()
        self._root = self._part(self._key) if self._key else None

    # --- what is there ---

    def texts(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Number and lines of each comment."""
        for comment in self._all():
            yield self._id(comment), tuple("".join(p.itertext(self._w + "t")) for p in comment.iter(self._w + "p"))

    def answered(self) -> frozenset[int]:
        """Numbers of the comments somebody has replied to in Word."""
        parents = {
            value for _, root in self._extensions() for entry in root for key, value in entry.attrib.items() if _is_parent(key)
        }
        return frozenset(self._id(comment) for comment in self._all() if self._paragraph_ids(comment) & parents)

    # --- what is changed ---

    def remove(self, numbers: Collection[int]) -> None:
        """Remove comments with their anchors, and what Word keeps about them in other parts."""
        if not numbers:
            return
        ids: set[str] = set()
        for comment in list(self._all()):
            if self._id(comment) in numbers:
                ids |= self._paragraph_ids(comment)
                self._root.remove(comment)  # type: ignore[union-attr]
                self._changed[self._key] = self._root
        for name in ("commentRangeStart", "commentRangeEnd", "commentReference"):
            for mark in [m for m in self._main.iter(self._w + name) if _number(m.get(self._w + "id")) in numbers]:
                self._remove_mark(mark)
        self._forget(ids)

    def _remove_mark(self, mark: Any) -> None:
        run = mark.getparent()
        run.remove(mark)
        if run.tag == self._w + "r" and all(_local(child) == "rPr" for child in run):
            run.getparent().remove(run)

    def _forget(self, ids: set[str]) -> None:
        """Drop the entries of removed comments from the parts Word keeps beside the comments (state, durable ids)."""
        durable: set[str] = set()
        for key, root in sorted(self._extensions(), key=lambda part: "extensible" in part[0]):  # it knows only durable ids
            for entry in list(root):
                values = {_attribute(name): value for name, value in entry.attrib.items()}
                if values.get("paraId") in ids or values.get("durableId") in durable:
                    durable |= {values["durableId"]} if "durableId" in values else set()
                    root.remove(entry)
                    self._changed[key] = root

    def add(self, first: Any, last: Any, lines: Iterable[str], *, author: str, initials: str, date: str) -> None:
        """Add a comment around two elements of the main part.

        Args:
            first: element the comment begins before.
            last: element it ends behind; the same or a later one.
            lines: its paragraphs.
            author: shown by Word.
            initials: of the author.
            date: ISO 8601 with seconds, UTC.
        """
        number = self._next_number()
        comment = self._new("comment", id=str(number), author=author, date=date, initials=initials)
        for line in lines:
            comment.append(self._paragraph(line, begins=len(comment) == 0))
        root = self._comments_root()
        root.append(comment)
        self._changed[self._key] = root
        first.addprevious(self._new("commentRangeStart", id=str(number)))
        run = self._new("r")
        run.append(self._new("commentReference", id=str(number)))
        last.addnext(run)
        last.addnext(self._new("commentRangeEnd", id=str(number)))

    def _paragraph(self, line: str, *, begins: bool) -> Any:
        paragraph = self._new("p")
        if begins:
            mark = self._new("r")
            mark.append(self._new("annotationRef"))
            paragraph.append(mark)
        run, text = self._new("r"), self._new("t")
        text.text = allowed(line)
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        run.append(text)
        paragraph.append(run)
        return paragraph

    def to_bytes(self) -> bytes:
        """The file with all changes; parts keep their order and dates, and what did not change its bytes."""
        self._changed[self._main_key] = self._main
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for entry in {info.filename: info for info in self._archive.infolist()}.values():
                root = self._changed.pop(self._resolve(entry.filename), None)
                target.writestr(entry, self._archive.read(entry) if root is None else _serialise(root))
            for key in sorted(self._changed):
                target.writestr(zipfile.ZipInfo(key), _serialise(self._changed[key]), zipfile.ZIP_DEFLATED)
        return out.getvalue()

    # --- parts ---

    def _part(self, key: str) -> Any | None:
        if key not in self._names:
            return None
        parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
        try:
            return etree.fromstring(self._archive.read(self._names[key]), parser)
        except (etree.LxmlError, ValueError) as error:
            raise ReadError("F108", self._names[key], str(error)) from error

    def _find_comments(self) -> str:
        for relation in [] if self._relations is None else self._relations:
            if relation.get("Type", "").endswith("/relationships/comments") and relation.get("TargetMode") != "External":
                key = self._resolve(relation.get("Target", ""), self._folder)
                if key in self._names:
                    return key
        return ""

    def _comments_root(self) -> Any:
        if self._root is None:
            self._root = self._main.makeelement(self._w + "comments", nsmap={"w": self._w[1:-1]})
            self._key = self._free_name()
            self._relate()
        return self._root

    def _free_name(self) -> str:
        numbers = ["", *map(str, range(1, len(self._names) + 2))]
        keys = (self._resolve(f"{self._folder}/comments{number}.xml") for number in numbers)
        return next(key for key in keys if key not in self._names)

    def _relate(self) -> None:
        """Make the new part known to the main part and to the package."""
        if self._relations is None:
            self._relations = etree.Element(f"{{{_RELATIONSHIPS}}}Relationships", nsmap={None: _RELATIONSHIPS})
        taken = {relation.get("Id") for relation in self._relations}
        base = _STRICT + "officeDocument/" if self._w[1:].startswith(_STRICT) else _TRANSITIONAL
        relation = etree.SubElement(self._relations, f"{{{_RELATIONSHIPS}}}Relationship")
        relation.set("Id", next(name for n in range(1, len(taken) + 2) if (name := f"rId{n}") not in taken))
        relation.set("Type", f"{base}relationships/comments")
        relation.set("Target", posixpath.basename(self._key))
        self._changed[self._relations_key] = self._relations
        types_key = self._resolve(_TYPES_PART)
        types = self._part(types_key)
        if types is not None:
            override = etree.SubElement(types, f"{{{_CONTENT_TYPES}}}Override")
            override.set("PartName", f"/{self._key}")
            override.set("ContentType", _COMMENTS_TYPE)
            self._changed[types_key] = types

    def _extensions(self) -> list[tuple[str, Any]]:
        """The parts Word keeps beside the comments: commentsExtended, commentsIds, commentsExtensible."""
        keys = [key for key in self._names if key.startswith(f"{self._folder}/comments") and key.endswith(".xml")]
        return [(key, self._changed.get(key, self._part(key))) for key in sorted(keys) if key != self._key]

    # --- elements ---

    def _all(self) -> Iterator[Any]:
        return iter(()) if self._root is None else self._root.iterchildren(self._w + "comment")

    def _id(self, comment: Any) -> int:
        return _number(comment.get(self._w + "id"))

    def _paragraph_ids(self, comment: Any) -> set[str]:
        return {p.get(_PARA_ID) for p in comment.iter(self._w + "p")} - {None}

    def _next_number(self) -> int:
        used = {self._id(comment) for comment in self._all()}
        used |= {_number(mark.get(self._w + "id")) for mark in self._main.iter(self._w + "commentRangeStart")}
        last = max(used, default=-1)
        return last + 1 if last < _LARGEST_ID else next(n for n in range(len(used) + 1) if n not in used)

    def _new(self, name: str, **attributes: str) -> Any:
        return self._main.makeelement(self._w + name, {self._w + key: value for key, value in attributes.items()})


def _number(value: str | None) -> int:
    return int(value) if value and value.isdecimal() else -1


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _attribute(name: str) -> str:
    return name.rpartition("}")[2]


def _is_parent(name: str) -> bool:
    return _attribute(name) == _PARENT_ID


def allowed(text: str) -> str:
    """The text with U+FFFD for each character XML cannot hold."""
    return "".join(
        c if c in "\t\n\r" or " " <= c < "\ud800" or "\ue000" <= c < "\ufffe" or c > "\uffff" else "\ufffd" for c in text
    )


def _serialise(root: Any) -> bytes:
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True))
