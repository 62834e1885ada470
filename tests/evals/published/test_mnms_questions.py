"""m&m's files are read as data, and plans become its calls."""

import json
from pathlib import Path

import pytest

from agent.plan import read_plan
from evals.published.call_scores import PlannedCall
from evals.published.mnms_questions import (
    as_calls,
    as_plan_tools,
    node_reference,
    read_questions,
    read_tools,
)
from evals.published.recorded_calls import record_calls
from tools.errors import InputError

CONSTANTS = """
import os  # nothing of this file is run
os.abort()
TOOL_METADATA = {
  "object detection": {
    "input": {"modality": ["image"], "desc": ["an image"], "arg_name": ["image"]},
    "output": {"modality": ["image", "list"], "desc": ["", ""], "arg_name": ["image", "objects"]},
    "description": "Outputs boxes.",
  },
  "color pop": {
    "input": {"modality": ["image", "object"], "desc": ["", ""], "arg_name": ["image", "object"]},
    "output": {"modality": ["image"], "desc": [""], "arg_name": ["image"]},
    "description": "Leaves only the object coloured.",
  },
}
"""
PLAN = [
    {"id": 0, "name": "object detection", "args": {"image": "7.jpg"}},
    {
        "id": 1,
        "name": "color pop",
        "args": {"image": "<node-0>.image", "object": "<node-0>.objects"},
    },
]
ROW = {
    "id": 10,
    "user_request": "Let only the dog in 7.jpg be coloured ",
    "plan_str": str(PLAN),
    "alt_plans_str": str([PLAN[:1]]),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "constants.py").write_text(CONSTANTS)
    (tmp_path / "test_human_verified_filtered.jsonl").write_text(json.dumps(ROW))
    return tmp_path


async def test_a_plan_becomes_calls_with_the_outputs_they_take(folder: Path) -> None:
    tools = read_tools(folder)
    (question,) = read_questions(folder)
    text = 'd = object_detection("7.jpg")\nsay(color_pop(image=d, object=d))'
    plan = read_plan(text, as_plan_tools(tools), {})

    calls = as_calls(tools, await record_calls(plan, lambda number, site: node_reference(number)))

    assert calls == question.references[0]
    assert question.request == "Let only the dog in 7.jpg be coloured"
    assert question.references[1] == [PlannedCall("object detection", {"image": "7.jpg"})]


def test_a_folder_without_the_tools_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no constants\.py"):
        read_tools(tmp_path)
    (tmp_path / "constants.py").write_text("OTHER = {}")
    with pytest.raises(InputError, match="does not assign TOOL_METADATA"):
        read_tools(tmp_path)
