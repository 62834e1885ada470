"""Tools of LangChain in plans: their types, their values and their errors."""

import base64
import io
from pathlib import Path
from typing import Any, Literal

import PIL.Image
import pytest
from langchain_core.documents import Document
from langchain_core.tools import BaseTool, StructuredTool, ToolException
from langchain_core.tools import tool as langchain_tool
from pydantic import BaseModel, Field

from agent import Agent, RunFailed
from agent.langchain.imported_tool import tool_of_langchain
from tools import Image
from tools.errors import BadArgument, PluginError, ToolError


@langchain_tool
def price(dish: Literal["soup", "fish"], count: int = 1) -> float:
    """Return the price of a dish in euros."""
    return {"soup": 3.5, "fish": 12.0}[dish] * count


@langchain_tool
def fail(text: str) -> str:
    """Fail."""
    raise ToolException(f"{text} is out of stock")


@langchain_tool
async def wait_for(word: str) -> str:
    """Return a word, asynchronously only."""
    return f"{word}!"


@langchain_tool
def mirror(picture: PIL.Image.Image) -> PIL.Image.Image:
    """Mirror a picture."""
    return picture.transpose(PIL.Image.Transpose.FLIP_LEFT_RIGHT)


@langchain_tool
def width(picture: Image) -> int:
    """Return the width of a picture."""
    return picture.width


@langchain_tool
def file_type(file: Path) -> str:
    """Return what a file begins with."""
    return f"{file.suffix} {file.read_bytes()[:4]!r}"


class Options(BaseModel):
    sizes: dict[str, int]


class Order(BaseModel):
    options: Options
    names: list[str] = Field(default_factory=list)
    note: str | None = None


class OrderTool(BaseTool):
    name: str = "place-order"
    description: str = "Place an order.\nWith <tags> and {fields}."
    args_schema: Any = Order

    def _run(self, options: Options, names: list[str], note: str | None = None) -> Any:
        return {"sizes": options.sizes, "names": names, "note": note}


def test_types_come_from_annotations(home: Path) -> None:
    signatures = [
        tool_of_langchain(each).signature for each in (price, mirror, width, file_type, wait_for)
    ]

    assert signatures == [
        'price(dish: "soup" or "fish", count: Integer or None = None) -> Number',
        "mirror(picture: Image) -> Image",
        "width(picture: Image) -> Integer",
        "file_type(file: Any) -> Text",
        "wait_for(word: Text) -> Text",
    ]


def test_other_types_are_given_as_json_and_descriptions_are_one_line(home: Path) -> None:
    plan_tool = tool_of_langchain(OrderTool())

    assert plan_tool.signature == (
        "place_order(options: Text, names: list[Text] or None = None, note: Text or None = None)"
        " -> Any"
    )
    assert plan_tool.description == (
        "Place an order. With (tags) and (fields). Write options as JSON, with doubled braces."
    )


def test_a_json_schema_is_read_like_annotations(home: Path) -> None:
    described = StructuredTool.from_function(
        lambda **arguments: str(arguments),
        name="go",
        description="Go.",
        args_schema={
            "type": "object",
            "properties": {
                "speed": {"type": "number"},
                "way": {"enum": ["up", "down"], "type": "string"},
            },
            "required": ["way"],
        },
    )

    plan_tool = tool_of_langchain(described)

    assert plan_tool.signature == 'go(way: "up" or "down", speed: Number or None = None) -> Any'
    assert plan_tool(way="up") == "{'way': 'up'}"


def test_plans_call_tools_of_langchain(photo: Path) -> None:
    plan = (
        'cost = price(dish="soup", count=2)\n'
        "mirrored = mirror(picture=image1)\n"
        "pixels = width(picture=mirrored)\n"
        "begin = file_type(file=image1)\n"
        'word = wait_for(word="hello")\n'
        'order = place_order(options="{{\\"sizes\\": {{\\"x\\": 1}}}}", names=["a"])\n'
        'say("{cost} {pixels} {begin} {word} {order} {mirrored}")'
    )
    tools = [price, mirror, width, file_type, wait_for, OrderTool()]
    with Agent.open(tools=tools) as agent:
        answer = agent.run(plan=plan, files=[photo])

    assert answer.values["cost"] == 7
    assert answer.values["pixels"] == 8
    assert answer.values["begin"] == ".png b'\\x89PNG'"
    assert answer.values["word"] == "hello!"
    assert answer.values["order"] == '{"sizes": {"x": 1}, "names": ["a"], "note": null}'
    assert answer.images[0].size == (8, 6)


def test_the_planner_sees_them(home: Path) -> None:
    script = home / "replies.txt"
    script.write_text('cost = price(dish="fish")\nsay("It is {cost}.")')
    with Agent.open(tools=[price], language_model=f"scripted:{script}") as agent:
        answer = agent.run("How much is the fish?")

    assert answer.text == "It is 12."


def test_an_exception_of_the_tool_is_an_error_of_the_run(home: Path) -> None:
    with Agent.open(tools=[fail]) as agent, pytest.raises(RunFailed) as failure:
        agent.run(plan='x = fail(text="soup")')

    assert "soup is out of stock\nhint: try other arguments" in str(failure.value)


def test_an_error_that_the_tool_handles_itself_is_an_error_too(home: Path) -> None:
    handled = fail.model_copy(update={"handle_tool_error": True})

    with pytest.raises(ToolError, match="soup is out of stock"):
        tool_of_langchain(handled)(text="soup")


def test_arguments_that_are_refused_are_given_back_to_the_planner(home: Path) -> None:
    with pytest.raises(BadArgument, match=r"place-order does not accept .* options"):
        tool_of_langchain(OrderTool())(options="no JSON", names=["a"])


def png() -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", (5, 4)).save(file, "PNG")
    return file.getvalue()


IMAGE_BLOCK = {
    "type": "image",
    "base64": base64.b64encode(png()).decode(),
    "mime_type": "image/png",
}


def returning(output: Any, response_format: Any = "content") -> Any:
    """A tool of plans whose tool of LangChain returns this."""
    return tool_of_langchain(
        StructuredTool.from_function(
            lambda: output, name="get", description="Get.", response_format=response_format
        )
    )


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (7, 7),
        (None, None),
        (["a", 1], ["a", 1]),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "a\nb"),
        ({"a": 1}, '{"a": 1}'),
        (Order(options=Options(sizes={})), '{"options":{"sizes":{}},"names":[],"note":null}'),
        ([Document("first"), Document("second")], ["first", "second"]),
        ((1, 2), [1, 2]),
    ],
)
def test_results_are_values_or_text(home: Path, output: Any, expected: Any) -> None:
    assert returning(output)() == expected


def test_media_of_content_blocks_and_artifacts_are_media(home: Path) -> None:
    url = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
    images = [
        returning([{"type": "text", "text": "Here:"}, IMAGE_BLOCK])(),
        returning([{"type": "image_url", "image_url": {"url": url}}])(),
        returning(("It is here.", PIL.Image.new("RGB", (5, 4))), "content_and_artifact")(),
    ]

    assert [image.size for image in images] == [(5, 4)] * 3
    assert returning(("The words.", {"rows": 3}), "content_and_artifact")() == "The words."


def test_an_image_at_an_address_is_not_opened(home: Path) -> None:
    block = {"type": "image", "url": "http://127.0.0.1/secret.png"}

    with pytest.raises(ToolError, match="has 'image' without content"):
        returning([block])()


def test_an_image_that_is_none_is_an_error(home: Path) -> None:
    with pytest.raises(ToolError, match="cannot be used"):
        returning([{**IMAGE_BLOCK, "base64": base64.b64encode(b"\x89PNG no").decode()}])()


def test_two_arguments_with_the_same_name_in_plans_are_refused(home: Path) -> None:
    twice = StructuredTool.from_function(
        lambda **arguments: "",
        name="twice",
        description="Twice.",
        args_schema={
            "type": "object",
            "properties": {"a-b": {"type": "string"}, "a b": {"type": "string"}},
        },
    )

    with pytest.raises(PluginError, match="'a b' and 'a-b' are both 'a_b'"):
        tool_of_langchain(twice)


def test_one_that_needs_approval_waits_for_it(home: Path) -> None:
    with Agent.open(tools=[tool_of_langchain(price, ask=True)]) as agent:
        plans: list[str] = []
        answer = agent.run(
            plan='say(price(dish="soup"))', approve=lambda review: not plans.append(review.plan)
        )

    assert answer.text == "3.5"
    assert plans == ['say(price(dish="soup"))\n']
