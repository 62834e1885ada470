"""Execute one command of a plan: reuse its result or run it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any, TypeVar, cast

from agent.plan import CallSite
from agent.record.artifacts import Encoded, Lineage, digest_of, references
from agent.record.events import (
    CommandFailed,
    CommandFinished,
    CommandProgress,
    CommandRetried,
    CommandStarted,
    Event,
    ModelChosen,
)
from agent.record.usage import Usage
from agent.runtime.conductor_writer import ConductorWriter
from agent.runtime.retry_rules import Budget, BudgetSpent, Rule, as_tool_error, rule_for
from agent.runtime.session import Orchestra
from tools.errors import BatutaError, Cancelled, InputError, ToolError
from tools.media import Image
from tools.models.routing import Choice, choose
from tools.sdk.call_context import Call, Progress, inside
from tools.sdk.model import Model
from tools.sdk.plan_types import Value, accepts, type_of_value
from tools.sdk.text_writer import CONDUCTOR
from tools.sdk.tool import SEED, Tool

R = TypeVar("R")

log = logging.getLogger(__name__)


class Performer:
    """Executes the commands of one plan of one run.

    `finished_results` are the results in the trace of the run, by path: these commands do not run
    again.
    """

    def __init__(
        self,
        orchestra: Orchestra,
        *,
        run: str,
        attempt: int,
        seed: int,
        finished: dict[str, Encoded],
        emit: Callable[[Event], None],
        budget: Budget,
        usage: Usage,
    ) -> None:
        self._orchestra = orchestra
        self._run = run
        self._attempt = attempt
        self._seed = seed
        self._finished = finished
        self._emit = emit
        self._budget = budget
        self._usage = usage
        self._performed = 0
        self._made_bytes = 0
        self.failed: set[str] = set()
        self._same: dict[str, asyncio.Lock] = {}
        self._last_progress: dict[str, float] = {}

    async def __call__(self, site: CallSite) -> Value:
        """Return the result of the command; BatutaError if no retry rule succeeds."""
        try:
            return await self._result(site)
        except Cancelled:
            raise
        except BatutaError as error:
            self.failed.add(site.path)
            kind = type(error).__name__
            self._emit(CommandFailed(site.path, site.name, site.text, site.line, str(error), kind))
            raise

    async def _result(self, site: CallSite) -> Value:
        if site.path in self._finished:
            finished = self._finished[site.path]
            try:
                return await self._in_thread(self._orchestra.store.decode, finished)
            except InputError as error:
                log.warning("running %s again: %s", site.text, error.message)
        self._spend_command()
        choices = await self._in_thread(
            choose,
            site.tool,
            site.pin,
            site.arguments,
            self._orchestra.profile,
            self._orchestra.language_model_name,
        )
        arguments = dict(site.arguments)
        if site.tool.seeded and SEED not in arguments:
            arguments[SEED] = self._seed + site.occurrence
        encoded = {
            name: await self._in_thread(self._orchestra.store.encode, value)
            for name, value in arguments.items()
        }
        key = self._key(site, choices[0], encoded)
        self._emit(CommandStarted(site.path, site.name, site.tool.name, site.text, site.line))
        # Of two equal commands at the same time, the second uses the result of the first.
        async with self._same.setdefault(key, asyncio.Lock()):
            if known := await self._in_thread(self._orchestra.store.recall, key):
                value = await self._in_thread(self._orchestra.store.decode, known[0])
                return self._finish(site, known[0], value, seconds=0.0, cached=True)
            begun = time.monotonic()
            value, choice = await self._perform_by_rules(site, choices, arguments)
            seconds = time.monotonic() - begun
            lineage = Lineage(
                command=site.text,
                tool=site.tool.name,
                tool_version=site.tool.version,
                arguments=encoded,
                model=choice.model,
                model_revision=choice.revision,
                model_bytes=self._orchestra.bytes_of(choice.model),
                seed=cast("int | None", arguments.get(SEED)),
                seconds=round(seconds, 3),
            )
            result = await self._in_thread(
                lambda: self._orchestra.store.encode(value, lineage=lineage)
            )
            self._spend_bytes(result)
            made = self._key(site, choice, encoded)
            await self._in_thread(self._orchestra.store.remember, made, result)
            return self._finish(site, result, value, seconds=seconds, cached=False)

    def _key(self, site: CallSite, choice: Choice, encoded: dict[str, Encoded]) -> str:
        tool = site.tool
        if not tool.cache:
            return digest_of(self._run, self._attempt, site.path)
        return digest_of(tool.name, tool.version, choice.model, choice.revision, encoded)

    def _spend_command(self) -> None:
        self._performed += 1
        if self._performed > self._budget.commands:
            raise BudgetSpent(
                f"the plan asks for more than {self._budget.commands} commands",
                hint="ask for less at once",
            )

    def _spend_bytes(self, result: Encoded) -> None:
        for digest in references(result):
            artifact = self._orchestra.store.find(digest)
            self._made_bytes += artifact.bytes if artifact else 0
        if self._made_bytes > self._budget.result_bytes:
            raise BudgetSpent(
                f"the request has made {self._made_bytes:,} bytes of pictures, sounds and films; "
                f"{self._budget.result_bytes:,} are allowed",
                hint="ask for less at once, or for smaller results",
            )

    def _finish(
        self, site: CallSite, result: Encoded, value: Value, *, seconds: float, cached: bool
    ) -> Value:
        self._emit(
            CommandFinished(
                attempt=self._attempt,
                path=site.path,
                name=site.name,
                tool=site.tool.name,
                value=result,
                shown=site.shown(value),
                seconds=round(seconds, 3),
                cached=cached,
            )
        )
        return value

    async def _perform_by_rules(
        self, site: CallSite, choices: list[Choice], arguments: dict[str, Value]
    ) -> tuple[Value, Choice]:
        remaining = list(choices)
        retries = 0
        relieved = False
        while True:
            choice = remaining[0]
            if choice.model:
                self._emit(ModelChosen(site.path, choice.model, choice.reason))
            try:
                return await self._perform_once(site, choice, arguments), choice
            except Exception as raised:
                error = as_tool_error(site.tool.name, raised)
                if error is not raised:
                    log.info("%s failed", site.text, exc_info=raised)
            match rule_for(error):
                case Rule.RETRY if retries < self._budget.retries:
                    pause = self._budget.first_pause_seconds * 2**retries
                    retries += 1
                    self._emit(CommandRetried(site.path, Rule.RETRY, error.message))
                    await asyncio.sleep(pause)
                case Rule.RELIEVE if not relieved:
                    relieved = True
                    await self._orchestra.relieve()
                    self._emit(CommandRetried(site.path, Rule.RELIEVE, error.message))
                case (Rule.RELIEVE | Rule.OTHER) as rule if len(remaining) > 1:
                    failed = remaining.pop(0)
                    if rule is Rule.OTHER:
                        # Its smaller variants come from the same weights.
                        remaining = [each for each in remaining if not failed.is_form_of(each)]
                    if not remaining:
                        raise error
                    self._emit(CommandRetried(site.path, rule, error.message))
                case _:
                    raise error

    async def _perform_once(
        self, site: CallSite, choice: Choice, arguments: dict[str, Value]
    ) -> Value:
        call = Call(self._reporter(site.path))
        try:
            async with asyncio.timeout(self._budget.command_seconds):
                return await self._leased(site.tool, choice, arguments, call)
        except TimeoutError as error:
            raise ToolError(
                f"{site.tool.name} took longer than {self._budget.command_seconds:.0f} seconds",
                hint="ask for less at once, or use a faster model or machine",
            ) from error
        finally:
            call.stop.set()

    async def _leased(
        self, tool: Tool[..., Any], choice: Choice, arguments: dict[str, Value], call: Call
    ) -> Value:
        async with AsyncExitStack() as lease:
            models: list[Model] = []
            if choice.model == CONDUCTOR:
                language_model = self._orchestra.language_model()
                writer = ConductorWriter(language_model, seed=self._seed, usage=self._usage)
                models.append(writer)
            elif choice.model:
                await self._in_thread(self._orchestra.fetch_weights, choice.model, call.stop)
                residency = self._orchestra.residency
                device = self._orchestra.device_of(choice.model)
                leased = residency.lease(choice.model, device=device)
                models.append(await lease.enter_async_context(leased))
                residency.used(self._run, choice.model)
            running = asyncio.ensure_future(
                self._in_thread(_call_tool, tool, models, arguments, call)
            )
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                # A thread cannot be stopped from outside. Its model stays leased until the tool
                # notices the stop request, so that no other call uses the model meanwhile.
                self._orchestra.release_when_done(running, lease.pop_all())
                raise

    def _reporter(self, path: str) -> Callable[[Progress], None]:
        """Return a callback that emits progress every 0.1 s at most."""
        loop = asyncio.get_running_loop()

        def report(progress: Progress) -> None:
            now = time.monotonic()
            if now - self._last_progress.get(path, 0.0) < 0.1 and progress.fraction < 1:
                return
            self._last_progress[path] = now
            preview = self._preview(progress.preview)
            event = CommandProgress(path, progress.fraction, progress.message, preview)
            loop.call_soon_threadsafe(self._emit, event)

        return report

    def _preview(self, image: Image | None) -> str:
        return self._orchestra.store.put(image).digest if image else ""

    async def _in_thread(self, function: Callable[..., R], *arguments: Any) -> R:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._orchestra.threads, lambda: function(*arguments))


def _call_tool(
    tool: Tool[..., Any], models: Sequence[Model], arguments: dict[str, Value], call: Call
) -> Value:
    try:
        with inside(call):
            value = tool.function(*models, **arguments)
    except BaseException as raised:
        if isinstance(raised, Exception) and not isinstance(raised, StopIteration):
            raise
        # sys.exit would stop the event loop, and a future cannot hold a StopIteration.
        raise as_tool_error(tool.name, raised) from raised
    try:
        found = type_of_value(value)
    except TypeError:
        found = None
    if found is None or not accepts(tool.returns, found):
        raise ToolError(
            f"{tool.name} returned {found or type(value).__name__} instead of {tool.returns}",
            hint=f"this is a bug in the tool: see {tool.source}",
        )
    return value
