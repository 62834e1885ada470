"""Requests about scenes and sounds with exact ground truth, answered end to end.

Only the answer is scored, not the plan, so that any architecture can be scored.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import PIL.Image
from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Score, Scorer, mean, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import Settings
from evals.harness.attempt import Attempt, DetectedBox, Recorder
from evals.harness.eval_agents import agent_for
from evals.harness.interleave import interleave
from evals.harness.solvers import answer_request, attempt_of
from evals.scoring.audio_scores import claimed_labels
from evals.scoring.metrics import by, cost, interval
from evals.scoring.scorers import FailureKind, failure_of, right, scorer_from, wrong
from evals.user_catalogue import user_catalogue
from evals.world.audio.sounds import RATE, make_sound
from evals.world.images.caption_scores import score_caption
from evals.world.images.drawing_scores import score_drawing
from evals.world.images.scene_claims import read_sentence
from evals.world.images.scenes import Scene, make_scene
from evals.world.vocabulary import KINDS, NUMBERS
from tools import Audio, Box
from tools.home import home
from tools.models.profile import Profile

SEED = 2_000
"""The seed of scenes and sounds; differs from that of the tools' own scores."""
SIZE = 64
MIN_IOU = 0.5
"""IoU threshold from which two boxes match."""
_DETECTIONS_KEY = "seen"


@task
def world(llm: str = "", profile: str = "offline", scenes: int = 20) -> Task:
    """Count, find, describe, draw and listen, scored by outcome."""
    can_draw = Profile.load(profile, user_catalogue()).offers("draw")
    by_scene = [_scene_samples(number, can_draw=can_draw) for number in range(scenes)]
    # Scenes allow different tasks, so samples alternate by task, not by scene.
    by_task: dict[str, list[Sample]] = {}
    for sample in (sample for samples in by_scene for sample in samples):
        by_task.setdefault((sample.metadata or {})["task"], []).append(sample)
    return Task(
        dataset=MemoryDataset(list(interleave(by_task.values())), name="world"),
        solver=[answer_request(llm, profile), look_at_drawings(profile)],
        scorer=fits_the_truth(),
    )


@solver
def look_at_drawings(profile: str = "offline") -> Solver:
    """Store detections in the drawings, so that scoring needs no model."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        attempt = attempt_of(state)
        if state.metadata["task"] != "draw" or not attempt.results:
            return state
        async with agent_for(Settings(profile=profile)) as agent:
            store = agent.session.store
            path = store.export(attempt.results[0].digest, _folder(), str(state.sample_id))
            recorder = Recorder(store.decode)
            plan = 'found = detect@sprites(image1)\nsay("{found}")'
            events = agent.run("what was drawn?", [path], plan=plan)
            await RunOutcome().consume(events, recorder.record)
        boxes = [box for command in recorder.attempt.commands for box in command.boxes or []]
        state.store.set(_DETECTIONS_KEY, [box.model_dump() for box in boxes])
        return state

    return solve


@scorer(metrics=[mean(), interval(), cost(), by("task"), by("aspect")])
def fits_the_truth() -> Scorer:
    """Score whether the answer is true."""

    async def judge(attempt: Attempt, state: TaskState) -> Score:
        if attempt.state != "done":
            return wrong(attempt, failure_of(attempt), attempt.error)
        metadata = state.metadata
        match metadata["task"]:
            case "count" | "subtract":
                fits = first_number(attempt.answer) == metadata["truth"]
            case "find":
                fits = _finds(attempt, _scene(metadata), metadata["truth"])
            case "describe":
                score = score_caption(_scene(metadata), attempt.answer)
                fits = score.f1 == 1 and score.counts_right
            case "draw":
                detections = [
                    _box(DetectedBox(**box)) for box in state.store.get(_DETECTIONS_KEY, [])
                ]
                drawing_score = score_drawing(read_sentence(metadata["truth"]), detections)
                fits = drawing_score.counts and drawing_score.relations is not False
            case "listen":
                fits = claimed_labels(attempt.answer).get("kind") == metadata["truth"]
            case _:
                fits = _says(attempt.answer, metadata["truth"])
        if fits:
            return right(attempt)
        return wrong(attempt, FailureKind.ANSWER, f"true is: {metadata['truth']}")

    return scorer_from(judge)


def first_number(text: str) -> int | None:
    """Return the first number of a text, in digits or words."""
    words = {word: number for number, word in enumerate(NUMBERS)} | {"no": 0, "none": 0}
    for word in re.findall(r"\d+|[a-z]+", text.casefold()):
        if word.isdigit():
            return int(word)
        if word in words:
            return words[word]
    return None


def _says(answer: str, truth: str) -> bool:
    """Return whether the answer contains the word."""
    words = re.findall(r"[a-z]+", answer.casefold())
    if truth in ("yes", "no"):
        # "no model can do this" is not an answer "no", so only the first and last word count.
        return truth in (words[:1] + words[-1:]) and {"yes", "no"} & {*words[:1]} <= {truth}
    return set(truth.removesuffix(" of").replace(" and ", " ").split()) <= set(words)


def _finds(attempt: Attempt, scene: Scene, name: str) -> bool:
    """Return whether the last boxes match all objects of that name."""
    boxes = next((c.boxes for c in reversed(attempt.commands) if c.boxes is not None), [])
    boxes_found = [_box(box) for box in boxes]
    true = [Box(*thing.box) for thing in scene.things if thing.name == name]
    remaining = list(boxes_found)
    for box in true:
        nearest = max(remaining, key=lambda other: box.iou(other), default=None)
        if nearest is None or box.iou(nearest) < MIN_IOU:
            return False
        remaining.remove(nearest)
    return not remaining


def _scene_samples(number: int, *, can_draw: bool) -> list[Sample]:
    """Build a sample of each task; a drawing only if supported."""
    scene = make_scene("test", SEED, number, SIZE)
    file = _folder() / f"scene{number}.png"
    PIL.Image.fromarray(scene.pixels).save(file)
    name, count = Counter(scene.counts).most_common(1)[0]
    plural = KINDS[name].plural
    requests = [
        ("count", "number", f"How many {plural} are in this picture?", count),
        ("subtract", "number", f"I take away one of the {plural}. How many are left?", count - 1),
        ("find", "place", f"Mark every {name} in this picture", name),
        ("describe", "everything", "Describe the picture in one sentence.", scene.caption),
    ]
    aspects = {"colour": "attribute", "where": "relation", "yes or no": "yes or no"}
    for question in scene.questions:
        if aspect := aspects.pop(question.kind, None):
            requests.append(
                (question.kind, aspect, f"{question.text}".capitalize(), question.answer)
            )
    samples = [
        _sample(number, task, aspect, request, truth, [file])
        for task, aspect, request, truth in requests
    ]
    if can_draw:
        words = scene.speak(0, "unseen")
        aspect = "relation" if scene.relations else "number"
        samples.append(_sample(number, "draw", aspect, f"Draw this: {words}", words, []))
    sound = make_sound("test", SEED, number)
    recording = _folder() / f"sound{number}.wav"
    recording.write_bytes(Audio(sound.samples, RATE).encode())
    sound_request = "What can be heard in this recording?"
    samples.append(
        _sample(number, "listen", "kind", sound_request, sound.content.name, [recording])
    )
    return samples


def _sample(
    number: int, task: str, aspect: str, request: str, truth: str | int, files: Sequence[Path]
) -> Sample:
    return Sample(
        id=f"{task.replace(' ', '-')}-{number}",
        input=request,
        target=str(truth),
        metadata={
            "task": task,
            "aspect": aspect,
            "truth": truth,
            "scene": number,
            "files": [str(file) for file in files],
        },
    )


def _scene(metadata: dict[str, int]) -> Scene:
    return make_scene("test", SEED, metadata["scene"], SIZE)


def _box(box: DetectedBox) -> Box:
    return Box(box.left, box.top, box.right, box.bottom, box.label)


def _folder() -> Path:
    """Return the folder for the images and sounds of the requests."""
    folder = home() / "eval-media"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
