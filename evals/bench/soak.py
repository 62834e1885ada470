"""Many visitors at once, for minutes, with stops, garbage, hostile files and two crashes.

python -m evals.bench.soak [--visitors 100] [--minutes 10] [--pause 2] [--seed 0]

A chat server of its own with a scripted planner and cheap tools, killed twice in the first half.
Each visitor uploads files that hold tokens of their own. At the end every accepted request must
have a result with its token, and no visitor may have received the token of another.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import random
import re
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import PIL.Image

from agent.record.journal import Run, Runs
from agent.record.run_outcome import RunOutcome
from tools.errors import BatutaError

_MAIN = "from agent.cli.main import main; main()"
_PLANS = """
when: stamp this
word = stamp(text1)
say("{word}")
---
when: which colour
word = colour_code(image1)
say("{word}")
---
when: take your time
word = nap(text1, 2)
say("{word}")
"""
_CRASHES_AT = (0.15, 0.35)
"""When the server is killed, as shares of the time."""
MAX_GROWTH = 0.10
_START_SECONDS = 120.0
_ANSWER_SECONDS = 120.0
_TOKEN = re.compile(r"tok(\d{3})x[0-9a-f]{12}", re.IGNORECASE)


@dataclass
class SoakRequest:
    """One request that a visitor sent."""

    visitor: int
    token: str
    expected: str
    """What its answer must contain."""
    sent_at: float
    accepted: bool = False
    """Whether its page emptied the field that it was written in; before, the words stay there."""
    answered_at: float = 0.0
    stopped: bool = False

    @property
    def seconds(self) -> float:
        return self.answered_at - self.sent_at


@dataclass
class Tally:
    """What happened to all visitors."""

    requests: list[SoakRequest] = field(default_factory=list[SoakRequest])
    counts: Counter[str] = field(default_factory=Counter[str])
    foreign: list[str] = field(default_factory=list[str])
    """Tokens that reached a visitor who did not send them."""
    memory: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    """Resident bytes of the server by seconds since the start."""
    crashes: int = 0
    """How often the server was killed."""


class ChatServer:
    """`batuta chat` in a process that can be killed and started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self._port = int(listener.getsockname()[1])
        (home / "plans.txt").write_text(_PLANS.strip(), encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Start the server and wait until it serves its page."""
        command = [sys.executable, "-c", _MAIN, "chat", "--port", str(self._port)]
        command += ["--llm", f"scripted:{self.home / 'plans.txt'}"]
        command += ["--tools", str(Path(__file__).with_name("soak_tools.py"))]
        with (self.home / "server.log").open("ab") as log:
            environment = {**os.environ, "BATUTA_HOME": str(self.home)}
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + _START_SECONDS
        async with httpx.AsyncClient(base_url=self.url) as client:
            while time.monotonic() < deadline and self._process.poll() is None:
                with suppress(httpx.HTTPError):
                    if (await client.get("/config")).status_code == 200:
                        return
                await asyncio.sleep(0.2)
        raise SystemExit((self.home / "server.log").read_text(errors="replace")[-3000:])

    def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def resident_bytes(self) -> int:
        """Return the resident memory of the server, without its decoder processes."""
        if self._process is None:
            return 0
        with suppress(OSError):
            for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        return 0


class SoakVisitor:
    """A visitor who does one thing after another, at random."""

    def __init__(self, number: int, url: str, tally: Tally, pause: float, seed: int) -> None:
        self._number = number
        self._tally = tally
        self._pause = pause
        self._random = random.Random(f"{seed} {number}")
        self._client = httpx.AsyncClient(base_url=url, timeout=60)
        self._functions: dict[str, int] = {}
        self._session = ""
        self._stream: asyncio.Task[None] | None = None
        self._request: SoakRequest | None = None
        self._event = ""
        self._completed_events: dict[str, bool] = {}
        """Whether each completed event emptied the field for requests."""

    async def run(self, until: float) -> None:
        """Act until that time on the monotonic clock."""
        actions: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (8, self._stamp),
            (4, self._colour),
            (2, self._stop),
            (2, self._reload),
            (2, self._garbage),
            (1, self._hostile),
        ]
        weights = [weight for weight, _ in actions]
        while time.monotonic() < until:
            try:
                if not self._session:
                    await self._reload()
                ((_, act),) = self._random.choices(actions, weights)
                await act()
            except (httpx.HTTPError, OSError):
                self._tally.counts["connection lost"] += 1
                self._session = ""
                await asyncio.sleep(1)
            await asyncio.sleep(self._random.uniform(0, 2 * self._pause))

    async def look(self) -> None:
        """Open the page once more, so that all that it shows is checked."""
        with suppress(httpx.HTTPError, TimeoutError):
            await self._reload()
            await asyncio.sleep(2)

    async def close(self) -> None:
        if self._stream:
            self._stream.cancel()
            await asyncio.wait({self._stream})
        await self._client.aclose()

    async def _reload(self) -> None:
        """Open the page in a new session and follow it."""
        if self._stream:
            self._stream.cancel()
            await asyncio.wait({self._stream})
        config = (await self._client.get("/config")).json()
        self._functions = {item["api_name"]: item["id"] for item in config["dependencies"]}
        self._session = secrets.token_hex(6)
        await self._join("stream")
        self._stream = asyncio.create_task(self._follow(self._session))
        self._tally.counts["pages opened"] += 1

    async def _follow(self, session: str) -> None:
        """Read what the server sends to a page, and look for tokens."""
        route = f"/gradio_api/queue/data?session_hash={session}"
        with suppress(httpx.HTTPError, OSError):
            async with self._client.stream("GET", route, timeout=None) as response:
                async for line in response.aiter_lines():
                    self._read(line)
        if session == self._session:
            self._session = ""

    def _read(self, line: str) -> None:
        for match in _TOKEN.finditer(line):
            if int(match[1]) != self._number:
                self._tally.foreign.append(f"visitor {self._number} received {match[0]}")
        if completed := completed_event(line):
            self._completed_events.update([completed])
        request = self._request
        if request is None:
            return
        request.accepted = request.accepted or self._completed_events.get(self._event, False)
        if not request.answered_at and request.expected in line:
            request.answered_at = time.monotonic()

    async def _stamp(self) -> None:
        token = self._token()
        await self._ask(token, "stamp this", f"{token}.txt", token.encode(), token.upper())

    async def _colour(self) -> None:
        token = self._token()
        colour = tuple(self._random.randbytes(3))
        file = io.BytesIO()
        PIL.Image.new("RGB", (64, 64), colour).save(file, "PNG")
        expected = "COLOUR" + "".join(f"{part:02X}" for part in colour)
        await self._ask(token, "which colour", f"{token}.png", file.getvalue(), expected)

    async def _stop(self) -> None:
        token = self._token()
        asking = asyncio.create_task(
            self._ask(token, "take your time", f"{token}.txt", token.encode(), token.upper())
        )
        await asyncio.sleep(self._random.uniform(0.2, 3))
        try:
            if self._request and not self._request.answered_at:
                self._request.stopped = True
                await self._act("stop")
        finally:
            await asking

    async def _ask(self, token: str, words: str, name: str, content: bytes, expected: str) -> None:
        """Ask in a new conversation and wait for the answer."""
        await self._act("new")
        upload = await self._upload(name, content)
        text = {"text": f"{words} {token}", "files": [_file_object(upload)]}
        sent_at = time.monotonic()
        response = await self._join("ask", text, None)
        if response.status_code != 200:
            self._tally.counts[f"refused with {response.status_code}"] += 1
            return
        self._event = str(response.json()["event_id"])
        self._request = request = SoakRequest(self._number, token, expected, sent_at)
        request.accepted = self._completed_events.get(self._event, False)
        self._tally.requests.append(request)
        deadline = time.monotonic() + _ANSWER_SECONDS
        while not (request.answered_at or request.stopped or not self._session):
            if self._completed_events.get(self._event) is False:
                self._tally.counts["refused with a sentence on the page"] += 1
                return
            if time.monotonic() > deadline:
                self._tally.counts["answers not shown in time"] += 1
                return
            await asyncio.sleep(0.02)

    async def _garbage(self) -> None:
        """Send what no page sends; anything but a server error is right."""
        kind = {"content-type": "application/json"}
        bodies = [
            self._random.randbytes(200),
            b'{"data": ' + b"[" * 300 + b"]" * 300 + b"}",
            json.dumps({"data": [None], "fn_index": 9_999, "session_hash": "x"}).encode(),
            json.dumps({"data": [{"path": "/etc/passwd"}], "session_hash": "x"}).encode(),
        ]
        response = await self._client.post(
            "/gradio_api/queue/join", content=self._random.choice(bodies), headers=kind
        )
        self._tally.counts["garbage"] += 1
        if response.status_code >= 500:
            self._tally.counts["server errors"] += 1

    async def _hostile(self) -> None:
        """Attach a file that cannot be used."""
        files = [
            ("noise.png", b"\x89PNG\r\n\x1a\n" + self._random.randbytes(500)),
            ("noise.mp4", b"\0\0\0\x18ftypmp42" + self._random.randbytes(500)),
            ("page.pdf", _form_that_draws_itself()),
            ("control.txt", b"\x1b[2J\x07 text"),
        ]
        name, content = self._random.choice(files)
        upload = await self._upload(name, content)
        await self._join("attach", {"text": "", "files": [_file_object(upload)]}, None)
        self._tally.counts["hostile files"] += 1

    async def _upload(self, name: str, content: bytes) -> str:
        response = await self._client.post("/gradio_api/upload", files={"files": (name, content)})
        response.raise_for_status()
        return str(response.json()[0])

    async def _act(self, action: str) -> None:
        await self._join("on_action", event_data={"do": action})

    async def _join(
        self, function: str, *data: object, event_data: object = None
    ) -> httpx.Response:
        body = {
            "data": data,
            "fn_index": self._functions[function],
            "session_hash": self._session,
            "event_data": event_data,
        }
        return await self._client.post("/gradio_api/queue/join", json=body)

    def _token(self) -> str:
        return f"tok{self._number:03d}x{self._random.randbytes(6).hex()}"


async def soak(visitors: int, minutes: float, pause: float, seed: int, home: Path) -> Tally:
    """Let the visitors act and return what happened."""
    tally, server = Tally(), ChatServer(home)
    await server.start()
    start = time.monotonic()
    end = start + 60 * minutes
    people = [SoakVisitor(n, server.url, tally, pause, seed) for n in range(visitors)]
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_crash(server, tally, start, end))
            group.create_task(_watch_memory(server, tally, start, end))
            for person in people:
                group.create_task(person.run(end))
        await asyncio.sleep(5)  # what was asked last is answered
        await asyncio.gather(*(person.look() for person in people))
        return tally
    finally:
        await asyncio.gather(*(person.close() for person in people))
        server.kill()


async def _crash(server: ChatServer, tally: Tally, start: float, end: float) -> None:
    for share in _CRASHES_AT:
        await asyncio.sleep(start + share * (end - start) - time.monotonic())
        server.kill()
        tally.crashes += 1
        await server.start()


async def _watch_memory(server: ChatServer, tally: Tally, start: float, end: float) -> None:
    while time.monotonic() < end:
        tally.memory.append((time.monotonic() - start, server.resident_bytes()))
        await asyncio.sleep(1)


def missing_requests(tally: Tally, home: Path) -> tuple[list[SoakRequest], list[SoakRequest]]:
    """Return the accepted requests without a right result, and the requests that never began."""
    outcomes = _outcomes(home)
    missing: list[SoakRequest] = []
    not_begun: list[SoakRequest] = []
    for request in tally.requests:
        outcome = next(
            (outcome for text, outcome in outcomes.items() if request.token in text), None
        )
        if outcome is None:
            (missing if request.accepted else not_begun).append(request)
        elif not (request.expected in outcome.answer or request.stopped):
            missing.append(request)
    return missing, not_begun


def _outcomes(home: Path) -> dict[str, RunOutcome]:
    """Return the outcome of every run by its request."""
    outcomes: dict[str, RunOutcome] = {}
    for path in Runs(home / "runs").folder.iterdir():
        outcome = RunOutcome()
        with suppress(BatutaError, OSError):
            for event in Run(path).events():
                outcome.update(event)
        outcomes[outcome.request] = outcome
    return outcomes


def memory_growth(memory: Sequence[tuple[float, int]]) -> tuple[int, int, float]:
    """Return the bytes after half of the time, at the end, and the growth between them.

    Both are medians over a tenth of the time.
    """
    end = memory[-1][0]

    def median(begin: float, stop: float) -> int:
        return round(statistics.median(size for at, size in memory if begin <= at / end <= stop))

    half, last = median(0.5, 0.6), median(0.9, 1.0)
    return half, last, last / half - 1


def completed_event(line: str) -> tuple[str, bool] | None:
    """Return a completed event, and whether it emptied the field for requests."""
    if '"process_completed"' not in line:
        return None
    message = json.loads(line.removeprefix("data:"))
    match message.get("output"):
        case {"data": [{"text": "", "files": []}, *_]}:
            return str(message["event_id"]), True
        case _:
            return str(message["event_id"]), False


def _file_object(upload: str) -> dict[str, object]:
    return {"path": upload, "meta": {"_type": "gradio.FileData"}}


def _form_that_draws_itself() -> bytes:
    """Return a small PDF document whose drawing never ends."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 5 0 R"
        b"/Resources<</XObject<</F 4 0 R>>>>>>endobj\n"
        b"4 0 obj<</Type/XObject/Subtype/Form/BBox[0 0 200 200]/Length 10"
        b"/Resources<</XObject<</F 4 0 R>>>>>>stream\n/F Do /F Do\nendstream endobj\n"
        b"5 0 obj<</Length 5>>stream\n/F Do\nendstream endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )


def show(tally: Tally, home: Path, visitors: int, minutes: float) -> bool:
    """Print the table and return whether nothing was lost, mixed up or leaking."""
    missing, not_begun = missing_requests(tally, home)
    seconds = sorted(request.seconds for request in tally.requests if request.answered_at)
    half, last, growth = memory_growth(tally.memory)
    rows = [
        ("visitors, minutes", f"{visitors}, {minutes:g}"),
        ("requests sent", f"{len(tally.requests):,}"),
        ("not begun when their page or the server went", f"{len(not_begun):,}"),
        ("answers shown", f"{len(seconds):,}"),
        ("stopped", f"{sum(request.stopped for request in tally.requests):,}"),
        ("server killed", f"{tally.crashes} times"),
        ("lost", f"{len(missing)}"),
        ("mixed up", f"{len(tally.foreign)}"),
        ("server errors", f"{tally.counts['server errors']}"),
        ("memory after half of the time", f"{half / 1e6:,.0f} MB"),
        ("memory at the end", f"{last / 1e6:,.0f} MB ({growth:+.1%})"),
    ]
    if seconds:
        percentile = seconds[int(0.95 * (len(seconds) - 1))]
        times = f"{statistics.median(seconds):.2f} s, {percentile:.2f} s, {seconds[-1]:.2f} s"
        rows.append(("answer: median, 95 %, longest", times))
    rows += [(name, f"{count:,}") for name, count in sorted(tally.counts.items())]
    for name, value in rows:
        print(f"| {name} | {value} |")
    for request in missing[:10]:
        print(f"lost: {request}", file=sys.stderr)
    for line in tally.foreign[:10]:
        print(f"mixed up: {line}", file=sys.stderr)
    return not (missing or tally.foreign or tally.counts["server errors"] or growth > MAX_GROWTH)


def main() -> None:
    parser = argparse.ArgumentParser(description="Many visitors at once, for minutes.")
    parser.add_argument("--visitors", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--pause", type=float, default=2, help="Mean seconds between actions.")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        tally = asyncio.run(
            soak(options.visitors, options.minutes, options.pause, options.seed, home)
        )
        fine = show(tally, home, options.visitors, options.minutes)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
