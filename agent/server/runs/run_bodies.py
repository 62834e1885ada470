"""Render runs, artifacts, plans and tools as the JSON of the API."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from agent.plan import Callee, CheckedPlan, PlanError, commands
from agent.record.artifacts import Artifact, Encoded, references
from agent.record.events import Estimate, NamedValue
from agent.runtime.session import Session
from agent.server.access.client_records import Client, Origin
from agent.server.runs.file_inputs import ARTIFACT_PATH
from agent.server.runs.run_schemas import (
    ArtifactBody,
    ArtifactLink,
    CostEstimate,
    LineageBody,
    NamedResult,
    ParameterBody,
    PlanCheck,
    PlanProblem,
    PlanStepBody,
    RunBody,
    RunError,
    RunUsage,
    ToolBody,
    media_values,
)
from agent.server.runs.run_service import RunService
from tools.models.routing import pin_of
from tools.sdk.tool import SEED, Tool

MEDIA_TYPES = {
    ".png": "image/png",
    ".wav": "audio/wav",
    ".mp4": "video/mp4",
    ".json": "application/json",
}


def run_body(service: RunService, client: Client, run: str) -> RunBody:
    """Render the current state of a run."""
    view = service.view(client, run)
    started = service.started(client, run)
    error = service.error(run) or view.error
    state = "failed" if service.error(run) else view.state
    message, _, hint = error.partition("\nhint: ")
    return RunBody(
        id=run,
        state=state,  # type: ignore[arg-type]  # the states of a view are those of the schema
        queue_position=service.jobs.queue_position(run),
        conversation=client.conversation_of(run),
        request=started.request,
        files=[named_result(file) for file in started.files],
        profile=started.profile,
        seed=started.seed,
        created_at=started.at,
        plan=view.plan,
        answer=view.answer,
        results=[named_result(result) for result in view.results],
        error=RunError(message=message, hint=hint) if error else None,
        estimate=cost_body(view.estimate) if state == "waiting" else None,
        usage=RunUsage(
            seconds=round(view.seconds, 3),
            input_tokens=view.input_tokens,
            output_tokens=view.output_tokens,
            language_model_calls=view.language_model_calls,
        ),
    )


def named_result(result: NamedValue) -> NamedResult:
    """Render a value: media as links, everything else as it is."""
    links = [
        ArtifactLink(
            digest=reference["artifact"],
            kind=reference["kind"],
            url=artifact_url(reference["artifact"]),
        )
        for reference in media_values(result.value)
    ]
    return NamedResult(name=result.name, value=None if links else result.value, artifacts=links)


def artifact_url(digest: str) -> str:
    """Return the path at which an artifact's content is fetched."""
    return f"{ARTIFACT_PATH}{digest}"


def media_type_of(artifact: Artifact) -> str:
    return MEDIA_TYPES.get(artifact.suffix, "application/octet-stream")


def artifact_body(client: Client, artifact: Artifact, origin: Origin) -> ArtifactBody:
    """Render what a client may know of an artifact.

    The lineage in the store may be that of another client with the same content, so it is shown
    only as far as the client's own command is the same.
    """
    return ArtifactBody(
        digest=artifact.digest,
        kind=artifact.kind,
        media_type=media_type_of(artifact),
        bytes=artifact.bytes,
        description=artifact.description,
        url=artifact_url(artifact.digest),
        run=origin.run,
        lineage=_lineage_body(client, artifact, origin) if origin.tool else None,
    )


def _lineage_body(client: Client, artifact: Artifact, origin: Origin) -> LineageBody:
    lineage = artifact.lineage
    own = LineageBody(command=origin.command, tool=origin.tool, model=origin.model)
    if lineage is None or (lineage.tool, lineage.command) != (origin.tool, origin.command):
        return own
    digests = [digest for value in lineage.arguments.values() for digest in references(value)]
    if not all(map(client.has_artifact, digests)):
        return own
    return LineageBody(
        command=lineage.command,
        tool=lineage.tool,
        tool_version=lineage.tool_version,
        arguments=dict(lineage.arguments),
        model=lineage.model,
        model_revision=lineage.model_revision,
        seed=lineage.seed,
        seconds=lineage.seconds,
    )


def cost_body(estimate: Estimate | None) -> CostEstimate | None:
    return CostEstimate(**asdict(estimate)) if estimate else None


def valid_plan_body(checked: CheckedPlan, estimate: Estimate) -> PlanCheck:
    """Render a plan that can run, with the commands it will run."""
    steps = [
        PlanStepBody(
            path=step.path,
            name=step.name,
            tool=step.tool,
            text=step.text,
            line=step.line,
            needs=list(step.needs),
        )
        for step in commands(checked)
    ]
    return PlanCheck(
        valid=True, problems=[], plan=checked.text, steps=steps, estimate=cost_body(estimate)
    )


def invalid_plan_body(error: PlanError) -> PlanCheck:
    """Render the problems of a plan."""
    problems = [
        PlanProblem(
            line=problem.line,
            column=problem.column,
            message=str(problem).removeprefix(f"{problem.line}:{problem.column}: "),
        )
        for problem in error.problems
    ]
    return PlanCheck(valid=False, problems=problems, plan="", steps=[], estimate=None)


def tool_bodies(session: Session) -> list[ToolBody]:
    """Render every tool and named plan, those without a model included."""
    callees = {**session.plans, **session.registry}
    return [_tool_body(session, callees[name]) for name in sorted(callees)]


def _tool_body(session: Session, callee: Callee) -> ToolBody:
    is_available = callee.name in session.offered
    needs_model = isinstance(callee, Tool) and callee.model_class is not None
    cards = session.profile.cards_for(callee.name) if needs_model else ()
    return ToolBody(
        name=callee.name,
        description=callee.description,
        signature=callee.signature,
        parameters=[
            ParameterBody(
                name=parameter.name,
                type=str(parameter.type),
                required=parameter.required,
                default=_plain(parameter.default),
            )
            for parameter in callee.parameters
            if parameter.name != SEED
        ],
        returns=str(callee.returns),
        models=[pin_of(card.id) for card in cards],
        available=is_available,
        why_unavailable="" if is_available else session.why_absent(callee.name),
        needs_approval=isinstance(callee, Tool) and callee.ask,
    )


def _plain(value: Any) -> Encoded:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
