"""Load and abuse of ``formalism serve`` on this machine: ``python -m benchmarks.service``.

Starts the service as a user would, asks it from many clients, then attacks it; prints every figure and ends with 1 when one
of the promises is broken: no error, no hang, the honest client is served during and after each attack, memory stays bounded.
Sends traffic to 127.0.0.1 only, for a bounded time.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import click
import psutil

from benchmarks.http_load import Tally, load, once, post, score_request
from formalism_nlp import store
from formalism_nlp.apps.service.limits import MIB, Limits
from formalism_nlp.apps.service.pool import Pool
from formalism_nlp.apps.service.run import cores
from formalism_nlp.values.report import Report

CHARACTERS = 600
TOGETHER = 16
PROMISED_RATE, PROMISED_P99 = 300, 300


def texts(size: int = CHARACTERS) -> list[str]:
    """Different texts of ``size`` characters from the documents of this repository."""
    whole = "\n".join(p.read_text(encoding="utf-8") for p in sorted((store.data_folder("corpora") / "documents").glob("*.txt")))
    return [whole[i : i + size] for i in range(0, len(whole) - size, size)]


class Server:
    """The service in a process of its own."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "formalism_nlp", "serve", "--port", "0", "--quiet", *options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self._process.stdout.readline())
        if found is None:
            raise SystemExit("the service did not start")
        self.port = int(found[1])

    def memory(self) -> list[int]:
        """Resident MB of the front and of each worker."""
        front = psutil.Process(self._process.pid)
        return [p.memory_info().rss // MIB for p in (front, *sorted(front.children(), key=lambda p: p.pid))]

    def busy(self) -> tuple[float, float]:
        """CPU seconds of the front, and of all workers, since they started."""
        front = psutil.Process(self._process.pid)
        times = [sum(p.cpu_times()[:2]) for p in (front, *front.children())]
        return times[0], sum(times[1:])

    def alive(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)


def machine_seconds() -> float:
    """CPU seconds that all processes of this machine have used."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0)


class Verdict:
    """Collects broken promises."""

    def __init__(self) -> None:
        self.broken: list[str] = []

    def say(self, line: str, kept: bool = True) -> None:
        click.echo(f"{'' if kept else 'BROKEN '}{line}")
        if not kept:
            self.broken.append(line)


def engines(seconds: float) -> None:
    """Scoring alone, without HTTP: threads of one process against processes, both sixteen texts at a time."""
    from formalism_nlp.api import default_scorer

    samples = texts()
    bundles = [samples[i : i + TOGETHER] for i in range(0, len(samples), TOGETHER)]
    scorer = default_scorer()
    scorer.score(samples[0]).to_json()
    until = time.perf_counter() + seconds

    def thread(number: int) -> int:
        done = 0
        while time.perf_counter() < until:
            for report in scorer.score_many(bundles[(number + done) % len(bundles)]):
                assert isinstance(report, Report)
                report.to_json()
                done += 1
        return done

    with ThreadPoolExecutor(cores()) as pool:
        done = sum(pool.map(thread, range(cores())))
    click.echo(f"engine: {cores()} threads in one process   {done / seconds:7.0f} scores/s")
    done = asyncio.run(_processes(samples, seconds))
    click.echo(f"engine: {cores()} worker processes          {done / seconds:7.0f} scores/s (with the pipe to them)")


async def _processes(samples: list[str], seconds: float) -> int:
    pool = Pool(cores(), Limits())
    await pool.start()
    until = time.perf_counter() + seconds
    bodies = [score_request(text).partition(b"\r\n\r\n")[2] for text in samples]

    async def keep_busy(number: int) -> int:
        done = 0
        while time.perf_counter() < until:
            await pool.ask("score", "application/json", bodies[(number + done) % len(bodies)])
            done += 1
        return done

    done = sum(await asyncio.gather(*(keep_busy(i) for i in range(TOGETHER * cores()))))
    await pool.close()
    return done


def show(name: str, tally: Tally) -> str:
    rate = tally.count(200) / tally.took
    busy = f", {tally.count(503)} × 503 in p99 {tally.quantile(0.99, 503):.0f} ms" if tally.count(503) else ""
    other = sum(map(len, tally.seconds.values())) - tally.count(200) - tally.count(503) + tally.errors.total()
    return (
        f"{name}: {rate:.0f} scores/s, p50 {tally.quantile(0.5, 200):.0f} ms, p99 {tally.quantile(0.99, 200):.0f} ms"
        f"{busy}, {other} errors {dict(tally.errors) or ''}"
    )


async def measure(server: Server, clients: int, seconds: float, verdict: Verdict) -> None:
    """Load that is promised, and load that is too much."""
    requests = [score_request(text) for text in texts()]
    await load(server.port, requests, clients=clients, seconds=1)
    before, begun, own, whole = server.memory(), server.busy(), time.process_time(), machine_seconds()
    tally = await load(server.port, requests, clients=clients, seconds=seconds)
    spent = [time.process_time() - own, *(b - a for a, b in zip(begun, server.busy(), strict=True))]
    others = (machine_seconds() - whole - sum(spent)) / (cores() * tally.took)
    kept = tally.count(200) / tally.took >= PROMISED_RATE and tally.quantile(0.99, 200) <= PROMISED_P99
    clean = not tally.errors and set(tally.seconds) == {200}
    verdict.say(show(f"load: {clients} clients, {CHARACTERS} characters, {seconds:g} s", tally), kept and clean)
    used = [1000 * seconds / max(tally.count(200), 1) for seconds in spent]
    verdict.say("load: CPU ms a request: clients {:.2f}, front {:.2f}, workers {:.2f}".format(*used))
    verdict.say(f"load: other programs of this machine took {others:.0%} of its cores meanwhile")
    after = server.memory()
    verdict.say(f"load: memory MB front+workers {before} → {after}", sum(after) < 1.2 * sum(before) + 20)
    tally = await load(server.port, requests, clients=256, seconds=seconds / 2)
    verdict.say(
        show("overload: 256 clients", tally),
        not tally.errors and set(tally.seconds) <= {200, 503} and tally.quantile(1, 503) < 2000,
    )
    form = [post("/v2/check", b"language=zh-CN&text=" + _quoted(text), "application/x-www-form-urlencoded") for text in texts()]
    tally = await load(server.port, form, clients=clients, seconds=seconds / 2)
    verdict.say(show(f"/v2/check: {clients} clients", tally), not tally.errors and set(tally.seconds) == {200})


def _quoted(text: str) -> bytes:
    return b"".join(b"%%%02X" % byte for byte in text.encode())


Attack = Callable[[int], Awaitable[str]]


async def attacked(server: Server, name: str, attack: Attack, verdict: Verdict) -> None:
    """Run an attack while an honest client asks again and again; report what both saw."""
    request = score_request(texts()[0])
    honest = Tally()
    over = asyncio.Event()

    async def ask() -> None:
        while not over.is_set():
            try:
                status, _, seconds = await once(server.port, request)
                honest.note(status, seconds)
            except (OSError, EOFError, TimeoutError) as error:
                honest.errors[type(error).__name__] += 1
            await asyncio.sleep(0.05)

    client = asyncio.create_task(ask())
    found = await attack(server.port)
    over.set()
    await client
    kept = server.alive() and not honest.errors and set(honest.seconds) == {200} and honest.quantile(1, 200) < 5000
    verdict.say(
        f"abuse: {name}: {found}; honest client {honest.count(200)} × 200, {honest.errors.total()} errors, slowest {honest.quantile(1, 200):.0f} ms; memory MB {server.memory()}",
        kept,
    )


@click.command()
@click.option("--clients", default=32, show_default=True)
@click.option("--seconds", default=20.0, show_default=True, help="Length of the load; other parts follow it")
@click.option("--abuse/--no-abuse", default=True, show_default=True)
@click.option("--figures/--no-figures", default=True, show_default=True)
def main(clients: int, seconds: float, abuse: bool, figures: bool) -> None:
    """Measure and attack the service."""
    from benchmarks.service_abuse import ATTACKS

    verdict = Verdict()
    click.echo(f"{cores()} cores; the clients run on the same ones")
    if figures:
        engines(min(seconds, 5))
    server = Server()
    try:
        if figures:
            asyncio.run(measure(server, clients, seconds, verdict))
        if abuse:
            for name, attack in ATTACKS.items():
                asyncio.run(attacked(server, name, attack, verdict))
            tally = asyncio.run(load(server.port, [score_request(t) for t in texts()], clients=clients, seconds=3))
            verdict.say(show("after all abuse", tally), not tally.errors and set(tally.seconds) == {200})
    finally:
        server.stop()
    click.echo(f"{len(verdict.broken)} promises broken")
    sys.exit(1 if verdict.broken else 0)


if __name__ == "__main__":
    main()
