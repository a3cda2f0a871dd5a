"""doc and wps (Word 97–2003 binary files) → Document, by way of docx.

msdoc2docx is pure Python without dependencies, and writes deletions, hidden text, notes and text boxes as what they are, so
that the docx reader's final view holds for old files too. It is young: the extra ``doc`` pins its exact version.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

from formalism_nlp.readers.word import read_docx
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import ReadError

_INSTALL = "pip install 'formalism-nlp[doc]'"
_SAVE_AS = "请用 Word、WPS 或 LibreOffice 另存为 docx / save it as docx with Word, WPS or LibreOffice"
_MAX_ENTRIES = 20_000  # storages and streams in one file; each picture or formula has a few
# What a parser of hostile bytes may raise beyond its own errors.
_PARSER_ERRORS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_LOSSES = {
    "UNTERMINATED_FIELD": "未结束的域 / an unterminated field",
    "MALFORMED_TABLE_FLATTENED": "损坏的表格按段落读取 / a malformed table was read as paragraphs",
    "TABLE_DEPTH_LIMITED": "表格嵌套过深 / tables nested too deep",
    "MAIN_TEXTBOX_TABLE_MALFORMED": "文本框未读取 / text boxes were not read",
    "OLE_OBJECT_OMITTED": "嵌入对象未读取 / an embedded object was not read",
    "MACRO_STORY_OMITTED": "宏未读取 / macros were not read",
}


def read_doc(data: bytes, where: str = "") -> Document:
    """Read a Word 97–2003 document, as Word (.doc) and WPS (.wps) write it.

    Args:
        data: the file, an OLE compound file with a WordDocument stream.
        where: its name for error messages.

    Returns:
        A document with the format ``"doc"``; blocks and ``where`` as the docx reader gives them. What the converter could not
        carry over is in the notes.

    Raises:
        ReadError: F101 no text, F105 encrypted, F108 broken or hostile, F112 the converter is not installed or does not know
            this variant (Word 6 and 95).
    """
    if not _is_installed():
        raise ReadError("F112", where, f"doc、wps：{_INSTALL}")
    docx, codes = _convert(data, where)
    document = read_docx(docx, where)
    return replace(document, format="doc", notes=document.notes + tuple(_LOSSES[code] for code in sorted(codes & _LOSSES.keys())))


def _is_installed() -> bool:
    """Whether the right distribution is there: another one on PyPI has a module of the same name, which starts Word."""
    try:
        metadata.version("msdoc2docx")
    except metadata.PackageNotFoundError:
        return False
    return True


def _convert(data: bytes, where: str) -> tuple[bytes, frozenset[str]]:
    """The file as docx, and the codes of what was lost."""
    from doc2docx import convert
    from doc2docx.cfb import CompoundFileLimits
    from doc2docx.errors import BinaryBoundsError, Doc2DocxError, EncryptedDocumentError, InvalidCompoundFile

    limits = CompoundFileLimits(max_input_bytes=max(len(data), 1), max_directory_entries=_MAX_ENTRIES)
    with TemporaryDirectory(prefix="formalism-") as folder:
        source, target = Path(folder) / "source.doc", Path(folder) / "target.docx"
        source.write_bytes(data)
        try:
            result = convert(source, target, limits=limits)
        except EncryptedDocumentError as error:
            raise ReadError("F105", where) from error
        except (InvalidCompoundFile, BinaryBoundsError, struct.error, zlib.error, *_PARSER_ERRORS) as error:
            raise ReadError("F108", where, _reason(error, folder)) from error
        except Doc2DocxError as error:
            raise ReadError("F112", where, f"{_reason(error, folder)}；{_SAVE_AS}") from error
        return target.read_bytes(), frozenset(diagnostic.code for diagnostic in result.report.warnings)


def _reason(error: Exception, folder: str) -> str:
    """What went wrong, without the name of the temporary folder, which is another one each time."""
    return f"{type(error).__name__}: {error}".replace(folder, "")[:200]
