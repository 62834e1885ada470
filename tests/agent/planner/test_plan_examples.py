from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.plan import Callee, read_plan
from agent.planner.plan_examples import (
    SIMILAR_EXAMPLES,
    Example,
    fixed_examples,
    most_similar,
    retrievable_examples,
)
from agent.runtime.named_plans import NamedPlans
from tools.sdk.plan_types import TEXT, Type
from tools.sdk.registry import Registry
from tools.sdk.tool import Tool

Tools = Mapping[str, Callee]
OF_TYPE = {
    Type("Image"): "image grey cut marked picture another blue green large placed",
    Type("list", Type("Image")): "stills portraits",
    Type("Audio"): "audio voice music clean",
    Type("Video"): "video film",
    Type("Document"): "document",
    Type("Boxes"): "cats dogs cars cup people",
    Type("Region"): "region",
    Type("Number"): "n",
}
TYPES = {name: type_ for type_, names in OF_TYPE.items() for name in names.split()}


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    folder: Path = tmp_path_factory.mktemp("nobody")
    registry = Registry.load(user_folder=folder)
    return {**NamedPlans.load(registry, user_folder=folder), **registry}


def test_every_example_is_a_plan_that_can_run(tools: Tools) -> None:
    for example in (*fixed_examples(), *retrievable_examples()):
        types = {name: TYPES.get(name.rstrip("0123456789"), TEXT) for name in example.names}
        assert read_plan(example.plan, tools, types).tools.keys() == example.tools


def test_no_request_is_an_example_twice() -> None:
    requests = [
        example.request.casefold() for example in (*fixed_examples(), *retrievable_examples())
    ]
    assert sorted(requests) == sorted(set(requests))


def test_every_tool_is_in_an_example(tools: Tools) -> None:
    shown = {
        name for example in (*fixed_examples(), *retrievable_examples()) for name in example.tools
    }
    steps = {name for name, tool in tools.items() if isinstance(tool, Tool) and tool.internal}
    assert set(tools) - shown - steps == set()


def test_an_example_calls_its_tools_not_what_the_plan_language_brings() -> None:
    plan = "n = round(count(detect(image1)) / 2)\nsay(n)\n"
    assert Example(request="half of them", plan=plan).tools == {"count", "detect"}


def test_the_likest_example_stands_last(tools: Tools) -> None:
    shown = most_similar(
        "highlight every stop sign!", {"image1": "a picture of 640×480 pixels"}, tools
    )
    assert len(shown) == SIMILAR_EXAMPLES
    assert shown[-1].request == "highlight every stop sign"


def test_what_came_with_a_request_counts_beside_its_words(tools: Tools) -> None:
    recording = most_similar("read it to me", {"audio1": "a sound of 2.0 seconds"}, tools)[-1]
    letter = most_similar("read it to me", {"text1": "Dear all"}, tools)[-1]
    assert (list(recording.names), list(letter.names)) == (["audio1"], ["text1"])


def test_only_examples_that_can_be_done_with_the_tools_are_shown() -> None:
    assert all(
        example.tools <= {"grayscale"} for example in most_similar("grey", {}, {"grayscale"})
    )


def test_a_request_about_a_scene_is_like_others_about_scenes(tools: Tools) -> None:
    asked = "is the dog above the car?"
    shown = most_similar(asked, {"image1": "a scene of 256×256 pixels"}, tools)[-1]
    assert shown.tools == {"ask_image"}
