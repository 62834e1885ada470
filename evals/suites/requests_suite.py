"""The project's own requests, planned without running."""

from __future__ import annotations

from collections.abc import Mapping

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Score, Scorer, mean, scorer
from inspect_ai.solver import TaskState

from agent.plan import Callee, PlanError, read_plan
from agent.runtime.agent_runtime import AgentRuntime
from agent.runtime.session import Session
from evals.harness.attempt import Attempt
from evals.harness.interleave import interleave
from evals.harness.solvers import ToolOffer, plan_request
from evals.request_samples import (
    Request,
    calls_the_same_tools,
    everyday_requests,
    is_right,
    reference_plans,
    requests,
)
from evals.scoring.metrics import all_right, by, cost, interval
from evals.scoring.scorers import FailureKind, right, scorer_from, wrong
from tools.errors import InputError
from tools.home import home
from tools.sprites.sprite_domain import SPRITE_DOMAIN


@task(name="requests")
def requests_suite(llm: str = "", profile: str = "offline", split: str = "") -> Task:
    """Score the plans of requests in everyday wording."""
    by_kind: dict[str, list[Sample]] = {}
    for request in requests():
        if split in ("", request.split):
            by_kind.setdefault(request.kind, []).append(_sample(request))
    return Task(
        dataset=MemoryDataset(list(interleave(by_kind.values())), name="requests"),
        solver=plan_request(llm, profile, offer=_offer),
        scorer=planned_rightly(profile),
    )


@task(name="everyday")
def everyday_suite(
    llm: str = "", profile: str = "offline", tool: str = "", wording: str = ""
) -> Task:
    """Score the plans of unseen wordings for each everyday tool, one plain and three indirect."""
    chosen_requests = [
        request
        for request in everyday_requests()
        if tool in ("", request.tool) and wording in ("", request.wording)
    ]
    if not chosen_requests:
        names = dict.fromkeys(request.tool for request in everyday_requests())
        raise InputError(
            f"there is no everyday tool {tool!r} with wordings of the kind {wording!r}",
            hint=f"name one of {', '.join(names)}; wordings are plain or indirect",
        )
    return Task(
        dataset=MemoryDataset(list(map(_sample, chosen_requests)), name="everyday"),
        solver=plan_request(llm, profile, offer=_offer),
        scorer=everyday_planned_rightly(profile),
    )


@scorer(metrics=[mean(), interval(), cost(), by("split"), by("kind")])
def planned_rightly(profile: str = "offline") -> Scorer:
    """Score whether the plan has the dataflow of a right one."""
    return _compare_with_references(profile)


@scorer(metrics=[mean(), interval(), cost(), all_right("tool"), by("wording"), by("tool")])
def everyday_planned_rightly(profile: str = "offline") -> Scorer:
    """Score whether the plan has the dataflow of a right one, by everyday tool."""
    return _compare_with_references(profile)


def _compare_with_references(profile: str) -> Scorer:
    session = Session.load(profile, home=home())

    async def judge(attempt: Attempt, state: TaskState) -> Score:
        request = Request.model_validate(state.metadata["whole"])
        tools = tools_for(session, scene=request.scene)
        if not attempt.plan:
            return wrong(attempt, FailureKind.PLAN, attempt.error)
        try:
            plan = read_plan(attempt.plan, tools, request.all_types)
        except PlanError as error:
            return wrong(attempt, FailureKind.PLAN, str(error))
        if await is_right(plan, request, tools):
            return right(attempt)
        references = reference_plans(request, tools)
        reference = "\n".join(plan.text for plan in references[:1])
        same = calls_the_same_tools(plan, references)
        return wrong(
            attempt, FailureKind.ARGUMENT if same else FailureKind.PLAN, f"right:\n{reference}"
        )

    return scorer_from(judge)


def _sample(request: Request) -> Sample:
    return Sample(
        id=request.id,
        input=request.request,
        target=request.plans or request.otherwise,
        metadata={
            "names": request.descriptions,
            "types": {name: str(kind) for name, kind in request.all_types.items()},
            "turns": [turn.model_dump() for turn in request.turns],
            "scene": request.scene,
            "split": request.split,
            "kind": request.kind,
            "tool": request.tool,
            "wording": request.wording,
            "whole": request.model_dump(),
        },
    )


def _offer(state: TaskState, agent: AgentRuntime) -> ToolOffer:
    session = agent.session
    return ToolOffer(tools_for(session, scene=state.metadata["scene"]), session.absent)


def tools_for(session: Session, *, scene: bool) -> Mapping[str, Callee]:
    return session.offered_in_domains(frozenset({SPRITE_DOMAIN.name} if scene else ()))
