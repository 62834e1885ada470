"""Which tools the prompt of a general model describes, and where."""

from pathlib import Path

import pytest

from agent.planner.llm import static_part
from agent.planner.plan_prompt import PlanPrompt, example_prompt, short_prompt
from agent.planner.prompts import ConversationTurn
from tools.sdk.registry import Registry

TOOLS = dict(Registry.load(user_folder=Path("/nowhere")))
EVERYDAY = ("blur", "resize", "write_on", "to_format", "collage")
PICTURE = {"image1": "a picture of 640×480 pixels"}


def prompt_for(request: str, *turns: ConversationTurn) -> PlanPrompt:
    return example_prompt(TOOLS, {}, PICTURE, turns, request)


def described(prompt: PlanPrompt) -> set[str]:
    """The everyday tools that the last message describes."""
    text = prompt.messages[-1].text
    return {name for name in EVERYDAY if f"\n- {name}(image" in text}


def test_the_part_that_is_kept_describes_no_everyday_tool() -> None:
    static = static_part(prompt_for("blur it").messages)
    text = static[0].text

    assert "\n- detect(image" in text
    assert not any(f"\n- {name}(" in text for name in EVERYDAY)
    assert static == static_part(prompt_for("How many dogs are there?").messages)


@pytest.mark.parametrize(
    ("request_", "tool"),
    [
        ("please blur the faces of my children", "blur"),
        ("scale it to 640 pixels in width", "resize"),
        ("write 'Merry Christmas' in red at the top", "write_on"),
        ("save this as a pdf file", "to_format"),
    ],
)
def test_a_request_like_an_example_gets_its_tools_described(request_: str, tool: str) -> None:
    prompt = prompt_for(request_)

    assert tool in described(prompt)
    assert tool in prompt.tools
    assert "Request: " + request_ in prompt.messages[-1].text


def test_another_request_is_as_short_as_before() -> None:
    prompt = prompt_for("How many dogs are there?")

    assert described(prompt) == set()
    assert "blur" not in prompt.tools


def test_a_tool_of_an_earlier_plan_is_described_again() -> None:
    turn = ConversationTurn("blur it", "soft = blur(image1)\nsay(soft)", "Here it is.")

    assert "blur" in described(prompt_for("a bit more", turn))


def short_text(known: set[str], request: str, *turns: ConversationTurn) -> str:
    return short_prompt(known, TOOLS, {}, {}, turns, request).messages[0].text


def test_a_fine_tuned_planner_reads_of_an_everyday_tool_it_does_not_know_if_it_may_need_it() -> (
    None
):
    known = {tool.signature for name, tool in TOOLS.items() if name not in ("blur", "detect")}

    assert "- detect(" in short_text(known, "How many dogs are there?")
    assert "- blur(" not in short_text(known, "How many dogs are there?")
    assert "- blur(" in short_text(known, "please blur the faces of my children")
    turn = ConversationTurn("blur it", "soft = blur(image1)\nsay(soft)", "Here it is.")
    assert "- blur(" in short_text(known, "a bit more", turn)


def test_a_fine_tuned_planner_that_knows_all_tools_reads_of_none() -> None:
    known = {tool.signature for tool in TOOLS.values()}

    assert "- " not in short_text(known, "please blur the faces of my children")
