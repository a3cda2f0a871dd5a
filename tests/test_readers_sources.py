"""What read() takes: paths and bytes, their names, their size; what it says of anything else."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from reading import refused

from formalism_nlp.readers import read
from formalism_nlp.values.errors import ReadError


def test_names() -> None:
    assert read(b"ok").name == ""
    assert read(bytearray(b"ok"), name="x").name == "x"
    assert read(memoryview(b"ok")).text == "ok"


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    missing = tmp_path / "没有.txt"
    assert refused(missing).code == refused(str(missing)).code == "F109"
    assert refused(missing).where == str(missing)
    assert refused(tmp_path).code == "F109"
    assert refused("各位代表：" * 200).code == "F109"
    assert refused("a\0b").code == "F109"
    assert refused("/dev/zero").code == "F109"


def test_wrong_types() -> None:
    for source in (None, 3, ["a"], io.BytesIO(b"a")):
        assert refused(source).code == "F110"


def test_limit(tmp_path: Path) -> None:
    path = tmp_path / "大.txt"
    path.write_bytes(b"a" * 101)
    assert refused(path, limit=100).code == "F106"
    assert refused(b"a" * 101, limit=100).code == "F106"
    assert read(path, limit=101).text == "a" * 101


def test_errors_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "空.txt"
    path.write_bytes(b"")
    assert str(path) in str(refused(path))
    assert refused(path, name="别名").where == "别名"


def test_parsers_are_imported_when_needed() -> None:
    code = (
        "import json, sys\nfrom formalism_nlp.readers import read\nread(b'ok')\n"
        "print(json.dumps(sorted(m for m in sys.modules if m in ('lxml', 'docx', 'selectolax', 'numpy', 'pypdfium2', 'doc2docx', 'zipfile'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent
    )
    assert set(json.loads(done.stdout)) <= {"zipfile"}


def test_devices_and_links(tmp_path: Path) -> None:
    loop = tmp_path / "loop.txt"
    loop.symlink_to(loop)
    with pytest.raises(ReadError) as caught:
        read(loop)
    assert caught.value.code == "F109"
