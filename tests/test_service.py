"""The HTTP service as its clients see it: answers, errors, OpenAPI, token, CORS, batches, logs."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import docx
import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from serving import Service

import formalism_nlp as fn
from formalism_nlp.apps.service.openapi import build, openapi_text
from formalism_nlp.values.document import Document

DOCS = Path(__file__).parents[1] / "docs"
OPENAPI = json.loads(openapi_text())
CANARY = "金丝雀独一无二"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    running = Service(tmp_path_factory.mktemp("service"), workers=2)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    running = Service(tmp_path_factory.mktemp("guarded"), token="open sesame", origins=["https://oa.example"])  # noqa: S106
    yield running
    running.stop()


def agrees(response: httpx.Response, path: str, method: str = "post") -> None:
    """The answer is one the OpenAPI description promises."""
    described = OPENAPI["paths"][path][method]["responses"]
    assert str(response.status_code) in described, response.text
    answer = described[str(response.status_code)]
    if "$ref" in answer:
        answer = OPENAPI["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    media = response.headers["content-type"].partition(";")[0]
    assert media in answer["content"]
    if media == "application/json":
        registry: Registry[Any] = Registry().with_resource(
            "urn:api", Resource.from_contents({"$schema": "https://json-schema.org/draft/2020-12/schema", **OPENAPI})
        )
        schema = json.loads(json.dumps(answer["content"][media]["schema"]).replace("#/components", "urn:api#/components"))
        Draft202012Validator(schema, registry=registry).validate(response.json())


def word_file(*paragraphs: str) -> bytes:
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_openapi_is_valid_and_current(service: Service) -> None:
    validate(OPENAPI)
    assert service.client.get("/openapi.json").json() == OPENAPI
    if DOCS.is_dir():
        wire = json.loads((DOCS / "wire-schema-1.json").read_text(encoding="utf-8"))
        fresh = "python -m formalism_nlp.apps.service.openapi writes it again"
        assert build(wire) == json.loads((DOCS / "openapi.json").read_text(encoding="utf-8")), fresh


def test_score_is_the_report_of_the_library(service: Service, sample_text: str) -> None:
    asked = {"text": sample_text, "name": "样本", "title": "标题", "genre": "work-summary"}
    response = service.client.post("/v1/score", json=asked)
    agrees(response, "/v1/score")
    document = Document.from_text(sample_text, name="样本", title="标题", genre="work-summary")
    assert response.json() == json.loads(fn.score(document).to_json())
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_files_are_read_by_content(service: Service) -> None:
    for name, data in {
        "C:\\报告\\a.docx": word_file("各单位要高度重视。", "办结事项312件。"),
        "b.txt": "各单位要高度重视。\n办结事项312件。".encode("gb18030"),
    }.items():
        response = service.client.post("/v1/score-file", files={"file": (name, data)}, data={"genre": "work-summary"})
        agrees(response, "/v1/score-file")
        assert response.json()["document"]["name"] == name.rsplit("\\", 1)[-1]
        assert response.json()["genre"] == "work-summary"
        assert "办结事项312件" in response.json()["document"]["text"]


JSON_HEAD = {"content-type": "application/json"}
WRONG: list[tuple[str, dict[str, Any], int, str]] = [
    ("/v1/score", {"json": {"text": " \n"}}, 422, "F101"),
    ("/v1/score", {"json": {"text": "好。", "genre": "no such"}}, 422, "F401"),
    ("/v1/score", {"json": {}}, 400, "F501"),
    ("/v1/score", {"json": {"text": 5}}, 400, "F501"),
    ("/v1/score", {"json": {"text": "好。", "titel": "x"}}, 400, "F501"),
    ("/v1/score", {"json": ["好。"]}, 400, "F501"),
    ("/v1/score", {"content": b"\xff\xfe", "headers": JSON_HEAD}, 400, "F501"),
    ("/v1/score", {"content": b"[" * 100_000, "headers": JSON_HEAD}, 400, "F501"),
    ("/v1/score", {"data": {"text": "好。"}}, 400, "F501"),
    ("/v1/score", {"json": {"text": "好" * 700_000}}, 413, "F502"),
    ("/v1/score-file", {"files": {"file": ("a.bin", b"\x00\x01\x02" * 99)}}, 422, "F102"),
    ("/v1/score-file", {"files": {"file": ("a.docx", b"PK\x03\x04" + bytes(50))}}, 422, "F108"),
    ("/v1/score-file", {"files": {"other": ("a.txt", "好。".encode())}}, 400, "F501"),
    ("/v1/score-file", {"files": [("file", ("a", b"x")), ("file", ("b", b"y"))]}, 400, "F501"),
    ("/v1/score-file", {"content": b"--x\r\n", "headers": {"content-type": "multipart/form-data; boundary=x"}}, 400, "F501"),
    ("/v1/score-file", {"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "F501"),
    ("/v1/export", {"json": {"text": "好。", "format": "exe"}}, 400, "F501"),
    ("/v1/export", {"json": {"text": "好。", "format": "html", "dismissed": [1]}}, 400, "F501"),
    ("/v2/check", {"data": {"language": "zh-CN"}}, 400, "F501"),
    ("/v2/check", {"data": {"language": "xx", "text": "好。"}}, 400, "F501"),
    ("/v2/check", {"data": {"language": "zh-CN", "data": "[]"}}, 400, "F501"),
    ("/v2/check", {"data": {f"a{i}": "1" for i in range(100)}}, 400, "F501"),
]


@pytest.mark.parametrize(("path", "asked", "status", "code"), WRONG)
def test_errors_say_what_is_wrong(service: Service, path: str, asked: dict[str, Any], status: int, code: str) -> None:
    response = service.client.post(path, **asked)
    assert response.status_code == status, response.text
    agrees(response, path)
    assert response.json()["code"] == code


def test_unknown_addresses_and_methods(service: Service) -> None:
    for response in (
        service.client.get("/nothing"),
        service.client.delete("/v1/score"),
        service.client.get("/assets/../page.py"),
    ):
        assert response.status_code in (404, 405)
        assert response.json()["code"] == "F506"
    assert service.client.delete("/v1/score").headers["allow"] == "POST"
    missing = service.client.get("/v1/rules/XXX999")
    agrees(missing, "/v1/rules/{id}", "get")
    assert missing.json()["code"] == "F404"


def test_health_and_rules(service: Service) -> None:
    health = service.client.get("/v1/health")
    agrees(health, "/v1/health", "get")
    assert health.json()["status"] == "ok" and health.json()["workers"] == 2
    rules = service.client.get("/v1/rules")
    agrees(rules, "/v1/rules", "get")
    ids = [rule["id"] for rule in rules.json()["rules"]]
    assert "MDL001" in ids and len(ids) == len(set(ids))
    one = service.client.get(f"/v1/rules/{ids[-1]}")
    agrees(one, "/v1/rules/{id}", "get")
    assert ids[-1] in one.json()["page"]


def test_export_leaves_out_what_was_dismissed(service: Service, sample_text: str) -> None:
    report = service.client.post("/v1/score", json={"text": sample_text}).json()
    gone = [finding["fingerprint"] for finding in report["findings"][:3]]
    response = service.client.post("/v1/export", json={"text": sample_text, "format": "json", "dismissed": gone})
    agrees(response, "/v1/export")
    kept = [finding["fingerprint"] for finding in response.json()["findings"]]
    assert kept == [f["fingerprint"] for f in report["findings"] if f["fingerprint"] not in gone]
    page = service.client.post(
        "/v1/export", files={"file": ("a.txt", sample_text.encode())}, data={"format": "html", "dismissed": ",".join(gone)}
    )
    agrees(page, "/v1/export")
    assert "attachment" in page.headers["content-disposition"] and "<script" not in page.text


def test_export_to_word_comments_the_users_own_file(service: Service, sample_text: str) -> None:
    pytest.importorskip("formalism_nlp.views.word_comments")
    original = word_file(*sample_text.splitlines(), CANARY)
    for asked in (
        {"files": {"file": ("a.docx", original)}, "data": {"format": "docx"}},
        {"json": {"text": f"{sample_text}\n{CANARY}", "format": "docx"}},
    ):
        response = service.client.post("/v1/export", **asked)  # type: ignore[arg-type]
        assert response.headers["content-type"] == DOCX, response.text
        document = docx.Document(io.BytesIO(response.content))
        assert any(CANARY in paragraph.text for paragraph in document.paragraphs)
        assert len(list(document.comments)) > 3


def test_batch_answers_each_line_in_order(service: Service) -> None:
    rows = [json.dumps({"text": f"第{i}项：办结事项{i}件。", "name": str(i)}) for i in range(40)]
    rows[7], rows[9], rows[11] = "{not json", json.dumps({"text": ""}), json.dumps({"text": "好" * 700_000})
    response = service.client.post(
        "/v1/batch", content="\n".join([*rows, "", ""]), headers={"content-type": "application/x-ndjson"}
    )
    answers = [json.loads(line) for line in response.text.splitlines()]
    assert [row["kind"] for row in answers[:12]] == ["report"] * 7 + ["failure", "report"] + ["failure", "report", "failure"]
    # A line over the limit ends the batch: where the next line begins cannot be trusted.
    assert answers[11]["code"] == "F502" and len(answers) == 12
    assert [row["document"]["name"] for row in answers if row["kind"] == "report"] == [
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "8",
        "10",
    ]


def test_batch_answers_while_the_request_still_comes(service: Service) -> None:
    line = json.dumps({"text": "办结事项3件。"}).encode() + b"\n"
    with service.connect() as connection:
        head = b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
        connection.sendall(head + b"%x\r\n%b\r\n" % (len(line), line))
        seen = b""
        while b'"kind"' not in seen:
            seen += connection.recv(65536)
        connection.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (len(line), line))
        while not seen.endswith(b"0\r\n\r\n"):
            seen += connection.recv(65536)
    assert seen.count(b'"kind": "report"') == 2


def test_answers_do_not_depend_on_who_asks_at_the_same_time(service: Service, sample_text: str) -> None:
    """Requests that come together are scored together; each gets the answer it would get alone, errors included."""
    parts = [sample_text[i : i + 120] for i in range(0, 1200, 60)] + ["", " \n", "𠀀" * 50]
    asked: list[dict[str, str]] = [{"text": part, "genre": genre} for part in parts for genre in ("", "notice", "no such")]
    alone = [service.client.post("/v1/score", json=one) for one in asked]
    with ThreadPoolExecutor(24) as threads:
        together = list(threads.map(lambda one: httpx.post(f"{service.url}/v1/score", json=one, timeout=60), asked))
    assert {answer.status_code for answer in alone} == {200, 422}
    assert [(a.status_code, a.json()) for a in together] == [(a.status_code, a.json()) for a in alone]


def test_token_guards_all_that_sees_text(guarded: Service) -> None:
    for path in ("/v1/score", "/v1/score-file", "/v1/export", "/v1/batch", "/v2/check", "/"):
        for headers in ({}, {"authorization": "Bearer open"}, {"authorization": "Basic open sesame"}):
            response = guarded.client.post(
                path, headers={**headers, "content-type": "application/x-www-form-urlencoded"}, content="x"
            )
            assert (response.status_code, response.json()["code"]) == (401, "F505")
            assert response.headers["www-authenticate"] == "Bearer"
    for path in ("/", "/v1/health", "/v1/rules", "/openapi.json", "/assets/review.js", "/v2/languages"):
        assert guarded.client.get(path).status_code == 200
    key = {"authorization": "Bearer open sesame"}
    assert guarded.client.post("/v1/score", json={"text": "好。"}, headers=key).status_code == 200
    form = {"language": "zh-CN", "text": "好。"}
    assert guarded.client.post("/v2/check", data=form, headers=key).status_code == 200
    assert guarded.client.post("/v2/check", data={**form, "apiKey": "open sesame"}).status_code == 200
    assert guarded.client.get("/v2/check", params={**form, "apiKey": "wrong"}).status_code == 401


def test_other_origins_are_told_nothing_unless_named(service: Service, guarded: Service) -> None:
    asked = {"json": {"text": "好。"}, "headers": {"origin": "https://oa.example", "authorization": "Bearer open sesame"}}
    assert "access-control-allow-origin" not in service.client.post("/v1/score", **asked).headers  # type: ignore[arg-type]
    assert guarded.client.post("/v1/score", **asked).headers["access-control-allow-origin"] == "https://oa.example"  # type: ignore[arg-type]
    foreign = {**asked, "headers": {**asked["headers"], "origin": "https://evil.example"}}  # type: ignore[dict-item]
    assert "access-control-allow-origin" not in guarded.client.post("/v1/score", **foreign).headers  # type: ignore[arg-type]


def test_no_text_of_a_document_in_the_log(service: Service) -> None:
    quoted = CANARY.encode().hex("%")
    client = service.client
    client.post("/v1/score", json={"text": CANARY, "name": CANARY})
    client.post("/v1/score", json={"text": "好。", "genre": CANARY})
    client.post("/v1/score", content=f'{{"text": "{CANARY}'.encode(), headers=JSON_HEAD)
    client.post(f"/v1/score?text={CANARY}", json={"text": CANARY, CANARY: 1})
    client.get("/v2/check", params={"text": CANARY, "language": CANARY})
    client.get(f"/{CANARY}")
    client.get(f"/v1/rules/{CANARY}")
    client.post("/v1/score-file", files={"file": (CANARY, CANARY.encode() + b"\x00" * 99)})
    body = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{CANARY}"\r\nContent-Transfer-Encoding: {CANARY}\r\n\r\n{CANARY}'
    client.post("/v1/score-file", content=body.encode(), headers={"content-type": "multipart/form-data; boundary=x"})
    client.post("/v1/batch", content=f"{CANARY}\n".encode(), headers={"content-type": "application/x-ndjson"})
    with service.connect() as connection:
        connection.sendall(f"{CANARY} / HTTP/1.1\r\n\r\n".encode())
        connection.recv(1000)
    assert "/v1/score 200" in service.log and "/v2/check 400" in service.log and "(unknown) 404" in service.log
    for form in (CANARY, quoted, f"%{quoted}", ascii(CANARY)[1:-1], repr(CANARY.encode())[2:-1]):
        assert form.lower() not in service.log.lower()


@pytest.mark.skipif(not DOCS.is_dir() or shutil.which("curl") is None, reason="needs the checkout and curl")
def test_the_documented_commands_work(service: Service, tmp_path: Path) -> None:
    page = (DOCS / "service.md").read_text(encoding="utf-8")
    commands = re.findall(r"^(?:printf .*\| )?curl .*$", page, re.MULTILINE)
    assert len(commands) == 6
    (tmp_path / "corpora").symlink_to(DOCS.parent / "corpora")
    (tmp_path / "output").mkdir()
    for command in commands:
        line = command.replace(":8765", f":{service.port}").replace("curl -s", "curl -sS --fail-with-body --noproxy '*'")
        done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        for answer in done.stdout.splitlines():
            assert json.loads(answer)
    assert "指数" in (tmp_path / "output" / "A1.html").read_text(encoding="utf-8")


def serve_command(*options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "formalism_nlp", "serve", "--workers", "1", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(os.name != "posix", reason="sends Ctrl+C as a signal")
def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("open sesame\n", encoding="utf-8")
    process = serve_command("--port", "0", "--token-file", str(tmp_path / "token"))
    assert process.stdout is not None
    url = process.stdout.readline().split()[0]
    assert httpx.get(url).status_code == 200
    assert httpx.post(f"{url}v1/score", json={"text": "好。"}).status_code == 401
    children = [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    assert len(children) == 1
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode in (0, 130) and "Traceback" not in errors, errors
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)


def test_the_command_says_why_it_cannot_start(service: Service, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("", encoding="utf-8")
    for options, code in {
        ("--port", str(service.port)): "F507",
        ("--port", "0", "--model", str(tmp_path)): "F301",
        ("--port", "0", "--token-file", str(tmp_path / "empty")): "F507",
        ("--port", "0", "--host", "no.such.host.invalid"): "F507",
    }.items():
        process = serve_command(*options)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 3 and code in errors and "Traceback" not in errors, errors
