"""The MCP server: tools and requests, artifacts as resources, and named plans as prompts.

>>> server = McpServer(backend_of)
>>> async with Client(server.build()) as client: ...

Each request is answered with the backend of its client, which says what that client may use.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
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
from agent.mcp.local_backend import LocalBackend
from agent.mcp.mcp_backend import McpBackend, McpRun
from agent.mcp.mcp_runs import Report, finish_run, run_result
from agent.mcp.result_content import media_type, resource_contents
from agent.mcp.run_tools import (
    DecideRunArguments,
    RunPlanArguments,
    RunRequestArguments,
    read_arguments,
    run_tools,
)
from agent.mcp.single_call import RESULT, call_events
from agent.mcp.tool_definitions import tool_of_callee
from agent.plan import Callee, NamedPlan
from agent.record.artifacts import Encoded
from agent.record.control_characters import visible
from agent.record.events import Event
from agent.runtime.agent_runtime import AgentRuntime, Decision, Settings
from tools.errors import BatutaError, InputError
from tools.sdk.tool import Tool

_INSTRUCTIONS = (
    "Tools for pictures, sounds, films and texts. run_request answers a request in plain words; "
    "the other tools do one thing. A result is linked by a URI that other tools take."
)
_LISTED_ARTIFACTS = 100

Context = ServerRequestContext[Any]
BackendOf = Callable[[Context], Awaitable[McpBackend]]
"""Returns the backend of the client that a request comes from."""


class McpServer:
    """Answers the requests of clients of the Model Context Protocol."""

    def __init__(self, backend_of: BackendOf) -> None:
        self._backend_of = backend_of

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

    async def _list_tools(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        callees = _callees_of(await self._backend_of(context))
        return types.ListToolsResult(tools=[*run_tools(), *map(tool_of_callee, callees.values())])

    async def _call_tool(
        self, context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        async def report(value: float, message: str) -> None:
            await context.session.report_progress(value, message=message)

        backend = await self._backend_of(context)
        arguments = params.arguments or {}
        try:
            if callee := _callees_of(backend).get(params.name):
                events = await call_events(backend, callee, arguments)
                return await _finish(backend, events, report, RESULT)
            match read_arguments(params.name, arguments):
                case RunRequestArguments() as checked:
                    events = await _request_events(backend, checked)
                case RunPlanArguments() as checked:
                    events = await _plan_events(backend, checked)
                case DecideRunArguments(run=run, decision=decision):
                    events = backend.decide(run, Decision(decision))
                case _:
                    raise MCPError(types.INVALID_PARAMS, f"there is no tool {params.name[:100]!r}")
            return await _finish(backend, events, report)
        except BatutaError as error:
            return types.CallToolResult(content=[types.TextContent(text=str(error))], is_error=True)

    async def _list_resources(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        backend = await self._backend_of(context)
        latest = list(backend.results().items())[:_LISTED_ARTIFACTS]
        resources = [
            await asyncio.to_thread(_resource, backend.agent, digest, name)
            for digest, name in latest
        ]
        return types.ListResourcesResult(resources=resources)

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
        backend = await self._backend_of(context)
        try:
            backend.require_artifact(digest)
            store = backend.agent.session.store
            content = await asyncio.to_thread(resource_contents, store, digest)
        except InputError as error:
            raise MCPError(types.INVALID_PARAMS, str(error)) from error
        return types.ReadResourceResult(contents=[content])

    async def _list_prompts(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListPromptsResult:
        plans = _plans_of(await self._backend_of(context))
        return types.ListPromptsResult(prompts=[_prompt(plan) for plan in plans.values()])

    async def _get_prompt(
        self, context: Context, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        plans = _plans_of(await self._backend_of(context))
        plan = plans.get(params.name)
        if plan is None:
            raise MCPError(
                types.INVALID_PARAMS,
                f"there is no prompt {params.name[:100]!r}; there are: {', '.join(plans)}",
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


def _callees_of(backend: McpBackend) -> Mapping[str, Callee]:
    """Return the tools and named plans on offer, by name."""
    own_names = {tool.name for tool in run_tools()}
    return {
        name: callee
        for name, callee in sorted(backend.agent.session.offered.items())
        if name not in own_names and not (isinstance(callee, Tool) and callee.internal)
    }


def _plans_of(backend: McpBackend) -> dict[str, NamedPlan]:
    callees = _callees_of(backend).items()
    return {name: callee for name, callee in callees if isinstance(callee, NamedPlan)}


async def _request_events(
    backend: McpBackend, arguments: RunRequestArguments
) -> AsyncGenerator[Event]:
    run = McpRun(
        arguments.request,
        await _name_files(backend, arguments.files, arguments.conversation),
        conversation=arguments.conversation,
        seed=arguments.seed,
        ask_first=arguments.ask_first,
    )
    return backend.run(run)


async def _plan_events(backend: McpBackend, arguments: RunPlanArguments) -> AsyncGenerator[Event]:
    run = McpRun(
        "run a plan",
        await _name_files(backend, arguments.files, arguments.conversation),
        plan=arguments.plan,
        conversation=arguments.conversation,
        seed=arguments.seed,
    )
    return backend.run(run)


async def _name_files(
    backend: McpBackend, texts: Sequence[str], conversation: str
) -> dict[str, Encoded]:
    values = await ClientValues(backend).files(texts)
    thread = backend.thread_of(conversation) if conversation else ""
    return {file.name: file.value for file in await backend.agent.suggest_names(thread, values)}


async def _finish(
    backend: McpBackend, events: AsyncGenerator[Event], report: Report, result_name: str = ""
) -> types.CallToolResult:
    return await run_result(backend, await finish_run(events, report), result_name)


def _resource(agent: AgentRuntime, digest: str, name: str) -> types.Resource:
    artifact = agent.session.store.describe(digest)
    return types.Resource(
        name=name,
        uri=artifact_uri(digest),
        description=visible(artifact.description),
        mime_type=media_type(artifact),
        size=artifact.bytes,
    )


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


async def serve_stdio(settings: Settings, folders: Sequence[Path]) -> None:
    """Serve one client on standard input and output; everything else goes to stderr."""
    # First, so that nothing that opening the agent prints reaches the client.
    async with stdio_server() as (read_stream, write_stream), AgentRuntime.open(settings) as agent:
        backend = LocalBackend(agent, folders)

        async def backend_of(context: Context) -> McpBackend:
            return backend

        server = McpServer(backend_of).build()
        await server.run(read_stream, write_stream, server.create_initialization_options())
