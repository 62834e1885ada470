"""The JSON of the routes for runs, plans, tools and artifacts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from agent.record.artifacts import Encoded

Conversation = Annotated[str, Field(max_length=200)]
PlanText = Annotated[str, Field(max_length=20_000)]
ProfileName = Annotated[str, Field(max_length=100)]


def _refuse_boolean(value: object) -> object:
    """Refuse true and false, which pydantic would read as 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("Input should be a number, not a boolean")  # noqa: TRY004
    return value


NOT_BOOLEAN = BeforeValidator(_refuse_boolean)
Seed = Annotated[int, NOT_BOOLEAN, Field(ge=0, lt=1 << 31)]


class DescribedModel(BaseModel):
    """A body whose fields are described in the OpenAPI document."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class StrictModel(BaseModel):
    """A body in which unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class FileInput(StrictModel):
    """A file: `data` as base64 or data URI, or an `artifact` of an earlier run."""

    name: Annotated[str, Field(max_length=255)] = ""
    data: str = ""
    artifact: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""


class RunRequest(StrictModel):
    """A request to run; the files are named image1, audio1, … in order."""

    request: str = ""
    files: list[FileInput] = []
    plan: PlanText = ""
    """A plan to run instead of one that the planner writes."""
    conversation: Conversation = ""
    """Runs of one conversation share the names of files and results."""
    seed: Seed = 0
    profile: ProfileName = ""
    ask_first: bool = False
    """Wait for approval of the plan."""
    ask_if_costly: bool = False
    """Wait for approval if the plan would take long or fetch large models."""


class DecisionRequest(StrictModel):
    """A decision on the plan of a waiting run."""

    decision: Literal["approve", "refuse"] = "approve"
    plan: PlanText = ""
    """A plan to run instead."""


class PlanCheckRequest(StrictModel):
    """A plan to check, with the files that it uses."""

    plan: PlanText
    files: list[FileInput] = []
    conversation: Conversation = ""
    profile: ProfileName = ""


class ArtifactLink(DescribedModel):
    """A stored medium and where to fetch it."""

    digest: str
    kind: str
    url: str


class NamedResult(DescribedModel):
    """A value and its name in plans; media are links."""

    name: str
    value: Any = None
    """The value if it is text, a number, a boolean, null, or a list of these."""
    artifacts: list[ArtifactLink] = []


class CostEstimate(DescribedModel):
    """What a plan may cost, and why it needs approval."""

    seconds: float
    loads: list[str]
    load_bytes: int
    pull_bytes: int
    unknown: list[str]
    reasons: list[str]


class RunError(DescribedModel):
    message: str
    hint: str = ""


class RunUsage(DescribedModel):
    seconds: float = 0
    input_tokens: int = 0
    output_tokens: int = 0
    language_model_calls: int = 0


class RunBody(DescribedModel):
    """A run: its request, plan, state and answer."""

    id: str
    object: Literal["run"] = "run"
    state: Literal["queued", "planning", "running", "waiting", "done", "failed", "stopped"]
    queue_position: int
    conversation: str
    """Empty if the run has a conversation of its own."""
    request: str
    files: list[NamedResult]
    profile: str
    seed: int
    created_at: float
    plan: str
    answer: str
    """The answer, with `[name]` where a result stands."""
    results: list[NamedResult]
    error: RunError | None
    estimate: CostEstimate | None
    usage: RunUsage


class RunList(DescribedModel):
    object: Literal["list"] = "list"
    data: list[RunBody]
    has_more: bool


class LineageBody(DescribedModel):
    """How an artifact was made: enough to reproduce it."""

    command: str
    tool: str
    tool_version: str = ""
    arguments: dict[str, Any] = {}
    model: str = ""
    model_revision: str = ""
    seed: int | None = None
    seconds: float = 0


class ArtifactBody(DescribedModel):
    """What is known of an artifact; an upload has no lineage."""

    digest: str
    object: Literal["artifact"] = "artifact"
    kind: str
    media_type: str
    bytes: int
    description: str
    url: str
    run: str
    """The run that made it; empty for an upload."""
    lineage: LineageBody | None


class PlanProblem(DescribedModel):
    line: int
    column: int
    message: str


class PlanStepBody(DescribedModel):
    path: str
    name: str
    tool: str
    text: str
    line: int
    needs: list[str]


class PlanCheck(DescribedModel):
    """Whether a plan can run; all problems, or its steps and estimated cost."""

    valid: bool
    problems: list[PlanProblem]
    plan: str
    """The plan in its standard form; empty if it is not valid."""
    steps: list[PlanStepBody]
    estimate: CostEstimate | None


class ParameterBody(DescribedModel):
    name: str
    type: str
    required: bool
    default: Any = None


class ToolBody(DescribedModel):
    """A tool or named plan that plans can call."""

    name: str
    description: str
    signature: str
    parameters: list[ParameterBody]
    returns: str
    models: list[str]
    """The models that can perform it; empty if it needs none."""
    available: bool
    why_unavailable: str
    needs_approval: bool


class ToolList(DescribedModel):
    object: Literal["list"] = "list"
    data: list[ToolBody]


class Health(DescribedModel):
    status: Literal["ok"] = "ok"
    version: str


def media_values(value: Encoded) -> list[dict[str, str]]:
    """Return the references to media in an encoded value, in order."""
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list):
        return [reference for item in value for reference in media_values(item)]
    return []
