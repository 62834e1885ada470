"""Drawings that are checked, and drawn again: the steps, the plan, and the small models."""

from collections.abc import Iterator
from pathlib import Path

import PIL.Image
import pytest

from agent.plan import CallSite, Interpretation, interpret, read_plan
from agent.runtime.named_plans import NamedPlans
from evals.user_catalogue import user_catalogue
from evals.world.images.scenes import make_scene
from tools import BadArgument, Box, Boxes, Image
from tools.library.drawing_checks.best_drawing import best_drawing
from tools.library.drawing_checks.drawing_faults import drawing_faults
from tools.library.drawing_checks.drawing_report import drawing_report
from tools.library.drawing_checks.drawing_wordings import MAX_TRIES, drawing_wordings
from tools.library.vision.detect import Detector, OpenDetector
from tools.models.residency.card_loader import open_model
from tools.sdk.plan_types import Value
from tools.sdk.registry import Registry

PLAIN = Image(PIL.Image.new("RGB", (64, 64), (255, 0, 255)))
"""No scene of the sprite world: none of its backgrounds is magenta."""
TOOLS = Registry.load(user_folder=Path("/nowhere"))


class SeesTwoCups(Detector):
    labels = ("cup", "dog")

    def find(self, image: Image) -> Boxes:
        return Boxes((Box(0, 0, 9, 9, "cup", 0.9), Box(20, 0, 29, 9, "cup", 0.8)))


class SeesWhatever(SeesTwoCups, OpenDetector):
    def find_named(self, image: Image, label: str) -> Boxes:
        return Boxes(() if label == "unicorn" else (Box(0, 0, 9, 9, label),))


def test_a_detector_of_fixed_kinds_checks_numbers_by_other_words_too() -> None:
    assert drawing_faults(SeesTwoCups(), PLAIN, "two mugs") == []
    assert drawing_faults(SeesTwoCups(), PLAIN, "three blue cups and a dog") == [
        "2 instead of 3 cups",
        "cup not blue",
        "no dog",
    ]


def test_an_open_vocabulary_detector_is_asked_for_each_object() -> None:
    assert drawing_faults(SeesWhatever(), PLAIN, "a unicorn and a teapot") == ["no unicorn"]


def test_what_the_detector_does_not_know_is_a_fault() -> None:
    assert drawing_faults(SeesTwoCups(), PLAIN, "a unicorn to the left of two cups") == [
        "unicorn unknown to the detector"
    ]


def test_each_try_has_a_wording() -> None:
    assert drawing_wordings("could you sketch 6 apples for me?", 2) == ["six apples", "six apples"]
    assert drawing_wordings("six apples by Monet", 3) == [
        "six apples by Monet",
        "six apples by Monet, exactly six apples",
        "six apples by Monet, exactly six apples",
    ]


@pytest.mark.parametrize("tries", [0, MAX_TRIES + 1])
def test_tries_have_bounds(tries: int) -> None:
    with pytest.raises(BadArgument, match=f"tries is {tries}; 1 to 8 are allowed"):
        drawing_wordings("six apples", tries)


def test_a_prompt_that_names_nothing_cannot_be_checked() -> None:
    with pytest.raises(BadArgument, match="no drawing of 'freedom' can be checked"):
        drawing_wordings("freedom")


def test_the_first_drawing_with_the_fewest_faults_is_the_best() -> None:
    pictures = [Image(PIL.Image.new("RGB", (4, 4), (shade, 0, 0))) for shade in (1, 2, 3)]

    assert best_drawing(pictures, [["a", "b"], ["a"], ["b"]]) is pictures[1]
    with pytest.raises(BadArgument, match="3 pictures and 1 lists of faults"):
        best_drawing(pictures, [[]])


def test_the_report_says_how_many_tries_it_took_and_what_is_missing() -> None:
    assert drawing_report("two dogs", [["no dog"], []], 4) == (
        "Drawing 2 of at most 4 shows what was asked for, as far as the detector sees: two dogs."
    )
    assert drawing_report("two dogs", [["1 instead of 2 dogs", "x"], ["no dog"]], 2) == (
        "None of 2 drawings is quite what was asked for. On this one, the best, the check finds: "
        "no dog."
    )
    assert "not quite" in drawing_report("two dogs", [["no dog"]], 1)
    with pytest.raises(BadArgument, match="no drawing to report on"):
        drawing_report("two dogs", [], 1)


class Studio:
    """Performs the plan: its drawings are told apart by their shade, the faults are scripted."""

    def __init__(self, *faults: int) -> None:
        self.fault_counts: Iterator[int] = iter(faults)
        self.draws: list[CallSite] = []

    async def __call__(self, site: CallSite) -> Value:
        if site.tool.name == "draw":
            self.draws.append(site)
            return Image(PIL.Image.new("RGB", (4, 4), (len(self.draws), 0, 0)))
        if site.tool.name == "drawing_faults":
            return ["no dog"] * next(self.fault_counts)
        return site.tool.function(**site.arguments)


async def run_plan(tries: int, studio: Studio) -> Interpretation:
    plans = NamedPlans.load(TOOLS)
    plan = read_plan(
        f'picture = draw_checked("please draw 2 dogs", {tries})\nsay("{{picture}}")',
        {**TOOLS, **plans},
        {},
    )
    return await interpret(plan, {}, studio)


def shade(result: Interpretation) -> int:
    picture = result.values["picture"]
    assert isinstance(picture, Image)
    return int(picture.array()[0, 0, 0])


@pytest.mark.parametrize(
    ("tries", "faults", "drawings", "chosen"),
    [
        (4, (0,), 1, 1),
        (4, (2, 0), 2, 2),
        (4, (2, 1, 3, 1), 4, 2),
        (1, (1,), 1, 1),
        (2, (1, 1), 2, 1),
        (8, (3, 3, 3, 3, 3, 3, 3, 2), 8, 8),
        (8, (3, 3, 3, 3, 3, 3, 0), 7, 7),
    ],
)
async def test_it_draws_until_a_drawing_has_no_fault(
    tries: int, faults: tuple[int, ...], drawings: int, chosen: int
) -> None:
    studio = Studio(*faults)

    result = await run_plan(tries, studio)

    assert result.failures == ()
    assert len(studio.draws) == drawings
    assert shade(result) == chosen
    (remark,) = result.remarks
    assert ("quite what was asked for" in remark) == (0 not in faults)


async def test_each_drawing_has_a_seed_of_its_own_and_plain_words() -> None:
    studio = Studio(*[1] * 8)

    await run_plan(8, studio)

    assert len({site.occurrence for site in studio.draws}) == 8
    prompts = [site.arguments["prompt"] for site in studio.draws]
    assert prompts == ["two dogs"] * 8


async def test_too_many_tries_fail_before_anything_is_drawn() -> None:
    studio = Studio()

    result = await run_plan(9, studio)

    assert studio.draws == []
    assert result.remarks == ()
    assert "1 to 8 are allowed" in result.failures[0].error.message


@pytest.mark.slow
def test_the_small_detector_finds_no_faults_in_true_scenes_and_some_in_others() -> None:
    detector = open_model(user_catalogue()["detect/sprites"])
    scenes = [make_scene("test", 5, number, 256, "clear") for number in range(60)]
    pictures = [Image(PIL.Image.fromarray(scene.pixels)) for scene in scenes]

    right = [
        drawing_faults(detector, picture, scene.caption) == []
        for scene, picture in zip(scenes, pictures, strict=True)
    ]
    wrong = [
        drawing_faults(detector, picture, scene.caption) == []
        for scene, picture in zip(scenes, [*pictures[1:], pictures[0]], strict=True)
    ]

    assert sum(right) >= 50
    assert sum(wrong) == 0
