"""Our tools in the loop of an agent of LangChain."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.tools import BaseTool, ToolException

from agent import Agent, AsyncAgent
from agent.api.answer import Answer
from tests.agent.conftest import SLOW_TOOLS
from tests.agent.langchain.conftest import ScriptedAssistant, call
from tools import tool
from tools.errors import InputError


def uri_of(message: BaseMessage) -> str:
    return json.loads(message.text)["uri"]


def grey_half(photo: Path) -> ScriptedAssistant:
    """Cuts the left half out of a photo, makes the result grey, and says where it is."""
    return ScriptedAssistant(
        replies=[
            lambda messages: call("crop", image=str(photo), region=[0, 0, 4, 6]),
            lambda messages: call("grayscale", image=uri_of(messages[-1])),
            lambda messages: AIMessage(f"It is in {json.loads(messages[-1].text)['path']}"),
        ]
    )


REQUEST: Any = {"messages": [("user", "Cut the left half out and turn it grey.")]}


def tool_messages(state: dict[str, Any]) -> list[ToolMessage]:
    return [message for message in state["messages"] if isinstance(message, ToolMessage)]


def test_an_agent_of_langchain_calls_our_tools_and_passes_results_on(photo: Path) -> None:
    model = grey_half(photo)
    with Agent.open() as agent:
        tools = agent.langchain_tools("crop", "grayscale", folders=[photo.parent])
        state = create_agent(model, tools=tools).invoke(REQUEST)

    cut, grey = tool_messages(state)
    assert (cut.status, grey.status) == ("success", "success")
    assert json.loads(cut.text)["description"] == "a picture of 4×6 pixels"
    assert isinstance(grey.artifact, Answer)
    assert grey.artifact.images[0].size == (4, 6)
    red, green, blue = grey.artifact.images[0].array()[0, 0, :3]
    assert red == green == blue
    path = Path(state["messages"][-1].text.removeprefix("It is in "))
    assert path.read_bytes() == grey.artifact.images[0].encode()
    assert [each["function"]["name"] for each in model.offered] == ["crop", "grayscale"]


async def test_the_tools_of_an_asynchronous_agent_run_in_its_loop(photo: Path) -> None:
    async with AsyncAgent.open() as agent:
        tools = agent.langchain_tools("crop", "grayscale", folders=[photo.parent])
        state = await create_agent(grey_half(photo), tools=tools).ainvoke(REQUEST)

    assert [message.status for message in tool_messages(state)] == ["success", "success"]


async def test_the_tools_of_a_synchronous_agent_can_be_awaited(photo: Path) -> None:
    with Agent.open() as agent:
        (grayscale,) = agent.langchain_tools("grayscale", folders=[photo.parent])
        content = await grayscale.ainvoke({"image": str(photo)})

    assert json.loads(content)["kind"] == "image"


async def test_a_tool_of_an_asynchronous_agent_says_how_to_call_it(home: Path) -> None:
    async with AsyncAgent.open() as agent:
        (grayscale,) = agent.langchain_tools("grayscale")
        content = grayscale.invoke({"image": "photo.png"})

    assert "hint: call it with ainvoke" in content


def test_the_schema_of_the_arguments_comes_from_the_signature(home: Path) -> None:
    with Agent.open(tools=[SLOW_TOOLS]) as agent:
        echo, lots = agent.langchain_tools("echo", "draw_lots")

    assert echo.description == "Give the text back after a while."
    assert echo.args == {"text": {"type": "string"}, "ms": {"type": "integer"}}
    assert isinstance(echo.args_schema, dict)
    assert echo.args_schema["required"] == ["text", "ms"]
    assert lots.args["seed"]["type"] == "integer"


def test_all_tools_have_schemas_that_providers_accept(home: Path) -> None:
    model = ScriptedAssistant(replies=[lambda messages: AIMessage("Hello.")])
    with Agent.open() as agent:
        tools = agent.langchain_tools()
        create_agent(model, tools=tools).invoke(REQUEST)

    assert {"crop", "detect", "grayscale", "speak"} <= {each.name for each in tools}
    assert len(model.offered) == len(tools) > 50
    for offered in model.offered:
        jsonschema.Draft202012Validator.check_schema(offered["function"]["parameters"])


def test_values_are_text_and_the_same_seed_gives_the_same_result(home: Path) -> None:
    with Agent.open(tools=[SLOW_TOOLS]) as agent:
        echo, letters, lots = agent.langchain_tools("echo", "letters", "draw_lots")

        assert echo.invoke({"text": "hello", "ms": 1}) == "hello"
        assert letters.invoke({"text": "abc", "ms": 1}) == '["a", "b", "c"]'
        assert lots.invoke({"seed": 7}) == "7"


def test_images_are_content_blocks_where_that_is_asked_for(photo: Path) -> None:
    with Agent.open() as agent:
        (grayscale,) = agent.langchain_tools("grayscale", folders=[photo.parent], images=True)
        message = grayscale.invoke(
            {"type": "tool_call", "id": "1", "name": "grayscale", "args": {"image": str(photo)}}
        )

    text, image = message.content_blocks
    assert json.loads(text["text"])["kind"] == "image"
    assert (image["type"], image["mime_type"]) == ("image", "image/png")


def run_and_read_error(tools: list[BaseTool], *calls: AIMessage) -> str:
    """Let an agent make calls that fail, and return the last error that it reads."""
    replies = [lambda messages, reply=reply: reply for reply in (*calls, AIMessage("I see."))]
    state = create_agent(ScriptedAssistant(replies=replies), tools=tools).invoke(REQUEST)
    assert state["messages"][-1].text == "I see."
    *_, message = tool_messages(state)
    assert message.status == "error"
    return message.text


def test_an_error_of_a_tool_reaches_the_language_model_with_its_hint(home: Path) -> None:
    with Agent.open(tools=[SLOW_TOOLS]) as agent:
        error = run_and_read_error(agent.langchain_tools("refuse"), call("refuse", text="x"))

    assert "'x' is not a good text\nhint: try another" in error


def test_a_path_outside_of_the_allowed_folders_is_not_opened(photo: Path) -> None:
    with Agent.open() as agent:
        tools = agent.langchain_tools("grayscale", folders=[photo.parent / "home"])
        error = run_and_read_error(tools, call("grayscale", image=str(photo)))
        none_allowed = run_and_read_error(
            agent.langchain_tools("grayscale"), call("grayscale", image=str(photo))
        )

    assert "is not below" in error
    assert "no folder is allowed\nhint: the user can allow one with: folders=[FOLDER]" in (
        none_allowed
    )


def test_a_wrong_argument_is_an_error_that_names_the_signature(home: Path) -> None:
    with Agent.open(tools=[SLOW_TOOLS]) as agent:
        error = run_and_read_error(
            agent.langchain_tools("echo"), call("echo", words="x"), call("echo", text=7, ms=1)
        )

    assert "text is 7, which is Integer; allowed is Text" in error


def test_errors_are_raised_where_that_is_asked_for(home: Path) -> None:
    with Agent.open(tools=[SLOW_TOOLS]) as agent:
        (refuse,) = agent.langchain_tools("refuse")
        refuse.handle_tool_error = False
        with pytest.raises(ToolException, match="is not a good text"):
            refuse.invoke({"text": "x"})


@tool(ask=True)
def send(text: str) -> str:
    """Send a text."""
    return f"sent {text}"


def test_a_tool_that_needs_approval_runs_only_with_it(home: Path) -> None:
    with Agent.open(tools=[send]) as agent:
        waiting, refused, approved = (
            agent.langchain_tools("send", approve=approve)[0].invoke({"text": "hello"})
            for approve in (None, lambda review: False, lambda review: True)
        )

    assert "waits for approval" in waiting
    assert "the plan was refused" in refused
    assert approved == "sent hello"


def test_an_unknown_name_is_an_error_with_a_suggestion(home: Path) -> None:
    with Agent.open() as agent, pytest.raises(InputError, match="did you mean grayscale"):
        agent.langchain_tools("greyscale")


def test_one_tool_can_be_called_without_langchain(photo: Path) -> None:
    with Agent.open() as agent:
        answer = agent.call("grayscale", {"image": str(photo)}, folders=[photo.parent])

        assert answer.images[0].size == (8, 6)
        assert "grayscale" in agent.tools
