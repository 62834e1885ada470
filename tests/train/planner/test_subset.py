import random

from train.planner.dataset import PlannedRequest
from train.planner.subset import fewer_tools, subset


def of_kind(kind: str, request: str, **others: object) -> PlannedRequest:
    return PlannedRequest(kind=kind, request=request, plan='say("Hi")', **others)  # type: ignore[arg-type]


def test_a_subset_has_all_that_was_written_by_hand_and_some_of_each_other_kind() -> None:
    tools = ["f() -> Text: F"]
    requests = [
        *(of_kind("seed", f"seed {number}") for number in range(5)),
        *(of_kind("call", f"call {number}") for number in range(5)),
        *(of_kind("described_call", f"tool {number}", tools=tools) for number in range(5)),
        of_kind("call", "held", split="held_shape"),
    ]
    kinds = [request.kind for request in subset(requests, per_kind=2, described=1)]

    assert sorted(kinds) == ["call"] * 3 + ["described_call"] + ["seed"] * 5


def test_tools_that_a_plan_calls_stay_described() -> None:
    lines = [f"tool{number}() -> Text: Tell a number." for number in range(10)]
    request = PlannedRequest(request="Hi", tools=lines, plan="a = tool7()\nb = tool3()\nsay(a)")
    kept = fewer_tools(request, random.Random(0))

    assert {lines[3], lines[7]} <= set(kept)
    assert len(kept) <= 4
    assert kept == [line for line in lines if line in kept]
