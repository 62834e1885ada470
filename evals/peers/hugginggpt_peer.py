"""HuggingGPT: plan tasks, choose a model for each, run them, and write a response.

Shen et al. 2023, arXiv:2303.17580, and the published server of microsoft/JARVIS, with prompts of
our own. As there, the language model writes a list of tasks as JSON, in which `<GENERATED>-id`
stands for an earlier result; independent tasks run at once; a model is asked for only where there
are several; output that is no list, and an empty list, lead to a reply without tasks.
Differently from there, tasks are our tools with their own arguments, and text around the JSON is
skipped.
"""

from __future__ import annotations

import asyncio
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, TypeAdapter, ValidationError

from agent.planner.llm.static_prompt import mark_static
from agent.planner.prompts import fill
from evals.peers.peer_failures import PeerError, PeerFailure
from evals.peers.workspace import Workspace, tool_lines
from tools.sdk.plan_types import Value

_FOLDER = "peers/hugginggpt"
_GENERATED = re.compile(r"<GENERATED>-(\d+)")
_MAX_MODELS = 5
_NO_TASK = -1


class PlannedTask(BaseModel):
    """A task as the language model writes it."""

    task: str
    id: int
    dep: list[int] = [_NO_TASK]
    args: dict[str, Any] = {}


class _ChosenModel(BaseModel):
    id: str
    reason: str = ""


@dataclass(frozen=True)
class TaskResult:
    """What a task gave: a value, or why there is none."""

    text: str
    value: Value = None
    model: str = ""
    is_failed: bool = False


_TASKS = TypeAdapter(list[PlannedTask])


async def answer_as_hugginggpt(workspace: Workspace, request: str) -> object:
    """Answer in the four stages of HuggingGPT."""
    text = await workspace.ask(_planning_messages(workspace, request))
    try:
        tasks = _read_tasks(text)
    except PeerError as failure:
        workspace.record(failure, text)
        tasks = []
    if not tasks:
        return await workspace.ask([HumanMessage(request)])
    results = await _run_tasks(workspace, request, tasks)
    log = [
        {
            "task": task.task,
            "args": task.args,
            "model": results[task.id].model,
            "result": results[task.id].text,
        }
        for task in tasks
    ]
    log_text = json.dumps(log, ensure_ascii=False)
    return await workspace.ask(
        [
            _system_message("respond.md"),
            HumanMessage(fill(f"{_FOLDER}/log.md", request=request, log=log_text)),
        ]
    )


def _planning_messages(workspace: Workspace, request: str) -> list[BaseMessage]:
    listing = "\n".join(tool_lines(workspace.tools))
    messages: list[BaseMessage] = [SystemMessage(fill(f"{_FOLDER}/plan_tasks.md", tools=listing))]
    for example in _examples():
        if all(task.task in workspace.tools for task in _read_tasks(example["tasks"])):
            messages.append(_request_message(example["files"], example["request"]))
            messages.append(AIMessage(example["tasks"]))
    named_files = [f"{name} ({text})" for name, text in workspace.describe_files().items()]
    return [
        *mark_static(messages),
        _request_message(", ".join(named_files) or "none", request),
    ]


def _request_message(file_list: str, request: str) -> HumanMessage:
    return HumanMessage(fill(f"{_FOLDER}/request.md", files=file_list, request=request))


def _system_message(prompt: str) -> SystemMessage:
    return SystemMessage(fill(f"{_FOLDER}/{prompt}"))


@cache
def _examples() -> Sequence[Mapping[str, str]]:
    path = files("prompts").joinpath(f"{_FOLDER}/examples.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))["example"]


def _read_tasks(text: str) -> list[PlannedTask]:
    """Read the tasks, in the order of their ids; results that a task uses are its dependencies."""
    listing = text[text.find("[") : text.rfind("]") + 1]
    try:
        tasks = _TASKS.validate_json(listing)
    except ValidationError as error:
        raise PeerError(
            PeerFailure.UNPARSABLE,
            f"the output is no list of tasks: {error.errors()[0]['msg']}",
            hint='a task is {"task": …, "id": …, "dep": […], "args": {…}}',
        ) from error
    if len({task.id for task in tasks}) < len(tasks):
        raise PeerError(PeerFailure.UNPARSABLE, "two tasks have the same id")
    for task in tasks:
        generated = sorted({int(number) for number in _GENERATED.findall(json.dumps(task.args))})
        # As in the published server: a task can only wait for earlier ones.
        task.dep = generated if all(number < task.id for number in generated) else []
    return sorted(tasks, key=lambda task: task.id)


async def _run_tasks(
    workspace: Workspace, request: str, tasks: Sequence[PlannedTask]
) -> dict[int, TaskResult]:
    """Run the tasks, those that do not depend on each other at once."""
    running: dict[int, asyncio.Task[TaskResult]] = {}

    async def run(task: PlannedTask) -> TaskResult:
        earlier = {number: await running[number] for number in task.dep if number in running}
        return await _run_task(workspace, request, task, earlier)

    for task in tasks:
        running[task.id] = asyncio.create_task(run(task))
    await asyncio.gather(*running.values())
    return {number: result.result() for number, result in running.items()}


async def _run_task(
    workspace: Workspace, request: str, task: PlannedTask, earlier: Mapping[int, TaskResult]
) -> TaskResult:
    if missing := [number for number, result in earlier.items() if result.is_failed]:
        return TaskResult(f"not run: task {missing[0]} failed", is_failed=True)
    arguments = {name: _insert_results(value, earlier) for name, value in task.args.items()}
    try:
        model = await _choose_model(workspace, request, task)
    except PeerError as failure:
        workspace.record(failure, task.task)
        return TaskResult(str(failure), is_failed=True)
    try:
        value = await workspace.call(task.task, arguments, pin=model)
    except PeerError as failure:
        return TaskResult(str(failure), model=model, is_failed=True)
    return TaskResult(workspace.describe(value, as_files=True), value, model)


def _insert_results(argument: object, earlier: Mapping[int, TaskResult]) -> object:
    if isinstance(argument, list):
        return [_insert_results(item, earlier) for item in cast("list[object]", argument)]
    if not isinstance(argument, str):
        return argument
    numbers = [int(number) for number in _GENERATED.findall(argument) if int(number) in earlier]
    if not numbers:
        return argument
    values = [earlier[number].value for number in numbers]
    if not _GENERATED.sub("", argument).strip(" ,"):
        return values if len(values) > 1 else values[0]
    return _GENERATED.sub(lambda match: _text_of(earlier.get(int(match[1]))), argument)


def _text_of(result: TaskResult | None) -> str:
    return result.text if result else ""


async def _choose_model(workspace: Workspace, request: str, task: PlannedTask) -> str:
    """Return the model to pin; "" where there is at most one."""
    cards = workspace.candidate_models(task.task)[:_MAX_MODELS]
    if len(cards) < 2:
        return ""
    models = json.dumps(cards, ensure_ascii=False)
    message = fill(f"{_FOLDER}/models.md", request=request, task=task.task, models=models)
    text = await workspace.ask([_system_message("choose_model.md"), HumanMessage(message)])
    try:
        chosen = _ChosenModel.model_validate_json(text[text.find("{") : text.rfind("}") + 1])
    except ValidationError as error:
        raise PeerError(
            PeerFailure.UNPARSABLE,
            f"the choice of a model is no JSON: {text!r}",
            hint='it is {"id": …, "reason": …}',
        ) from error
    names = [card["id"] for card in cards]
    if chosen.id not in names:
        raise PeerError(
            PeerFailure.WRONG_ARGUMENT,
            f"there is no model {chosen.id!r} for {task.task}; there are: {', '.join(names)}",
            hint="choose one of these",
        )
    return chosen.id
