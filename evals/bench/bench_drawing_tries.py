"""Measure how far checking and drawing again lifts the drawings of the sprite world.

    python -m evals.bench.bench_drawing_tries [--cases 150]

Held-out combinations in held-out phrasings. Each request is drawn eight times as it is worded and
eight times in plain words, as `draw_checked` does. Each method chooses among the first 1, 2, 4 or 8
drawings:

    by CLIP              the drawing most similar to the request, of all of them
    checked              the first drawing without a fault, or that with the fewest
    by CLIP, plain       by CLIP, of those in plain words
    draw_checked         checked, of those in plain words
    draw_with_questions  those in plain words, checked by questions to the small captioner
    perfect, plain       a correct drawing wherever one of those in plain words is correct

The judge compares the layers of a drawing with the sprites themselves, and reads the request by the
templates it was made of. It shares only the geometry of positions with the check.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from evals.scoring.layer_scores import LayerScore, score_layers
from evals.scoring.metrics import wilson_interval
from evals.scoring.paired_tests import run_paired_test
from evals.user_catalogue import user_catalogue
from evals.world.images.scenes import Scene, make_scene
from evals.world.splits import Split
from tools import Image
from tools.library.drawing_checks.drawing_faults import drawing_faults
from tools.library.vision.ask_image import Answerer
from tools.library.vision.classify import Matcher
from tools.library.vision.detect import Detector
from tools.models.residency.card_loader import open_model
from tools.signal.drawings.prompt_questions import questions_for
from tools.signal.drawings.prompt_wording import plain_prompt
from tools.sprites.adapters.scene_layers import SceneLayers
from tools.sprites.scene_sheet import from_sheet

SEED = 7_000
"""The seed of the requests, used by no other measurement."""
TRIES = (1, 2, 4, 8)
MEASURES = ("number", "relation", "attribute", "everything")


@dataclass(frozen=True)
class Trial:
    """One drawing of a request."""

    faults: int
    """The number of faults that the detector finds."""
    similarity: float
    """Of the drawing and the request, by CLIP."""
    score: LayerScore
    answer_faults: int = 0
    """The number of faults by the answers of the captioner."""


@dataclass(frozen=True)
class Case:
    """A request with its drawings."""

    worded: Sequence[Trial]
    """As the request is worded."""
    plain: Sequence[Trial]
    """In plain words, with the same seeds."""
    is_reworded: bool = True


@dataclass(frozen=True)
class Choice:
    """The drawing that a method chooses, and how many it drew for that."""

    score: LayerScore
    drawings: int


class Models:
    """The models that draw, check and compare."""

    def __init__(self) -> None:
        catalogue = user_catalogue()
        self.painter: SceneLayers = open_model(catalogue["draw/sprites"])
        self.detector: Detector = open_model(catalogue["detect/sprites"])
        self.matcher: Matcher = open_model(catalogue["classify/sprites"])
        self.answerer: Answerer = open_model(catalogue["caption/sprites"])

    def draw_case(self, split: Split, number: int) -> Case:
        """Draw one request in both wordings, with the seeds that a run gives its tries."""
        scene = make_scene(split, SEED, number, level="clear")
        request = scene.speak(0, "unseen")
        seeds = range(number * max(TRIES), (number + 1) * max(TRIES))
        worded = [self._draw(scene, request, request, seed) for seed in seeds]
        wording = plain_prompt(request)
        if not wording:
            return Case(worded, worded, is_reworded=False)
        return Case(worded, [self._draw(scene, request, wording, seed) for seed in seeds])

    def _draw(self, scene: Scene, request: str, wording: str, seed: int) -> Trial:
        import PIL.Image

        layers = from_sheet(self.painter.generate_sheet(wording, seed))
        image = Image(PIL.Image.fromarray(layers.render(self.painter.side)))
        return Trial(
            faults=len(drawing_faults(self.detector, image, request)),
            similarity=float(self.matcher.similarities([image], [request])[0, 0]),
            score=score_layers(scene, request, layers),
            answer_faults=self._count_answer_faults(image, request),
        )

    def _count_answer_faults(self, image: Image, request: str) -> int:
        questions = questions_for(request)
        return sum(bool(q.fault(self.answerer.answer(image, q.text))) for q in questions)


def choose_by_similarity(case: Case, tries: int) -> Choice:
    return _most_similar(case.worded[:tries])


def choose_plain_by_similarity(case: Case, tries: int) -> Choice:
    return _most_similar(case.plain[:tries])


def choose_checked(case: Case, tries: int) -> Choice:
    return _first_without_fault(case.worded[:tries])


def choose_plain_checked(case: Case, tries: int) -> Choice:
    return _first_without_fault(case.plain[:tries])


def choose_plain_by_questions(case: Case, tries: int) -> Choice:
    trials = [replace(trial, faults=trial.answer_faults) for trial in case.plain[:tries]]
    return _first_without_fault(trials)


def choose_perfectly(case: Case, tries: int) -> Choice:
    trials = case.plain[:tries]
    return Choice(max(trials, key=lambda trial: trial.score.everything).score, tries)


def _most_similar(trials: Sequence[Trial]) -> Choice:
    return Choice(max(trials, key=lambda trial: trial.similarity).score, len(trials))


def _first_without_fault(trials: Sequence[Trial]) -> Choice:
    number = next((n for n, trial in enumerate(trials, 1) if not trial.faults), len(trials))
    best = min(trials[:number], key=lambda trial: trial.faults)
    return Choice(best.score, number)


METHODS: dict[str, Callable[[Case, int], Choice]] = {
    "by CLIP": choose_by_similarity,
    "checked": choose_checked,
    "by CLIP, plain": choose_plain_by_similarity,
    "draw_checked": choose_plain_checked,
    "draw_with_questions": choose_plain_by_questions,
    "perfect, plain": choose_perfectly,
}


def main(
    cases: Annotated[int, typer.Option(min=1, help="Requests, each drawn 16 times.")] = 150,
) -> None:
    """Print the share of correct drawings of each method and number of tries."""
    started = time.perf_counter()
    models = Models()
    drawn_cases = [models.draw_case("test", number) for number in range(cases)]
    table = Table("tries", "method", *MEASURES, "drawings", "against CLIP: everything")
    for tries in TRIES:
        by_similarity = [choose_by_similarity(case, tries) for case in drawn_cases]
        for method, choose in METHODS.items():
            choices = [choose(case, tries) for case in drawn_cases]
            table.add_row(str(tries), method, *_cells(choices, by_similarity))
    console = Console(width=160)
    console.print(table)
    reworded = sum(case.is_reworded for case in drawn_cases)
    seconds = time.perf_counter() - started
    console.print(f"{cases} requests, {reworded} of them reworded, {seconds:.0f} s")
    for checker, count in (("check", _faults), ("questions", _answer_faults)):
        for line in _checker_lines(checker, drawn_cases, count):
            console.print(line)


def _cells(choices: Sequence[Choice], baseline: Sequence[Choice]) -> Iterator[str]:
    for measure in MEASURES:
        yield _share(getattr(choice.score, measure) for choice in choices)
    yield f"{sum(choice.drawings for choice in choices) / len(choices):.2f}"
    test = run_paired_test(
        *([float(choice.score.everything) for choice in side] for side in (baseline, choices))
    )
    difference = sum(choice.score.everything for choice in choices) - sum(
        choice.score.everything for choice in baseline
    )
    yield f"{difference / len(choices):+.2f} ({test.low:+.2f} to {test.high:+.2f})"


def _share(outcomes: Iterable[bool | None]) -> str:
    answers = [answer for answer in outcomes if answer is not None]
    low, high = wilson_interval(sum(answers), len(answers))
    return f"{sum(answers) / max(len(answers), 1):.2f} ({low:.2f}-{high:.2f}, {len(answers)})"


def _faults(trial: Trial) -> int:
    return trial.faults


def _answer_faults(trial: Trial) -> int:
    return trial.answer_faults


def _checker_lines(
    checker: str, drawn_cases: Sequence[Case], count: Callable[[Trial], int]
) -> Iterator[str]:
    """Say how often a checker agrees with the judge about single drawings."""
    trials = [trial for case in drawn_cases for trial in case.worded]
    passed = [trial.score.everything for trial in trials if not count(trial)]
    failed = [trial.score.everything for trial in trials if count(trial)]
    yield f"passed by the {checker} and correct: {_share(passed)}"
    yield f"failed by the {checker} and still correct: {_share(failed)}"


if __name__ == "__main__":
    typer.run(main)
