from collections.abc import AsyncIterator
from typing import Any

import pytest
from langchain_core.messages import BaseMessage
from pydantic import Field

from agent.plan import CheckedPlan
from agent.planner.llm import LanguageModelError, ScriptedChatModel
from agent.planner.planner import Planner
from agent.record.budget import Budget
from agent.record.events import Event, PlanRejected
from tools.sdk.plan_types import Type
from tools.sdk.registry import Registry

TOOLS = {name: Registry.load()[name] for name in ("grayscale", "detect", "count", "enlarge")}
IMAGE = {"image1": Type("Image")}
SHOWN = {"image1": "a picture of 640×480 pixels"}


class FineTunedModel(ScriptedChatModel):
    """A scripted model that knows the signatures of some tools, and keeps what it is asked.

    It is asked for each line of a plan, so its replies are the lines of these replies.
    """

    known: frozenset[str] = frozenset(tool.signature for tool in TOOLS.values())
    requests: list[dict[str, Any]] = Field(default_factory=list)

    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        self.replies = tuple(
            line for reply in self.replies for line in reply.splitlines(keepends=True)
        )

    async def known_tools(self) -> frozenset[str] | None:
        return self.known

    async def _astream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> AsyncIterator[Any]:
        self.requests.append({"messages": messages, **kwargs})
        async for chunk in super()._astream(messages, *args, **kwargs):
            yield chunk


def new_planner(model: ScriptedChatModel, events: list[Event], **options: Any) -> Planner:
    tools = options.pop("tools", TOOLS)
    return Planner(model, tools, seed=0, emit=events.append, budget=Budget(), **options)


async def plan(
    model: ScriptedChatModel, request: str = "Turn it grey", **options: Any
) -> tuple[CheckedPlan, list[Event]]:
    events: list[Event] = []
    planner = new_planner(model, events, **options)
    return await planner.plan(request, IMAGE, SHOWN, ()), events


async def test_a_fine_tuned_planner_reads_no_descriptions_of_tools_it_knows() -> None:
    model = FineTunedModel(replies=('say("{image1}")',))
    await plan(model)

    prompt = "\n".join(message.text for message in model.requests[0]["messages"])
    assert "grayscale" not in prompt
    assert prompt.endswith("Request: Turn it grey")


async def test_a_fine_tuned_planner_reads_the_description_of_a_tool_it_does_not_know() -> None:
    known = frozenset(tool.signature for name, tool in TOOLS.items() if name != "enlarge")
    model = FineTunedModel(replies=('say("{image1}")',), known=known)
    await plan(model)

    rules = model.requests[0]["messages"][0].text
    assert f"- {TOOLS['enlarge'].signature}: " in rules
    assert "grayscale" not in rules


async def test_a_line_that_is_not_valid_is_written_again_at_once() -> None:
    draft = (
        'grey = grayscale(image1)\ngrey2 = grayscale(imag)\nlarge = enlarge(grey)\nsay("{large}")'
    )
    model = FineTunedModel(replies=(draft,))
    checked, events = await plan(model)

    assert checked.text == 'grey = grayscale(image1)\nlarge = enlarge(grey)\nsay("{large}")\n'
    assert not any(isinstance(event, PlanRejected) for event in events)
    assert [request.get("temperature", 0.0) for request in model.requests] == [0.0, 0.0, 0.7, 0.0]


async def test_each_line_is_held_to_the_names_before_it() -> None:
    model = FineTunedModel(replies=('grey = grayscale(image1)\nsay("{grey}")',))
    await plan(model)

    first, second = model.requests
    assert 'known ::= "image1"\n' in first["grammar"].gbnf
    assert second["messages"][-1].text == "grey = grayscale(image1)\n"
    assert 'known ::= "grey" | "image1"' in second["grammar"].gbnf


async def test_a_plan_of_many_lines_is_one_call_that_reads_its_prompt_once() -> None:
    events: list[Event] = []
    planner = new_planner(
        FineTunedModel(replies=('grey = grayscale(image1)\nsay("{grey}")',)), events
    )
    await planner.plan("Turn it grey", IMAGE, SHOWN, ())
    single = new_planner(FineTunedModel(replies=('say("{image1}")',)), events)
    await single.plan("Turn it grey", IMAGE, SHOWN, ())

    assert planner.usage.calls == 1
    assert planner.usage.input_tokens == single.usage.input_tokens


async def test_a_condition_has_its_lines_and_its_end() -> None:
    draft = (
        'n = count(detect(image1))\nif n > 3:\n    grey = grayscale(image1)\n    say("{grey}")\n'
        'else:\n    say("{n}")'
    )
    checked, _ = await plan(FineTunedModel(replies=(draft,)))

    assert checked.text == draft + "\n"


async def test_a_line_that_says_the_answer_ends_the_plan() -> None:
    model = FineTunedModel(replies=('say("{imag}")', 'say("{image1}")'))
    checked, _ = await plan(model)

    assert checked.text == 'say("{image1}")\n'


async def test_the_sample_that_most_others_agree_with_is_used() -> None:
    bad, grey = 'say("{nothing}")', 'g = grayscale(image1)\nsay("{g}")'
    other, renamed = 'g = enlarge(image1)\nsay("{g}")', 'x = grayscale(image1)\nsay("{x}")'
    model = FineTunedModel(replies=(bad, bad, bad, bad, other, grey, renamed))
    checked, _ = await plan(model)

    assert checked.text == 'g = grayscale(image1)\nsay("{g}")\n'
    assert {request["temperature"] for request in model.requests[4:]} == {0.7}
    assert len({request["seed"] for request in model.requests[4:]}) == 3


async def test_without_a_valid_sample_the_problems_are_told() -> None:
    model = FineTunedModel(replies=('say("{nothing}")',) * 10)
    with pytest.raises(LanguageModelError, match="in 3 tries"):
        await plan(model)


async def test_a_new_tool_gets_no_value_that_nobody_named() -> None:
    known = frozenset(tool.signature for name, tool in TOOLS.items() if name != "detect")
    invented = 'cats = detect(image1, label="zebra")\nsay("{cats}")'
    right = 'dogs = detect(image1, label="dog")\nsay("{dogs}")'

    checked, events = await plan(
        FineTunedModel(replies=(invented, right), known=known), "find the dogs"
    )
    assert checked.text == f"{right}\n"
    assert [type(event) for event in events].count(PlanRejected) == 1

    checked, _ = await plan(FineTunedModel(replies=(invented,) * 5, known=known), "find them")
    assert checked.text == 'say("For detect: what is the label?")\n'

    checked, _ = await plan(FineTunedModel(replies=(invented,)), "find them")
    assert checked.text == f"{invented}\n"


async def test_an_unavailable_tool_is_explained_and_not_repaired() -> None:
    model = FineTunedModel(replies=('large = enlarge(image1)\nsay("{large}")',))
    available = {name: tool for name, tool in TOOLS.items() if name != "enlarge"}
    checked, events = await plan(
        model,
        tools=available,
        absent={"enlarge": TOOLS["enlarge"]},
        why_absent=lambda name: f"There is no model for {name}.",
    )

    assert checked.text == 'say("There is no model for enlarge.")\n'
    assert not any(isinstance(event, PlanRejected) for event in events)


async def test_texts_are_written_by_the_text_model() -> None:
    events: list[Event] = []
    writer = ScriptedChatModel(replies=("Two cups.",))
    planner = new_planner(FineTunedModel(replies=()), events, text_model=writer)

    assert await planner.answer("How many?", {"n": "2"}, "") == "Two cups."


async def test_a_question_about_the_world_is_answered_by_the_text_model() -> None:
    writer = ScriptedChatModel(replies=("It is Tokyo.",))
    checked, _ = await plan(
        FineTunedModel(replies=('say("It is Kyoto.")',)),
        request="What is the capital of Japan?",
        text_model=writer,
    )

    assert checked.text == 'say("It is Tokyo.")\n'


@pytest.mark.parametrize(
    "reply",
    [
        "I am sorry, I have no tool that books flights.",
        "Please add the sound.",
        "You are welcome!",
        "Which of the two pictures?",
        "Je suis désolé, je n'ai pas d'outil qui envoie des e-mails.",
    ],
)
async def test_what_declines_asks_or_greets_is_said_as_it_is(reply: str) -> None:
    checked, _ = await plan(
        FineTunedModel(replies=(f'say("{reply}")',)),
        request="What can you do for me?",
        text_model=ScriptedChatModel(replies=()),
    )

    assert checked.text == f'say("{reply}")\n'


async def test_a_fact_about_a_file_without_a_tool_is_refused() -> None:
    looked = 'n = count(detect(image1))\nsay("{n}")'
    model = FineTunedModel(replies=('say("This is a dog.")', looked))
    checked, events = await plan(model, request="Which animal is in the picture?")

    assert "detect" in checked.text
    assert any(isinstance(event, PlanRejected) for event in events)


async def test_numbers_that_the_request_does_not_name_are_knowledge() -> None:
    draft = 'minutes = 60\nsay("A day has {minutes} minutes.")'
    writer = ScriptedChatModel(replies=("A day has 1440 minutes.",))
    request = "How many minutes are there in a day?"
    checked, _ = await plan(FineTunedModel(replies=(draft,)), request, text_model=writer)

    assert checked.text == 'say("A day has 1440 minutes.")\n'


async def test_arithmetic_with_the_request_s_numbers_stays_the_plan_s() -> None:
    draft = 'left = 7 - 1\nsay("{left} are left.")'
    request = "There were seven apples, I ate one. How many are left?"
    checked, _ = await plan(
        FineTunedModel(replies=(draft,)), request, text_model=ScriptedChatModel(replies=())
    )

    assert checked.text == 'left = 7 - 1\nsay("{left} are left.")\n'
