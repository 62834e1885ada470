"""Compare the architectures on the same requests, generators and judge.

    python -m evals.pages.architectures_page [--requests 12]

Writes docs/architectures.md and docs/architectures.png. Twelve requests of each task take a quarter
of an hour on two cores. Every request has a phrasing, and a combination of objects, numbers, places
and backgrounds, that is not in the training data.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from statistics import mean, median
from typing import Annotated

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import typer

from agent.record.artifacts import references
from agent.record.events import UsageReported
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime, Settings
from agent.runtime.run_coroutine import run_coroutine
from evals.harness.agent_run import collect_run
from evals.harness.peak_memory import peak_bytes, reset_peak
from evals.scoring.joint_scores import SEED, matches_answer, open_painter_and_judge, to_media
from evals.scoring.metrics import wilson_interval
from evals.user_catalogue import user_catalogue
from evals.world.dialogue.dialogues import Dialogue, make_dialogue
from evals.world.images.drawing_scores import background_colour
from evals.world.images.scene_claims import read_sentence
from tools import Image
from tools.adapters.transformers.rt_detr import RtDetr
from tools.home import home
from tools.models.download import fetch

DOCS = Path(__file__).parents[2] / "docs"
PAGE, IMAGES, PARTS = (DOCS / f"architectures{end}" for end in (".md", ".png", "-parts.json"))
ARCHITECTURES: Mapping[str, str] = {
    "I, by words": "", "II, by vectors": "joint:sprites", "III, by codes": "joint:codes"
}  # fmt: skip
"""Conductors by name of the architecture; empty for the profile's own."""
TASKS: Mapping[str, str] = {
    "number": "number, 1 to 9",
    "subtract": "subtraction",
    "relation": "relation",
    "attribute": "attribute: the background",
    "fewer": "reference to an image",
    "heard": "audio → image",
    "next": "multi-turn",
}
EXAMPLE_REQUESTS = (
    "there were 7 apples, I ate one: draw what is left",
    "draw two cats left of a house",
    "an owl on a blue background",
)
SEEDS = range(8)
TILE, GAP, LINE = 96, 4, 22


@dataclass(frozen=True)
class Trial:
    """The outcome of one request."""

    task: str
    reference: str
    right: bool
    seconds: float
    tokens: int
    answer: str


@dataclass(frozen=True)
class ArchitectureRecord:
    """All trials of one architecture."""

    name: str
    trials: Sequence[Trial]
    peak_bytes: int


async def run_trials(
    name: str, conductor: str, dialogues: Sequence[Dialogue]
) -> ArchitectureRecord:
    """Run one architecture on all dialogues."""
    _, judge = open_painter_and_judge()
    reset_peak()
    async with AgentRuntime.open(Settings(language_model=conductor)) as agent:
        await agent.warm_up()
        trials = [await run_dialogue(agent, dialogue, judge) for dialogue in dialogues]
    return ArchitectureRecord(name, trials, peak_bytes())


async def run_dialogue(agent: AgentRuntime, dialogue: Dialogue, judge: RtDetr) -> Trial:
    """Run a dialogue and judge the answer to its last request."""
    conversation, seconds, tokens = "", 0.0, 0
    outcome = RunOutcome()
    with tempfile.TemporaryDirectory() as folder:
        for number, exchange in enumerate(dialogue.exchanges):
            files: list[Path] = []
            for item in exchange.inputs:
                medium = to_media(item)
                files.append(Path(folder, f"{number}{medium.suffix}"))
                files[-1].write_bytes(medium.encode())
            run = await collect_run(agent.run(exchange.request, files, conversation=conversation))
            outcome = run.outcome
            conversation = conversation or outcome.run
            for event in run.events:
                if isinstance(event, UsageReported):
                    seconds += event.seconds
                    tokens += event.input_tokens + event.output_tokens
    reference = dialogue.exchanges[-1].answer
    picture = _picture(agent, outcome)
    right = picture is not None and _is_right(dialogue.kind, reference, picture, judge)
    return Trial(dialogue.kind, reference, right, seconds, tokens, outcome.answer or outcome.error)


def _picture(agent: AgentRuntime, outcome: RunOutcome) -> Image | None:
    """Return the last image of an answer."""
    for result in reversed(outcome.results):
        for digest in reversed(references(result.value)):
            medium = agent.session.store.get(digest)
            if isinstance(medium, Image):
                return medium
    return None


def _is_right(task: str, reference: str, picture: Image, judge: RtDetr) -> bool:
    if task == "attribute":
        colours = read_sentence(reference).background
        if frozenset({background_colour(picture.array())}) != colours:
            return False
    return matches_answer(reference, judge.find(picture))


async def draw_page() -> PIL.Image.Image:
    """Draw a row of the first seeds per request and architecture, unselected."""
    height = len(EXAMPLE_REQUESTS) * (LINE + len(ARCHITECTURES) * (TILE + GAP))
    page = PIL.Image.new("RGB", (LINE + len(SEEDS) * (TILE + GAP), height), "white")
    pen, font = PIL.ImageDraw.Draw(page), PIL.ImageFont.load_default(14)
    for row, conductor in enumerate(ARCHITECTURES.values()):
        async with AgentRuntime.open(Settings(language_model=conductor)) as agent:
            for block, request in enumerate(EXAMPLE_REQUESTS):
                top = block * (LINE + len(ARCHITECTURES) * (TILE + GAP))
                pen.text((LINE, top + 2), f"“{request}”", fill="black", font=font)
                top += LINE + row * (TILE + GAP)
                pen.text((4, top + TILE // 2 - 8), "I" * (row + 1), fill="black", font=font)
                plan = ""
                for seed in SEEDS:
                    run = await collect_run(agent.run(request, seed=seed, plan=plan))
                    # The same plan with another seed draws another image.
                    plan = run.plans[-1].plan if run.plans else ""
                    if picture := _picture(agent, run.outcome):
                        tile = picture.opaque().resize((TILE, TILE))
                        page.paste(tile, (LINE + seed * (TILE + GAP), top))
    return page


def count_trained_parameters(conductor: str) -> int:
    """Count the conductor's trained parameters; all share the same generators."""
    if not conductor:
        return 0
    from safetensors import safe_open

    files = fetch(user_catalogue()[conductor.replace(":", "/")])
    with safe_open(files["model.safetensors"], "pt") as weights:
        sizes = [weights.get_slice(name).get_shape() for name in weights.keys()]  # noqa: SIM118
    return sum(map(prod, sizes))


def page_of(records: Sequence[ArchitectureRecord], parts: Mapping[str, Mapping[str, str]]) -> str:
    """Return the Markdown page."""
    requests = len(records[0].trials) // len(TASKS)
    lines = [
        "# The architectures, side by side",
        "",
        "In Architecture I a language model writes a plan, and everything between models is "
        "text. In Architecture II images, video and audio enter a language model as vectors and "
        "leave it as signal tokens, whose states condition the generators. In Architecture III "
        "they enter in the same way, and the language model writes an image itself, in codes of "
        "a codebook that decodes them without a generator "
        "([how](architecture.md#joint-models-architectures-ii-and-iii)). I and II have the same "
        "generators, and the small detector scores all: a drawing is correct if it shows the "
        "requested number of each object, in the requested position. No request was in the "
        "training data, neither its phrasing nor its combination. A failed run counts as wrong. "
        "II and III were trained on dialogues of these kinds and can do nothing else; the "
        "language model of Architecture I was trained on none of them, and also plans for "
        "photos, speech and videos.",
        "",
        f"`python -m evals.pages.architectures_page --requests {requests}`, on two CPU cores",
        "",
        _table(
            ["correct", *(record.name for record in records)],
            [
                [title, *(_share(_of(record, [task])) for record in records)]
                for task, title in TASKS.items()
            ]
            + [
                ["**all**", *(_share(record.trials) for record in records)],
                ["seconds, median", *(f"{_seconds(record):.1f}" for record in records)],
                ["tokens, mean", *(f"{_tokens(record):,.0f}" for record in records)],
                ["peak memory", *(f"{r.peak_bytes / 2**30:.1f} GiB" for r in records)],
                [
                    "trained parameters of the conductor",
                    *(
                        f"{count_trained_parameters(conductor):,}"
                        for conductor in ARCHITECTURES.values()
                    ),
                ],
            ],
        ),
        "",
        "(In brackets: the 95 % confidence interval.)",
        "",
        "The same by the requested number, for numbers and subtractions:",
        "",
        _table(
            ["number", *map(str, range(1, 10))],
            [[record.name, *_by_number(record)] for record in records],
        ),
        "",
        "![The drawings of each for three requests](architectures.png)",
        "",
        "*The first eight seeds of three requests, unselected; from the top: by words, by vectors, "
        "by codes.*",
    ]
    if parts:
        lines += [
            "",
            "## Ablations of Architecture II",
            "",
            "`python -m train.joint.compare_parts`: each trained from scratch, at an equal budget",
        ]
    for title, rows in parts.items():
        lines += ["", title, "", _table(["", "score"], [list(row) for row in rows.items()])]
    return "\n".join(lines) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _of(record: ArchitectureRecord, tasks: Sequence[str]) -> list[Trial]:
    return [trial for trial in record.trials if trial.task in tasks]


def _share(trials: Sequence[Trial]) -> str:
    right = sum(trial.right for trial in trials)
    low, high = wilson_interval(right, len(trials))
    return f"{right} of {len(trials)} ({low:.2f} to {high:.2f})"


def _seconds(record: ArchitectureRecord) -> float:
    return median(trial.seconds for trial in record.trials)


def _tokens(record: ArchitectureRecord) -> float:
    return mean(trial.tokens for trial in record.trials)


def _by_number(record: ArchitectureRecord) -> list[str]:
    trials = _of(record, ["number", "subtract"])
    cells: list[str] = []
    for number in range(1, 10):
        matching = [t for t in trials if [*read_sentence(t.reference).counts.values()] == [number]]
        cells.append(f"{sum(t.right for t in matching)} of {len(matching)}" if matching else "–")
    return cells


@contextmanager
def without_cache() -> Generator[None]:
    """Use a home folder without cached results, only weights and prompt caches."""
    real_home = home()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("weights", "unpacked", "llm-cache"):
            (real_home / name).mkdir(parents=True, exist_ok=True)
            Path(folder, name).symlink_to(real_home / name)
        previous_home = os.environ.get("BATUTA_HOME")
        os.environ["BATUTA_HOME"] = folder
        try:
            yield
        finally:
            if previous_home is None:
                del os.environ["BATUTA_HOME"]
            else:
                os.environ["BATUTA_HOME"] = previous_home


async def compare(requests: int) -> list[ArchitectureRecord]:
    """Run all architectures on the same requests."""
    dialogues = [
        make_dialogue(task, "test", SEED, number) for task in TASKS for number in range(requests)
    ]
    return [await run_trials(*architecture, dialogues) for architecture in ARCHITECTURES.items()]


def main(
    requests: Annotated[int, typer.Option(min=1, help="Requests of each task.")] = 12,
) -> None:
    """Write docs/architectures.md and its images."""
    with without_cache():
        records = run_coroutine(compare(requests))
        run_coroutine(draw_page()).save(IMAGES, optimize=True)
    parts = json.loads(PARTS.read_text()) if PARTS.exists() else {}
    PAGE.write_text(page_of(records, parts))


if __name__ == "__main__":
    typer.run(main)
