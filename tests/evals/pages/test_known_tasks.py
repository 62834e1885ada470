"""The tasks that earlier systems offer by name, each with our tools or a reason."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from agent.runtime.named_plans import NamedPlans
from evals.pages.coverage_page import FOLDER
from evals.pages.known_tasks import HEADING, KnownTask, known_systems, task_tables
from tools.sdk.registry import Registry

HUGGING_GPT = """
token-classification text2text-generation summarization translation question-answering
conversational text-generation sentence-similarity tabular-classification object-detection
image-classification image-to-image image-to-text text-to-image text-to-video
visual-question-answering document-question-answering image-segmentation depth-estimation
text-to-speech automatic-speech-recognition audio-to-audio audio-classification
canny-control hed-control mlsd-control normal-control openpose-control
canny-text-to-image depth-text-to-image hed-text-to-image mlsd-text-to-image
normal-text-to-image openpose-text-to-image seg-text-to-image
"""


def test_every_task_of_both_systems_has_a_row() -> None:
    hugging_gpt, audio_gpt, further = known_systems()
    page = "\n".join(task_tables())

    assert [task.name for task in hugging_gpt.task] == HUGGING_GPT.split()
    assert len(hugging_gpt.task) == 35
    assert len({task.name for task in audio_gpt.task}) == len(audio_gpt.task) == 19
    for task in (*hugging_gpt.task, *audio_gpt.task, *further.task):
        assert page.count(f"| {task.name} |") == 1


def test_every_tool_that_it_names_can_be_called_by_a_plan(tmp_path: Path) -> None:
    registry = Registry.load(user_folder=tmp_path)
    tools = {name for name, tool in registry.items() if not tool.internal}
    callees = tools | set(NamedPlans.load(registry))

    for system in known_systems():
        for task in system.task:
            assert {tool for way in task.ways for tool in way} <= callees, task.name


def test_every_way_is_possible_in_a_profile() -> None:
    rows = [line.split(" | ") for line in task_tables() if line.count(" | ") == 3]

    assert [row for row in rows if row[1] and not row[2]] == []


def test_a_task_without_a_tool_needs_a_reason() -> None:
    with pytest.raises(ValidationError, match="'singing' has neither a way nor a note"):
        KnownTask(name="singing")


def test_profiles_are_those_whose_models_can_do_it() -> None:
    rows = {
        line.split(" | ")[0].strip("| "): line.split(" | ")[2]
        for line in task_tables()
        if "| " in line
    }

    assert rows["object-detection"] == "all"
    assert rows["depth-estimation"] == "laptop, gpu-8gb, gpu-24gb, gpu-80gb"
    assert rows["text-to-image"] == "offline\\*, laptop, gpu-8gb, gpu-24gb, gpu-80gb"
    assert rows["depth-text-to-image"] == "gpu-8gb, gpu-24gb, gpu-80gb"
    assert rows["token-classification"] == ""


def test_the_documentation_shows_the_tables_as_they_are() -> None:
    page = (FOLDER / "coverage.md").read_text(encoding="utf-8")

    assert (
        page.partition(HEADING)[2].rstrip()
        == "\n".join(task_tables()).partition(HEADING)[2].rstrip()
    )
