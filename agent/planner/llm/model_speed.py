"""Measure how many tokens a second a local language model processes.

`measure_speed` runs this module in a child process: llama.cpp aborts its process if the processor
lacks an instruction or memory is short, and a child process can be stopped at any moment.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import aclosing
from dataclasses import asdict, dataclass
from pathlib import Path

from agent.planner.llm.llama_server import LlamaServer
from agent.planner.llm.llm_errors import LanguageModelError

LIMIT_S = 30.0
"""For the whole measurement: loading takes 3 s from a fast disk, reading and writing 2 s."""
_WRITE_S = 1.0
_PROMPT = "Count from one to two hundred. " + "Write every number as a word. " * 5


@dataclass(frozen=True)
class Speed:
    """Tokens a second."""

    read_tokens_s: float
    write_tokens_s: float


def measure_speed(model: Path, limit_s: float = LIMIT_S) -> Speed | None:
    """Measure a GGUF file's speed; None if the time limit ends it.

    LanguageModelError if the file cannot be loaded.
    """
    # -P: a folder called `agent` in the working directory must not be imported.
    command = [sys.executable, "-P", "-m", "agent.planner.llm.model_speed", str(model)]
    try:
        # A process that the time limit kills leaves its temporary files, so they go into ours.
        with tempfile.TemporaryDirectory() as folder:
            answer = subprocess.run(
                command,
                env={**os.environ, "TMPDIR": folder},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=limit_s,
                check=True,
            )
    except subprocess.TimeoutExpired:
        return None
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or [f"exit code {error.returncode}"])[-1]
        raise LanguageModelError(
            reason,
            hint="check its file with: batuta models pull --verify",
        ) from error
    return Speed(**json.loads(answer.stdout))


async def _measure(server: LlamaServer) -> Speed:
    # The first request brings the weights from the disk into memory.
    await server.read(_body("Hello.", 1))
    read_tokens, read_s = await _read(server)
    return Speed(round(read_tokens / read_s, 1), round(await _written_tokens_s(server), 1))


async def _read(server: LlamaServer) -> tuple[int, float]:
    """Return the tokens read, and the time to the first token."""
    started = time.monotonic()
    async with aclosing(server.stream(_body(_PROMPT, 1))) as deltas:
        tokens = [delta.input_tokens async for delta in deltas]
    return sum(tokens), time.monotonic() - started


async def _written_tokens_s(server: LlamaServer) -> float:
    """Return the rate of writing, from the first token on."""
    times: list[float] = []
    async with aclosing(server.stream(_body(_PROMPT, 1000))) as deltas:
        async for delta in deltas:
            if delta.text:
                times.append(time.monotonic())
            if times and times[-1] - times[0] > _WRITE_S:
                break
    return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0


def _body(prompt: str, max_tokens: int) -> dict[str, object]:
    messages = [{"role": "user", "content": prompt}]
    # Only the longer answer may reuse what was read before.
    return {"messages": messages, "max_tokens": max_tokens, "cache_prompt": max_tokens > 1}


def _print_speed(model: Path) -> None:
    server = LlamaServer(model, prompt_cache_folder=Path(tempfile.gettempdir()))
    try:
        print(json.dumps(asdict(asyncio.run(_measure(server)))))
    finally:
        server.close()


if __name__ == "__main__":
    try:
        _print_speed(Path(sys.argv[1]))
    except LanguageModelError as error:
        sys.exit(error.message)
