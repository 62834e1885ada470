"""The requests of our own: every plan can run, and every tool is asked for."""

from collections import Counter
from pathlib import Path

import pytest

from agent.plan import PlanError, read_plan, steps
from agent.planner.plan_examples import fixed_examples, retrievable_examples
from agent.runtime.named_plans import NamedPlans
from evals.request_samples import (
    Request,
    everyday_requests,
    is_right,
    reference_plans,
    requests,
)
from tools.sdk.registry import Registry

TOOLS = dict(Registry.load(user_folder=Path(__file__).parent))
CALLEES = {**NamedPlans.load(TOOLS), **TOOLS}


def test_there_are_at_least_two_hundred_with_a_name_of_their_own():
    assert len(requests()) >= 200
    assert len({request.id for request in requests()}) == len(requests())


def test_a_third_may_be_looked_at_and_the_rest_is_only_counted():
    tuned = sum(request.split == "tune" for request in requests())
    assert len(requests()) / 4 < tuned < len(requests()) / 2


def test_no_request_that_is_reported_stands_in_the_prompt() -> None:
    shown = {example.request.casefold() for example in (*fixed_examples(), *retrievable_examples())}
    reported = {r.request.casefold() for r in (*requests(), *everyday_requests())}
    reported -= {r.request.casefold() for r in requests() if r.split == "tune"}
    assert shown & reported == set()


@pytest.mark.parametrize(
    "request_", (*requests(), *everyday_requests()), ids=lambda request: request.id
)
def test_every_right_plan_passes_the_checks(request_: Request):
    for text in (*request_.plans, *request_.otherwise):
        try:
            read_plan(text, CALLEES, request_.all_types)
        except PlanError as error:
            pytest.fail(f"{text}\n{error}")
    assert request_.plans


def test_every_tool_is_in_a_right_plan():
    called = {
        step.tool
        for request in requests()
        for plan in reference_plans(request, TOOLS)
        for step in steps(plan)
    }
    assert {name for name, tool in TOOLS.items() if not tool.internal} - called == set()


async def test_every_right_plan_is_judged_right():
    for request in (*requests(), *everyday_requests()):
        for plan in reference_plans(request, CALLEES):
            if steps(plan) or not request.says:
                assert await is_right(plan, request, CALLEES), plan.text


async def test_a_plan_may_reckon_with_a_number_of_an_earlier_turn():
    request = Request(
        id="fewer",
        split="tune",
        kind="follow-up",
        request="and if two of them leave?",
        names={"n": "3"},
        types={"n": "Integer"},
        plans=["say(n - 2)"],
        says=["1"],
    )
    right = read_plan('left = n - 2\nsay("Then {left} is left.")', TOOLS, request.all_types)
    wrong = read_plan('say("Then {n} are left.")', TOOLS, request.all_types)
    assert await is_right(right, request, TOOLS)
    assert not await is_right(wrong, request, TOOLS)


def test_each_everyday_tool_is_asked_for_plainly_and_in_three_indirect_wordings() -> None:
    wordings = Counter((request.tool, request.wording) for request in everyday_requests())
    tools = {tool for tool, _ in wordings}

    assert len(tools) == 48
    assert wordings == {(t, w): n for t in tools for w, n in (("plain", 1), ("indirect", 3))}
    assert len({request.request.casefold() for request in everyday_requests()}) == 4 * 48
    assert not {r.id for r in everyday_requests()} & {r.id for r in requests()}


def test_a_right_plan_for_a_wording_calls_the_tool_that_it_asks_for() -> None:
    for request in everyday_requests():
        plan = reference_plans(request, CALLEES)[0]
        assert request.tool in plan.text, request.id


async def test_the_words_for_a_named_plan_may_be_left_open() -> None:
    request = next(r for r in everyday_requests() if r.id == "find_moment-1")
    plans = ('say(find_moment(video1, "the cat comes"))', "say(shots(video1))")
    right, wrong = (read_plan(text, CALLEES, request.all_types) for text in plans)

    assert await is_right(right, request, CALLEES)
    assert not await is_right(wrong, request, CALLEES)
