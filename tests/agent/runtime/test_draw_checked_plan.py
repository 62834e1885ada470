"""The named plans that draw several times: checked by a detector, by questions, or compared."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import PIL.Image
import pytest

from agent.plan import CallSite, Interpretation, interpret, read_plan
from agent.runtime.named_plans import NamedPlans
from tools import Image
from tools.sdk.plan_types import Value
from tools.sdk.registry import Registry

TOOLS = Registry.load(user_folder=Path("/nowhere"))


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
        if site.tool.name == "ask_image":
            return str(next(self.fault_counts))
        if site.tool.name == "search_images":
            return list(reversed(cast("list[Image]", site.arguments["images"])))
        return site.tool.function(**site.arguments)


async def run_call(call: str, studio: Studio) -> Interpretation:
    plans = NamedPlans.load(TOOLS)
    plan = read_plan(f'picture = {call}\nsay("{{picture}}")', {**TOOLS, **plans}, {})
    return await interpret(plan, {}, studio)


async def run_plan(tries: int, studio: Studio) -> Interpretation:
    return await run_call(f'draw_checked("please draw 2 dogs", {tries})', studio)


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


@pytest.mark.parametrize(
    ("tries", "counts", "drawings", "chosen"),
    [
        (4, (2,), 1, 1),
        (4, (3, 2), 2, 2),
        (2, (3, 4), 2, 1),
        (8, (1, 1, 1, 1, 1, 1, 1, 2), 8, 8),
    ],
)
async def test_a_vision_model_that_counts_decides_as_well(
    tries: int, counts: tuple[int, ...], drawings: int, chosen: int
) -> None:
    studio = Studio(*counts)

    result = await run_call(f'draw_with_questions("please draw 2 dogs", {tries})', studio)

    assert result.failures == ()
    assert len(studio.draws) == len({site.occurrence for site in studio.draws}) == drawings
    assert shade(result) == chosen
    (remark,) = result.remarks
    if counts[-1] == 2:
        assert "as far as the vision model sees: two dogs." in remark
    else:
        assert "None of 2 drawings" in remark
        assert f"{counts[0]} instead of 2 dogs" in remark


async def test_of_several_drawings_the_most_similar_to_the_prompt_is_kept() -> None:
    studio = Studio()

    result = await run_call('best_of(3, "please draw 2 dogs")', studio)

    assert len({site.occurrence for site in studio.draws}) == 3
    assert shade(result) == 3
    assert result.remarks == (
        "The best of 3 drawings, by how well a model finds that each fits the words.",
    )


async def test_one_drawing_is_not_called_the_best_of_one() -> None:
    result = await run_call('best_of(1, "2 dogs")', Studio())

    assert result.remarks == ()


@pytest.mark.parametrize(
    "call", ['best_of(9, "2 dogs")', 'draw_with_questions("2 dogs", 0)', 'best_of(2, " ")']
)
async def test_what_cannot_be_drawn_so_often_fails_before_anything_is_drawn(call: str) -> None:
    studio = Studio()

    result = await run_call(call, studio)

    assert len(result.failures) == 1
    assert studio.draws == []
