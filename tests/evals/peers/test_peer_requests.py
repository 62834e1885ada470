"""The requests for the peers: a fixed subset, of all kinds, that the common tools suffice for."""

from collections import Counter

from agent.plan.syntax.parser import parse
from agent.plan.syntax.tree import callee_names
from evals.peers.peer_requests import TOOLS, peer_requests
from tools.sdk.registry import Registry


def test_thirty_requests_are_the_same_each_time_and_of_all_kinds() -> None:
    thirty = peer_requests(30)

    assert [r.id for r in thirty] == [r.id for r in peer_requests(30)]
    assert [r.id for r in thirty[:10]] == [r.id for r in peer_requests(10)]
    assert {r.id for r in thirty} != {r.id for r in peer_requests(30, seed=1)}
    assert set(Counter(r.kind for r in thirty).values()) == {3}
    assert len({r.kind for r in thirty}) == 10
    assert all(r.split == "report" and not r.earlier for r in thirty)


def test_right_plans_need_no_other_tools() -> None:
    registry = Registry.load()

    assert set(TOOLS) <= set(registry)
    for request in peer_requests(100):
        assert callee_names(parse(request.plan)) - {"say"} <= set(TOOLS)
