"""Measure the quality of each tool's models against ground truth, without the agent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from threading import Event
from typing import Any, cast

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, Value, metric, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from agent.runtime.agent_runtime import Settings
from agent.runtime.conductor_writer import ConductorWriter
from evals.harness.eval_agents import agent_for
from evals.quality import QUALITY
from evals.user_catalogue import user_catalogue
from tools.home import home
from tools.models.card import LANGUAGE_MODEL
from tools.models.profile import Profile
from tools.models.routing import uses_writer
from tools.sdk.registry import AnyTool, Registry

_MEASURES_KEY = "measured"
_LOWER_IS_BETTER = ("CER", "WER")


@task
def tools(profile: str = "offline", tool: str = "") -> Task:
    """Measure the profile's models with the measures of evals/quality."""
    chosen = Profile.load(profile, user_catalogue())
    samples = [
        Sample(
            id=f"{name} {model}".strip(),
            input=f"measure {name} by {model or 'no model'}",
            metadata={"tool": name, "model": model},
        )
        for name, measured_tool in Registry.load(user_folder=home() / "tools").items()
        if name in QUALITY and tool in ("", name)
        for model in _models_of(measured_tool, chosen)
    ]
    return Task(
        dataset=MemoryDataset(samples, name="tools"),
        solver=measure_quality(profile),
        scorer=quality(),
    )


@solver
def measure_quality(profile: str = "offline") -> Solver:
    """Load the sample's model and measure its results."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        tool, model = state.metadata["tool"], state.metadata["model"]
        async with agent_for(Settings(profile=profile)) as agent, AsyncExitStack() as stack:
            session = agent.session
            models: list[Any] = []
            if model == LANGUAGE_MODEL:
                models = [ConductorWriter(session.language_model())]
            elif model:
                card = session.profile.card(model)
                await asyncio.to_thread(session.fetch_weights, card, Event())
                models = [await stack.enter_async_context(session.residency.lease(model))]
            measures = await asyncio.to_thread(lambda: list(QUALITY[tool](*models)))
        state.store.set(_MEASURES_KEY, [measure._asdict() for measure in measures])
        state.output = ModelOutput(model="none", completion="\n".join(map(str, measures)))
        return state

    return solve


@metric
def measured() -> Metric:
    """List every measure by tool and model, without a mean."""

    def compute(scores: list[SampleScore]) -> Value:
        return cast(
            "Value",
            {
                f"{score.sample_id}: {measure['measure']}": measure["value"]
                for score in scores
                for measure in (score.score.metadata or {}).get(_MEASURES_KEY, [])
            },
        )

    return compute


@scorer(metrics=[measured()])
def quality() -> Scorer:
    """Score the first measure, inverted if lower is better; metadata has all."""

    async def score(state: TaskState, target: Target) -> Score:
        measures: list[Mapping[str, Any]] = state.store.get(_MEASURES_KEY, [])
        if not measures:
            return Score(value=0.0, metadata={"failure": "tool"})
        first = measures[0]
        lower = first["measure"].startswith(_LOWER_IS_BETTER)
        value = 1 - first["value"] if lower else first["value"]
        return Score(
            value=value,
            answer=state.output.completion,
            metadata={_MEASURES_KEY: measures, "failure": ""},
        )

    return score


def _models_of(tool: AnyTool, profile: Profile) -> list[str]:
    """Return the tool's models to measure; "" where it needs none."""
    if tool.model_class is None:
        return [""]
    cards = [card.id for card in profile.cards_for(tool.name)]
    return cards or ([LANGUAGE_MODEL] if uses_writer(tool) else [])
