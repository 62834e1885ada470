"""The MCP server: tools and requests, artifacts as resources, and named plans as prompts.

>>> server = McpServer(agent, folders=[Path("photos")])
>>> async with Client(server.build()) as client: ...
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from mcp import types
from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from agent.mcp.artifact_uris import ARTIFACT_URI, artifact_uri, digest_of_uri
from agent.mcp.client_values import ClientValues
from agent.mcp.json_schemas import tool_of_callee
from agent.mcp.mcp_runs import Report, finish_run, run_result
from agent.mcp.result_content import media_type, resource_contents
from agent.mcp.run_tools import (
    DecideRunArguments,
    RunPlanArguments,
    RunRequestArguments,
    read_arguments,
    run_tools,
)
from agent.plan import Callee, NamedPlan, Plan, format_plan
from agent.plan.syntax.tree import Argument, Assign, Call, Name, Say
from agent.record.artifacts import Encoded, references
from agent.record.control_characters import visible
from agent.record.events import Event
from agent.runtime.agent_runtime import AgentRuntime, Decision, Settings
from tools.errors import BatutaError, InputError
from tools.sdk.tool import Tool
from tools.sdk.typed_function import SEED

_INSTRUCTIONS = (
    "Tools for pictures, sounds, films and texts. run_request answers a request in plain words; "
    "the other tools do one thing. A result is linked by a URI that other tools take."
)
_RESULT = "result"
_LISTED_ARTIFACTS = 100

Context = ServerRequestContext[Any]


class McpServer:
    """Answers the requests of one client of the Model Context Protocol."""

    def __init__(self, agent: AgentRuntime, folders: Sequence[Path] = ()) -> None:
        self._agent = agent
        self._values = ClientValues(agent, folders)
        # Digests of results, the latest last, with their names.
        self._results: dict[str, str] = {}
        # Only these may be decided: other runs of the home folder belong to others.
        self._waiting_runs: set[str] = set()

    def build(self) -> Server[Any]:
        """Return the server of the SDK, which any transport can run."""
        return Server(
            "batuta",
            version=version("batuta"),
            instructions=_INSTRUCTIONS,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_resource_templates,
            on_read_resource=self._read_resource,
            on_list_prompts=self._list_prompts,
            on_get_prompt=self._get_prompt,
        )

    @property
    def _callees(self) -> Mapping[str, Callee]:
        own_names = {tool.name for tool in run_tools()}
        return {
            name: callee
            for name, callee in sorted(self._agent.session.offered.items())
            if name not in own_names and not (isinstance(callee, Tool) and callee.internal)
        }

    async def _list_tools(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(
            tools=[*run_tools(), *map(tool_of_callee, self._callees.values())]
        )

    async def _call_tool(
        self, context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        async def report(value: float, message: str) -> None:
            await context.session.report_progress(value, message=message)

        arguments = params.arguments or {}
        try:
            if callee := self._callees.get(params.name):
                return await self._call(callee, arguments, report)
            match read_arguments(params.name, arguments):
                case RunRequestArguments() as checked:
                    events = await self._request_events(checked)
                case RunPlanArguments() as checked:
                    events = await self._plan_events(checked)
                case DecideRunArguments(run=run, decision=decision):
                    self._require_waiting(run)
                    events = self._agent.resume(run, Decision(decision))
                case _:
                    raise MCPError(types.INVALID_PARAMS, f"there is no tool {params.name[:100]!r}")
            return await self._finish(events, report)
        except BatutaError as error:
            return types.CallToolResult(content=[types.TextContent(text=str(error))], is_error=True)

    async def _call(
        self, callee: Callee, arguments: Mapping[str, Any], report: Report
    ) -> types.CallToolResult:
        """Run a plan of this one call."""
        values = await self._values.arguments(
            callee, {name: value for name, value in arguments.items() if name != SEED}
        )
        input_names = {name: f"{name}_input" for name in values}
        call = Call(
            callee.name,
            tuple(Argument(name, Name(input_name)) for name, input_name in input_names.items()),
        )
        events = self._agent.run(
            callee.name,
            named_values={input_names[name]: value for name, value in values.items()},
            plan=format_plan(Plan((Assign(_RESULT, call), Say(Name(_RESULT))))),
            seed=_read_seed(arguments.get(SEED, 0)),
        )
        return await self._finish(events, report, _RESULT)

    async def _request_events(self, arguments: RunRequestArguments) -> AsyncGenerator[Event]:
        return self._agent.run(
            arguments.request,
            named_values=await self._name_files(arguments.files, arguments.conversation),
            conversation=arguments.conversation,
            seed=arguments.seed,
            ask_first=arguments.ask_first,
        )

    async def _plan_events(self, arguments: RunPlanArguments) -> AsyncGenerator[Event]:
        return self._agent.run(
            "run a plan",
            named_values=await self._name_files(arguments.files, arguments.conversation),
            conversation=arguments.conversation,
            seed=arguments.seed,
            plan=arguments.plan,
        )

    async def _name_files(self, texts: Sequence[str], conversation: str) -> dict[str, Encoded]:
        values = await self._values.files(texts)
        return {
            file.name: file.value for file in await self._agent.suggest_names(conversation, values)
        }

    async def _finish(
        self, events: AsyncGenerator[Event], report: Report, result_name: str = ""
    ) -> types.CallToolResult:
        outcome = await finish_run(events, report)
        if outcome.state == "waiting":
            self._waiting_runs.add(outcome.run)
        else:
            self._waiting_runs.discard(outcome.run)
        for result in outcome.results:
            for digest in references(result.value):
                self._results.pop(digest, None)
                self._results[digest] = result.name
        return await run_result(self._agent, outcome, result_name)

    def _require_waiting(self, run: str) -> None:
        if run not in self._waiting_runs:
            raise InputError(
                f"no run {run!r:.100} of this client waits; "
                f"waiting: {', '.join(sorted(self._waiting_runs)) or 'none'}",
                hint="give the `run` of a result whose state is `waiting`",
            )

    async def _list_resources(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        latest = list(self._results.items())[: -_LISTED_ARTIFACTS - 1 : -1]
        resources = [
            await asyncio.to_thread(self._resource, digest, name) for digest, name in latest
        ]
        return types.ListResourcesResult(resources=resources)

    def _resource(self, digest: str, name: str) -> types.Resource:
        artifact = self._agent.session.store.describe(digest)
        return types.Resource(
            name=name,
            uri=artifact_uri(digest),
            description=visible(artifact.description),
            mime_type=media_type(artifact),
            size=artifact.bytes,
        )

    async def _list_resource_templates(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        template = types.ResourceTemplate(
            name="artifact",
            uri_template=f"{ARTIFACT_URI}{{digest}}",
            description="A stored image, audio, video, table or region, named by its content",
        )
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def _read_resource(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        digest = digest_of_uri(params.uri)
        if not digest:
            raise MCPError(
                types.INVALID_PARAMS,
                f"{params.uri[:200]!r} is no resource; allowed is {ARTIFACT_URI}DIGEST",
            )
        try:
            content = await asyncio.to_thread(resource_contents, self._agent.session.store, digest)
        except InputError as error:
            raise MCPError(types.INVALID_PARAMS, str(error)) from error
        return types.ReadResourceResult(contents=[content])

    @property
    def _plans(self) -> dict[str, NamedPlan]:
        return {
            name: callee for name, callee in self._callees.items() if isinstance(callee, NamedPlan)
        }

    async def _list_prompts(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListPromptsResult:
        return types.ListPromptsResult(prompts=[_prompt(plan) for plan in self._plans.values()])

    async def _get_prompt(
        self, context: Context, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        plan = self._plans.get(params.name)
        if plan is None:
            raise MCPError(
                types.INVALID_PARAMS,
                f"there is no prompt {params.name[:100]!r}; there are: {', '.join(self._plans)}",
            )
        arguments = params.arguments or {}
        missing = [
            parameter.name
            for parameter in plan.parameters
            if parameter.required and parameter.name not in arguments
        ]
        if missing:
            raise MCPError(
                types.INVALID_PARAMS,
                f"the prompt {plan.name!r} needs {', '.join(missing)}: {plan.signature}",
            )
        template = Template(files("prompts").joinpath("mcp_prompt.md").read_text("utf-8"))
        text = template.substitute(
            name=plan.name,
            description=plan.description,
            arguments="\n".join(f"- {name} = {value!r}" for name, value in arguments.items()),
            plan=plan.text.strip(),
        )
        message = types.PromptMessage(role="user", content=types.TextContent(text=text))
        return types.GetPromptResult(description=plan.description, messages=[message])


def _prompt(plan: NamedPlan) -> types.Prompt:
    return types.Prompt(
        name=plan.name,
        description=plan.description,
        arguments=[
            types.PromptArgument(
                name=parameter.name, description=str(parameter.type), required=parameter.required
            )
            for parameter in plan.parameters
        ],
    )


def _read_seed(seed: object) -> int:
    if isinstance(seed, int) and not isinstance(seed, bool) and seed >= 0:
        return seed
    raise InputError(f"the seed is {seed!r:.100}; allowed are 0, 1, 2, …", hint="leave it out")


async def serve_stdio(settings: Settings, folders: Sequence[Path]) -> None:
    """Serve one client on standard input and output; everything else goes to stderr."""
    # First, so that nothing that opening the agent prints reaches the client.
    async with stdio_server() as (read_stream, write_stream), AgentRuntime.open(settings) as agent:
        server = McpServer(agent, folders).build()
        await server.run(read_stream, write_stream, server.create_initialization_options())
