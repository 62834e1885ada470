"""TaskBench's files in both wordings, and its scores as its script computes them."""

import json
from pathlib import Path

import pytest

from agent.plan import read_plan
from evals.published.recorded_calls import record_calls
from evals.published.taskbench_questions import (
    Graph,
    as_graph,
    node_reference,
    read_questions,
    read_tools,
)
from evals.published.taskbench_scores import GraphPair, is_exact, taskbench_scores

TOOLS = [
    {"id": "Object Detection", "desc": "Find.", "input-type": ["image"], "output-type": ["text"]},
    {"id": "Text-to-Speech", "desc": "Say.", "input-type": ["text"], "output-type": ["audio"]},
    {
        "id": "Visual Question Answering",
        "desc": "Answer.",
        "input-type": ["image", "text"],
        "output-type": ["text"],
    },
]
NODES = [
    {"task": "Object Detection", "arguments": ["example.jpg"]},
    {"task": "Text-to-Speech", "arguments": ["<node-0>"]},
]
LINKS = [{"source": "Object Detection", "target": "Text-to-Speech"}]
STEPS = ["Step 1: find the things", "Step 2: say them"]
OLDER = {
    "id": "1",
    "user_request": "What is on example.jpg? Say it.",
    "task_steps": STEPS,
    "task_nodes": NODES,
    "task_links": LINKS,
    "type": "chain",
}
NEWER = {
    "id": "2",
    "instruction": "What is on example.jpg? Say it.",
    "tool_steps": json.dumps(STEPS),
    "tool_nodes": json.dumps(NODES),
    "tool_links": json.dumps(LINKS),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tool_desc.json").write_text(json.dumps({"nodes": TOOLS}))
    lines = [json.dumps(entry) for entry in (OLDER, NEWER)]
    (tmp_path / "data.json").write_text("\n".join(lines))
    return tmp_path


def test_both_wordings_of_the_fields_are_read_as_the_same(folder: Path):
    older, newer = read_questions(folder)

    assert older.request == newer.request == "What is on example.jpg? Say it."
    assert older.reference == newer.reference == Graph(NODES, LINKS, STEPS)


def test_tools_become_tools_of_the_plan_language(folder: Path):
    made = read_tools(folder).as_plan_tools()

    assert [tool.signature for tool in made.values()] == [
        "Object_Detection(image: Any) -> Any",
        "Text_to_Speech(text: Any) -> Any",
        "Visual_Question_Answering(image: Any, text: Any) -> Any",
    ]


async def graph(folder: Path, text: str) -> Graph:
    tools = read_tools(folder)
    plan = read_plan(text, tools.as_plan_tools(), {})
    return as_graph(tools, await record_calls(plan, lambda number, site: node_reference(number)))


async def test_a_plan_becomes_a_graph_with_references_to_earlier_nodes(folder: Path):
    made = await graph(
        folder, 'things = Object_Detection("example.jpg")\nsay(Text_to_Speech(text=things))'
    )

    assert made.nodes == NODES
    assert made.links == LINKS
    tools = read_tools(folder)
    assert is_exact(tools, GraphPair(Graph(NODES, LINKS, STEPS), made))


async def test_a_missing_prediction_counts_in_the_strict_scores_only(folder: Path):
    tools, right = read_tools(folder), Graph(NODES, LINKS, STEPS)
    half = await graph(folder, 'say(Object_Detection("example.jpg"))')

    scores = taskbench_scores(
        tools, [GraphPair(right, right), GraphPair(right, half), GraphPair(right, None)]
    )

    assert scores["predicted"] == pytest.approx(2 / 3)
    # Tools: 3 found of 4 in the two samples that count, none invented.
    assert scores["tool F1"] == pytest.approx(2 * 3 / (2 * 3 + 0 + 1))
    assert scores["strict tool F1"] == pytest.approx(2 * 3 / (2 * 3 + 0 + 3))
    assert scores["link F1"] == pytest.approx(2 * 1 / (2 * 1 + 0 + 1))
    assert scores["strict link F1"] == pytest.approx(2 * 1 / (2 * 1 + 0 + 2))
    # [1, 2] against [1] is 1 - 2·1/3 apart, [1, 2] against nothing all of it.
    assert scores["edit distance"] == pytest.approx((0 + 1 / 3) / 2)
    assert scores["strict edit distance"] == pytest.approx((0 + 1 / 3 + 1) / 3)
    assert scores["strict step rouge1"] < scores["step rouge1"] < 1


def test_arguments_are_named_by_what_they_hold_and_what_gave_them(folder: Path):
    tools, right = read_tools(folder), Graph(NODES, LINKS, STEPS)
    other_file = [{"task": "Object Detection", "arguments": ["other.png"]}, NODES[1]]
    other_kind = [{"task": "Object Detection", "arguments": ["example.wav"]}, NODES[1]]

    same_names = taskbench_scores(tools, [GraphPair(right, Graph(other_file, LINKS, STEPS))])
    other_names = taskbench_scores(tools, [GraphPair(right, Graph(other_kind, LINKS, STEPS))])

    assert same_names["argument F1"] == 1
    assert same_names["argument and value F1"] == 0.5
    assert other_names["argument F1"] == 0.5


def test_where_tools_do_not_say_what_they_give_links_are_read_as_they_are(tmp_path: Path):
    described = [
        {"id": "book", "desc": "Book.", "parameters": [{"name": "from", "type": "string"}]},
        {"id": "pay", "desc": "Pay.", "parameters": []},
    ]
    (tmp_path / "tool_desc.json").write_text(json.dumps({"nodes": described}))
    tools = read_tools(tmp_path)
    nodes = [
        {"task": "book", "arguments": [{"name": "from", "value": "Oslo"}]},
        {"task": "pay", "arguments": []},
    ]
    right = Graph(nodes, [{"source": "book", "target": "pay"}], [])
    turned = Graph(nodes, [{"source": "pay", "target": "book"}], [])

    book, _ = tools.as_plan_tools().values()
    assert book.signature == "book(from_: Any) -> Any"
    scores = taskbench_scores(tools, [GraphPair(right, turned)])
    assert (scores["tool F1"], scores["link F1"]) == (1, 0)
    assert scores["argument and value F1"] == 1
