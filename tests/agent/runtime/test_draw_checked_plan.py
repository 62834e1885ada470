"""The named plan `draw_checked`: drawings that are checked, and drawn again."""

from collections.abc import Iterator
from pathlib import Path

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
