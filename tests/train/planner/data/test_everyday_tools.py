"""The fixed signatures of everyday tools."""

from pathlib import Path

import pytest

from agent.plan import PlanError, read_plan
from agent.plan.syntax.tree import BUILTINS
from agent.runtime.named_plans import NamedPlans
from tools.sdk.plan_types import Type
from tools.sdk.registry import RESERVED, Registry
from train.planner.data.everyday_tools import everyday_callees, everyday_tools
from train.planner.data.known_tools import known_tools

WANTED = """
    blur pixelate rotate flip resize brighten contrast saturate sharpen sepia invert border
    rounded shadow write_on collage replace_background highlight compare_side_by_side to_format
    straighten volume normalize fade speed pitch reverse mix silence_cut repeat cut_video
    speed_video reverse_video resize_video crop_video rotate_video mute to_gif subtitle
    blur_in_video still shots find_moment read_document page_picture to_csv notes same_voice
    draw_checked
"""
PICTURE_TOOLS = """
    blur pixelate brighten contrast saturate sharpen sepia invert highlight rotate straighten flip
    resize border rounded shadow write_on collage compare_side_by_side replace_background to_format
"""
TOOLS = Registry.load(user_folder=Path("/nowhere"))
NAMES = {"image1": Type("Image"), "video1": Type("Video"), "document1": Type("Document")}


@pytest.mark.parametrize("name", WANTED.split())
def test_there_is_a_signature_for_each_everyday_tool(name: str) -> None:
    assert name in everyday_tools()


def test_the_tools_for_pictures_are_implemented() -> None:
    assert set(PICTURE_TOOLS.split()) <= TOOLS.keys()


@pytest.mark.parametrize("name", [name for name in everyday_tools() if name in TOOLS])
def test_an_implemented_tool_has_the_signature_that_the_planner_learns(name: str) -> None:
    expected, tool = everyday_tools()[name], TOOLS[name]

    assert tool.signature == expected.signature
    assert tool.parameters == expected.parameters
    assert tool.returns == expected.returns
    assert tool.description == expected.description


def test_no_everyday_tool_takes_a_word_of_the_plan_language() -> None:
    assert not everyday_tools().keys() & {*RESERVED, *BUILTINS}


@pytest.mark.parametrize(
    "plan",
    [
        "blurred = blur(image1, faces(image1))",
        'wide = resize(image1, width=1080, height=1080, how="fill")',
        'dimmed = highlight(image1, segment(image1, detect(image1, label="dog")))',
        "clip = cut_video(video1, -5)",
        'left = crop_video(video1, area(still(video1), "left"))',
        "blurred = blur_in_video(video1)",
        'cars = blur_in_video(video1, detect_in_video(video1, label="car"))',
        "words = read_document(document1, pages=[2, 3])",
        "scenes = shots(video1)\nn = len(scenes)\nfirst = mute(scenes[0])",
        'moments = find_moment(video1, "a door opens")\npicture = still(video1, moments[0])',
        "csv = to_csv(read_table(page_picture(document1, 2)))",
        'picture = draw_checked("three dogs", tries=5)',
    ],
)
def test_plans_that_people_need_are_accepted(plan: str) -> None:
    read_plan(f'{plan}\nsay("done")', known_tools(), NAMES)


def test_a_sound_is_no_picture_to_blur() -> None:
    with pytest.raises(PlanError, match="blur needs Image for image"):
        read_plan(
            "blurred = blur(audio1)\nsay('{blurred}')",
            everyday_callees(),
            {"audio1": Type("Audio")},
        )


@pytest.mark.parametrize("name", ["subtitle", "subtitle_file", "find_moment", "draw_checked"])
def test_a_shipped_plan_has_the_signature_that_the_planner_learns(name: str) -> None:
    plan, expected = NamedPlans.load(TOOLS)[name], everyday_tools()[name]

    assert plan.signature == expected.signature
    assert plan.description == expected.description
