"""The training data as a whole."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from agent.plan import parse, read_plan
from agent.plan.check.unsupported_claims import find_unsupported_claim
from train.planner.data.described_tool_shapes import HELD_OUT_PERCENT, signature_of
from train.planner.data.generate import examples, main
from train.planner.data.known_tools import known_tools
from train.planner.data.overlap import NEAR_DUPLICATE, evaluated_requests
from train.planner.data.phrase_files import described_tools
from train.planner.data.seed_examples import seeds
from train.planner.data.signatures import as_callees, parse_signature
from train.planner.data.training_example import TrainingExample

pytestmark = pytest.mark.slow
COUNT = 4_200
HELD_EACH = 210


@pytest.fixture(scope="module")
def generated() -> list[TrainingExample]:
    return list(examples(COUNT, seed=5))


def test_there_are_as_many_as_asked_for_with_three_splits_held_out(
    generated: list[TrainingExample],
) -> None:
    splits = Counter(example.split for example in generated)

    assert splits == {
        "train": COUNT - 3 * HELD_EACH,
        "held_shape": HELD_EACH,
        "held_wording": HELD_EACH,
        "held_tool": HELD_EACH,
    }


def test_the_checker_accepts_every_plan(generated: list[TrainingExample]) -> None:
    for example in generated:
        described = as_callees(map(parse_signature, example.tools))
        read_plan(example.plan, {**known_tools(), **described}, example.types)


def test_no_right_plan_is_refused_as_a_guess_about_a_file(generated: list[TrainingExample]) -> None:
    guesses = [
        (example.request, example.plan)
        for example in generated
        if find_unsupported_claim(
            parse(example.plan), example.types, example.request, example.names
        )
    ]

    assert guesses == []


def test_the_same_seed_gives_the_same_file_and_another_another(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("first", "again", "other")]
    for file, seed in zip(files, ("1", "1", "2"), strict=True):
        main(["--count", "300", "--seed", seed, "--out", str(file)])

    first, again, other = (file.read_text() for file in files)
    assert first == again
    assert first != other
    assert set(json.loads(first.splitlines()[0])) == {
        "kind", "split", "names", "types", "turns", "request", "tools", "plan",
    }  # fmt: skip


def test_no_request_to_learn_from_is_nearly_one_of_the_evaluation(
    generated: list[TrainingExample],
) -> None:
    evaluated = evaluated_requests()
    learnt = [example for example in generated if example.split == "train"]

    near = [example.request for example in learnt if evaluated.has_near(example.request)]

    assert near == []
    assert evaluated.nearest("how many dogs?")[0] > NEAR_DUPLICATE


def test_no_two_examples_ask_the_same_of_the_same_names(generated: list[TrainingExample]) -> None:
    assert [key for key, n in Counter(e.key for e in generated).items() if n > 1] == []


def test_tools_that_are_held_out_are_never_described_in_training(
    generated: list[TrainingExample],
) -> None:
    learnt = {
        parse_signature(line).name
        for example in generated
        if example.split == "train"
        for line in example.tools
    }
    held: set[str] = set()
    for example in generated:
        described = {parse_signature(line).name for line in example.tools}
        called = described & set(re.findall(r"(\w+)\(", example.plan))
        if example.split == "held_tool" and called:
            assert called - learnt, example.plan
            held |= called - learnt

    assert len(held) > HELD_OUT_PERCENT / 100 * len(described_tools()) / 2


def test_a_question_about_a_file_is_answered_by_a_tool(generated: list[TrainingExample]) -> None:
    questions = [example for example in generated if example.kind == "question"]

    assert questions
    asks_a_tool = re.compile(r"(?!say|count|len)\b\w+\(.*\b(image|audio|video|document|text)s?\d")
    assert [e.request for e in questions if not asks_a_tool.search(e.plan)] == []


def test_a_tool_is_described_only_if_the_planner_does_not_know_it(
    generated: list[TrainingExample],
) -> None:
    described = {parse_signature(line).name for example in generated for line in example.tools}

    assert not described & known_tools().keys()
    assert described <= {signature_of(tool).name for tool in described_tools()}


def test_the_examples_of_the_prompts_are_among_them(generated: list[TrainingExample]) -> None:
    learnt = {example.request for example in generated}

    assert sum(seed.request in learnt for seed in seeds()) > 2_300
