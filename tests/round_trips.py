"""Print how many own-written texts come back from each format, and what reading them costs.

    python tests/round_trips.py

``equal``: all paragraphs the same, white space aside. Files ``doc`` and ``pdf (LibreOffice)`` need LibreOffice; in the latter
paragraphs are neither indented nor spaced at the end of a page. Times are those of this machine at this moment.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from exporters import EXPORTERS, RUNNING_HEAD, Text, as_docx, by_soffice, has_soffice, own_texts

from formalism_nlp import store
from formalism_nlp.readers import read


def bare(lines: Sequence[str]) -> list[str]:
    return ["".join(line.split()) for line in lines]


def comes_back(text: Text, data: bytes, kind: str) -> bool:
    document = read(data, name=f"x.{kind}")
    found = bare([document.text[block.start : block.end] for block in document.blocks])
    if kind == "md":
        found[0] = found[0].removeprefix("#")
    # A header that stands on one page only cannot be told from text.
    return [line for line in found if line != RUNNING_HEAD] == bare(text.lines)


def row(name: str, kind: str, texts: Sequence[Text], files: Sequence[bytes]) -> str:
    start = time.perf_counter()
    equal = sum(comes_back(text, data, kind) for text, data in zip(texts, files, strict=True))
    seconds = time.perf_counter() - start
    characters = sum(len(line) for text in texts for line in text.lines)
    return f"{name:18}{len(files):7}{equal:7}{1000 * seconds / len(files):10.1f}{characters / seconds:14,.0f}"


def main() -> None:
    texts = own_texts(store.data_folder("corpora") / "documents")
    lines = [f"{'format':18}{'files':>7}{'equal':>7}{'ms/file':>10}{'characters/s':>14}"]
    lines += [row(kind, kind, texts, [export(text) for text in texts]) for kind, export in EXPORTERS.items()]
    if has_soffice():
        sources: Mapping[str, bytes] = {f"{number}.docx": as_docx(text) for number, text in enumerate(texts)}
        with tempfile.TemporaryDirectory() as folder:
            for name, kind in (("doc (LibreOffice)", "doc"), ("pdf (LibreOffice)", "pdf")):
                made = by_soffice(dict(sources), kind, Path(folder) / kind)
                lines.append(row(name, kind, texts, list(made.values())))
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
