"""Measure how long large photos block the event loop, and so all other visitors.

The time is the CPU time of the event loop's thread, so other load on the machine matters little.

python -m evals.bench.bench_photos
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

PHOTOS = 6
SIDES = (4000, 3000)
PLAN = 'first = grayscale(image1)\nsay("Here it is: {first}")'


def write_photos(folder: Path) -> list[Path]:
    """Write different photos with camera noise."""
    import numpy as np
    import PIL.Image

    paths: list[Path] = []
    for number in range(PHOTOS):
        rng = np.random.default_rng(number)
        coarse = rng.integers(0, 256, (30, 40, 3), np.uint8)
        large = np.asarray(PIL.Image.fromarray(coarse).resize(SIDES), np.int16)
        noisy = large + rng.integers(-6, 7, large.shape, np.int16)
        paths.append(folder / f"{number}.jpg")
        PIL.Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(paths[-1], quality=90)
    return paths


async def measure() -> None:
    """Time a first request without files, one with photos, and the next one."""
    from agent.record.run_outcome import RunOutcome
    from agent.runtime.agent_runtime import AgentRuntime, Settings

    with tempfile.TemporaryDirectory() as home:
        os.environ["BATUTA_HOME"] = home
        replies = Path(home, "replies.txt")
        replies.write_text(f'say("Hello.")\n---\n{PLAN}\n---\n{PLAN}')
        photos = write_photos(Path(home))
        settings = Settings(language_model=f"scripted:{replies}")
        async with AgentRuntime.open(settings) as agent:
            for turn, files in (
                ("the first request", []),
                ("with the photos", photos),
                ("the next request", []),
            ):
                start, loop_start = time.perf_counter(), time.thread_time()
                events = agent.run("Turn the first grey", files, conversation="photos")
                outcome = await RunOutcome().consume(events)
                assert outcome.is_answered, outcome.error
                loop_ms = 1000 * (time.thread_time() - loop_start)
                seconds = time.perf_counter() - start
                print(f"{turn:18} {seconds:6.2f} s, of these {loop_ms:5.0f} ms on the event loop")


if __name__ == "__main__":
    asyncio.run(measure())
