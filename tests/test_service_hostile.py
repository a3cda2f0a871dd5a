"""Clients that are slow, greedy, broken or gone; workers that hang or die. Whoever asks honestly is served all the same."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Iterator

import pytest
from serving import Service

from formalism_nlp.apps.service.limits import Budget, Limits
from formalism_nlp.apps.service.pool import Pool
from formalism_nlp.values.errors import FormalismError

LIMITS = Limits(
    text_bytes=1_000_000, file_bytes=300_000, batch_bytes=200_000, held_bytes=4_000_000, waiting=4, batches=1,
    header_seconds=1, body_seconds=1, stall_seconds=1, connections=20,
)  # fmt: skip
HEAD = b"POST /v1/score HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
TEXT = "各单位要高度重视、狠抓落实，全年办结事项312件。\n"
LARGE = TEXT * 12_000  # takes a worker seconds


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    running = Service(tmp_path_factory.mktemp("hostile"), limits=LIMITS)
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def still_serves(service: Service) -> Iterator[None]:
    yield
    service.client.close()  # a new connection, as a new client would make
    service.client.__init__(base_url=service.url, timeout=10)  # type: ignore[misc]
    response = service.client.post("/v1/score", json={"text": TEXT})
    assert response.status_code == 200
    health = service.client.get("/v1/health").json()
    assert health["held_bytes"] == 0 and health["waiting"] == 0


def closed_after(connection: socket.socket) -> float:
    """Seconds until the other side has closed the connection."""
    begun = time.perf_counter()
    try:
        while connection.recv(65536):
            pass
    except ConnectionError:
        pass
    return time.perf_counter() - begun


def status_of(connection: socket.socket) -> int:
    """Status of the next answer, which is read to its end unless it comes in chunks."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    if not response.chunked:
        response.read()
    return response.status


def test_a_head_that_never_ends_is_cut(service: Service) -> None:
    with service.connect() as connection:
        connection.sendall(HEAD)
        assert 0.9 < closed_after(connection) < 8


def test_a_second_head_that_never_ends_is_cut(service: Service) -> None:
    with service.connect() as connection:
        connection.sendall(b"GET /v1/health HTTP/1.1\r\nhost: x\r\n\r\n")
        assert status_of(connection) == 200
        connection.sendall(HEAD)
        assert 0.5 < closed_after(connection) < 8


def test_an_endless_head_is_refused(service: Service) -> None:
    with service.connect() as connection:
        try:
            for _ in range(30):
                connection.sendall(b"x-pad: " + b"a" * 5000 + b"\r\n" if _ else HEAD)
                time.sleep(0.01)
            assert b" 431 " in connection.recv(65536)
        except ConnectionError:
            pass  # cut while we were still sending
        assert closed_after(connection) < 2


def test_a_body_that_never_ends_gets_an_answer(service: Service) -> None:
    with service.connect() as connection:
        connection.sendall(HEAD + b"content-length: 5000\r\n\r\n{")
        assert status_of(connection) == 504


def test_more_connections_than_allowed_do_not_shut_others_out(service: Service) -> None:
    idle = [service.connect() for _ in range(60)]
    try:
        time.sleep(0.7)
        assert service.client.post("/v1/score", json={"text": TEXT}).status_code == 200
        gone = 0
        for connection in idle:
            connection.setblocking(False)
            try:
                gone += connection.recv(1) == b""
            except BlockingIOError:
                pass
            except ConnectionError:
                gone += 1
        assert gone >= 60 - 2 * LIMITS.connections
    finally:
        for connection in idle:
            connection.close()


def test_an_answer_nobody_reads_is_dropped(service: Service) -> None:
    body = json.dumps({"text": TEXT * 7000}).encode()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", service.port))
        connection.settimeout(30)
        connection.sendall(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)
        seen = connection.recv(4096)
        promised = int(seen.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        time.sleep(LIMITS.stall_seconds + 3)
        total = len(seen)
        try:
            while part := connection.recv(65536):
                total += len(part)
        except ConnectionError:
            pass
        assert total < promised


@pytest.mark.parametrize("announced", [True, False])
def test_large_bodies_are_refused_and_the_connection_lives_on(service: Service, announced: bool) -> None:
    body = b'{"text": "' + b"x" * 1_500_000 + b'"}'
    with service.connect() as connection:
        if announced:
            connection.sendall(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)
        else:
            connection.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
        assert status_of(connection) == 413
        connection.sendall(b"GET /v1/health HTTP/1.1\r\nhost: x\r\n\r\n")
        assert status_of(connection) == 200


def test_an_absurd_length_is_refused_at_once(service: Service) -> None:
    for length in (b"99999999999999999", b"9" * 400):
        with service.connect() as connection:
            connection.sendall(HEAD + b"content-length: " + length + b"\r\n\r\n")
            assert status_of(connection) in (400, 413)


def test_garbage_is_refused(service: Service) -> None:
    for garbage in (b"\x16\x03\x01\x02" * 50, b"GET\r\n\r\n", HEAD + b"content-length: -1\r\n\r\n", b"\r\n" * 10 + b"{}\r\n\r\n"):
        with service.connect() as connection:
            connection.sendall(garbage)
            assert status_of(connection) == 400


def test_clients_that_leave_cost_nothing(service: Service) -> None:
    body = json.dumps({"text": TEXT}).encode()
    request = HEAD + b"content-length: %d\r\n\r\n" % len(body) + body
    for end in (10, len(request) - 5, len(request)):
        for _ in range(10):
            with service.connect() as connection:
                connection.sendall(request[:end])
    time.sleep(0.5)


def test_busy_is_said_at_once_and_with_a_time(service: Service) -> None:
    async def ask(number: int) -> tuple[int, bytes, float]:
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        body = json.dumps({"text": TEXT * 700, "name": str(number)}).encode()
        begun = time.perf_counter()
        writer.write(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)
        head = await reader.readuntil(b"\r\n\r\n")
        took = time.perf_counter() - begun
        writer.transport.abort()
        return int(head[9:12]), head, took

    async def crowd() -> list[tuple[int, bytes, float]]:
        return await asyncio.gather(*(ask(i) for i in range(14)))

    answers = asyncio.run(crowd())
    busy = [answer for answer in answers if answer[0] == 503]
    assert {answer[0] for answer in answers} == {200, 503}
    assert len(busy) >= 14 - 1 - LIMITS.waiting - 4  # some are answered while others still arrive
    assert all(b"retry-after: 1\r\n" in head for _, head, _ in busy)


def test_only_so_many_batches_at_a_time(service: Service) -> None:
    head = b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
    with service.connect() as first, service.connect() as second:
        first.sendall(head)
        assert status_of(first) == 200
        second.sendall(head)
        assert status_of(second) == 503
        seen = b""
        while not seen.endswith(b"0\r\n\r\n"):  # it sends nothing more, so it is told that it took too long
            seen += first.recv(65536)
        assert b"F504" in seen


def test_a_batch_has_a_largest_size(service: Service) -> None:
    line = json.dumps({"text": TEXT}).encode() + b"\n"
    response = service.client.post(
        "/v1/batch", content=(line for _ in range(5000)), headers={"content-type": "application/x-ndjson"}
    )
    answers = [json.loads(row) for row in response.text.splitlines()]
    assert answers[-1]["code"] == "F502" and answers[0]["kind"] == "report"


def test_a_budget_counts() -> None:
    budget = Budget(10)
    assert budget.take(6) and not budget.take(5) and budget.take(4) and budget.held == 10
    budget.give_back(10)
    assert budget.held == 0


def ask_body(text: str) -> bytes:
    return json.dumps({"text": text}).encode()


def test_a_worker_that_takes_too_long_is_replaced() -> None:
    async def story() -> None:
        pool = Pool(1, Limits(score_seconds=0.2, wait_seconds=30))
        await pool.start()
        before = pool.pids
        try:
            with pytest.raises(FormalismError, match="F504"):
                await pool.ask("score", "application/json", ask_body(LARGE))
            assert (await pool.ask("score", "application/json", ask_body(TEXT))).status == 200
            assert pool.pids != before and len(pool.pids) == 1
        finally:
            await pool.close()

    asyncio.run(story())


@pytest.mark.skipif(os.name != "posix", reason="kills a process by signal")
def test_a_worker_that_dies_costs_one_request() -> None:
    async def story() -> None:
        pool = Pool(1, Limits(waiting=1))
        await pool.start()
        try:
            first = asyncio.create_task(pool.ask("score", "application/json", ask_body(LARGE)))
            await asyncio.sleep(0.1)
            second = asyncio.create_task(pool.ask("score", "application/json", ask_body(TEXT)))
            await asyncio.sleep(0)
            with pytest.raises(FormalismError, match="F503"):
                await pool.ask("score", "application/json", ask_body(TEXT))
            os.kill(pool.pids[0], signal.SIGKILL)
            with pytest.raises(FormalismError, match="F900"):
                await first
            assert (await second).status == 200
        finally:
            await pool.close()
        assert pool.pids == []

    asyncio.run(story())


def test_a_waiter_is_told_when_it_waited_too_long() -> None:
    async def story() -> None:
        pool = Pool(1, Limits(wait_seconds=0.05))
        await pool.start()
        try:
            first = asyncio.create_task(pool.ask("score", "application/json", ask_body(LARGE)))
            await asyncio.sleep(0.05)
            with pytest.raises(FormalismError, match="F503"):
                await pool.ask("score", "application/json", ask_body(TEXT))
            assert (await first).status == 200
        finally:
            await pool.close()

    asyncio.run(story())


def test_a_small_request_overtakes_large_ones() -> None:
    async def story() -> list[str]:
        pool = Pool(1, Limits())
        await pool.start()
        done: list[str] = []

        async def ask(name: str, text: str) -> None:
            await pool.ask("score", "application/json", ask_body(text))
            done.append(name)

        try:
            async with asyncio.TaskGroup() as group:
                for name in ("large 1", "large 2", "large 3"):
                    group.create_task(ask(name, TEXT * 3000))
                await asyncio.sleep(0.05)
                group.create_task(ask("small", TEXT))
        finally:
            await pool.close()
        return done

    assert asyncio.run(story())[:2] == ["large 1", "small"]


@pytest.mark.skipif(os.name != "posix", reason="kills a process by signal")
def test_requests_that_share_a_worker_survive_its_death() -> None:
    async def story() -> None:
        pool = Pool(1, Limits())
        await pool.start()
        try:
            first = asyncio.create_task(pool.ask("score", "application/json", ask_body(LARGE)))
            await asyncio.sleep(0.05)
            others = [asyncio.create_task(pool.ask("score", "application/json", ask_body(f"第{i}项{TEXT}"))) for i in range(10)]
            killed = asyncio.create_task(kill_when_shared(pool, first))
            answers = await asyncio.gather(*others)
            assert await killed
        finally:
            await pool.close()
        texts = [json.loads(answer.body)["document"]["text"] for answer in answers]
        assert texts == [f"第{i}项{TEXT}" for i in range(10)]

    async def kill_when_shared(pool: Pool, first: asyncio.Task[object]) -> bool:
        await first
        os.kill(pool.pids[0], signal.SIGKILL)  # the ten have just been sent to it together
        return True

    asyncio.run(story())


def test_a_pool_says_why_it_cannot_start() -> None:
    with pytest.raises(FormalismError, match=r"F507.*F301"):
        asyncio.run(Pool(1, Limits(), model="/no/such/model").start())
