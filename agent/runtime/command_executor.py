"""Execute one command of a plan: reuse its result or run it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, TypeVar, cast

from agent.plan import CallSite
from agent.record.artifacts import Encoded, Lineage, digest_of, references
from agent.record.budget import Budget, BudgetSpent
from agent.record.events import (
    ClientCall,
    CommandFailed,
    CommandFinished,
    CommandProgress,
    CommandRetried,
    CommandStarted,
    Event,
    ModelChosen,
)
from agent.record.storage_errors import storage_error
from agent.record.usage import Usage
from agent.runtime.client_tools import ClientCallPending
from agent.runtime.conductor_writer import ConductorWriter
from agent.runtime.result_limits import check_result
from agent.runtime.retry_rules import RetryRule, as_tool_error, rule_for
from agent.runtime.session import Session
from agent.runtime.tool_call import call_tool
from tools.errors import BatutaError, Cancelled, InputError, ToolError
from tools.media import Image, Media
from tools.models.routing import ModelChoice, choose_models
from tools.sdk.call_context import CallContext, Progress
from tools.sdk.model import Model
from tools.sdk.plan_types import Value
from tools.sdk.text_writer import CONDUCTOR
from tools.sdk.tool import Tool
from tools.sdk.typed_function import SEED

R = TypeVar("R")

log = logging.getLogger(__name__)


class CommandExecutor:
    """Executes the commands of one plan of one run.

    `finished_results` are the results in the trace of the run, by path: these commands do not run
    again. `stored` are the digests of media that are in the store already. `approved_endpoints` are
    the models that run elsewhere and may be sent data.
    """

    def __init__(
        self,
        session: Session,
        *,
        run: str,
        attempt: int,
        seed: int,
        finished_results: dict[str, Encoded],
        stored: set[str],
        emit: Callable[[Event], None],
        budget: Budget,
        usage: Usage,
        fetch_approved: bool = False,
        approved_endpoints: Collection[str] = (),
    ) -> None:
        self._session = session
        self._run = run
        self._attempt = attempt
        self._seed = seed
        self._finished_results = finished_results
        self._stored = stored
        self._emit = emit
        self._budget = budget
        self._usage = usage
        self._fetch_approved = fetch_approved
        self._approved_endpoints = approved_endpoints
        self._command_count = 0
        self._result_bytes = 0
        self.failed_paths: set[str] = set()
        self.client_calls: list[ClientCall] = []
        """The calls that the client has to run."""
        self._slots = asyncio.Semaphore(budget.parallel_commands)
        self._locks: dict[str, asyncio.Lock] = {}
        self._last_progress: dict[str, float] = {}

    async def __call__(self, site: CallSite) -> Value:
        """Return the result of the command; BatutaError if no retry rule succeeds."""
        try:
            async with self._slots:
                return await self._result(site)
        except Cancelled:
            raise
        except ClientCallPending:
            self.failed_paths.add(site.path)
            arguments = {name: await self.encode(value) for name, value in site.arguments.items()}
            self.client_calls.append(
                ClientCall(
                    site.path, site.name, site.tool.name, site.text, self._attempt, arguments
                )
            )
            raise
        except BatutaError as error:
            self.failed_paths.add(site.path)
            self._emit(CommandFailed.from_error(site.path, site.name, site.text, site.line, error))
            raise

    async def encode(self, value: Value) -> Encoded:
        """Return a value of the run with its media as references; a stored file is not read."""
        if not isinstance(value, Media | list):
            return value
        store = self._session.store
        encoded = await self._in_thread(partial(store.encode, value, stored=self._stored))
        self._stored.update(references(encoded))
        return encoded

    async def decode(self, encoded: Encoded) -> Value:
        """Return a value of the run with its media."""
        if not isinstance(encoded, dict | list):
            return encoded
        return await self._in_thread(self._session.store.decode, encoded)

    async def _result(self, site: CallSite) -> Value:
        if site.path in self._finished_results:
            finished_result = self._finished_results[site.path]
            try:
                return await self.decode(finished_result)
            except InputError as error:
                log.warning("running %s again: %s", site.text, error.message)
        self._count_command()
        choices = await self._in_thread(
            choose_models,
            site.tool,
            site.pin,
            site.arguments,
            self._session.profile,
            self._session.text_model_name,
            self._session.store.belongs_to,
        )
        arguments = dict(site.arguments)
        if site.tool.seeded and SEED not in arguments:
            arguments[SEED] = self._seed + site.occurrence
        encoded = {name: await self.encode(value) for name, value in arguments.items()}
        key = self._key(site, choices[0], encoded)
        self._emit(CommandStarted(site.path, site.name, site.tool.name, site.text, site.line))
        # Of two equal commands at the same time, the second uses the result of the first.
        async with self._locks.setdefault(key, asyncio.Lock()):
            if cached_result := await self._in_thread(self._session.store.load_result, key):
                value = await self.decode(cached_result[0])
                size = self._stored_bytes(cached_result[0])
                return self._finish(site, cached_result[0], value, size, cached=True)
            start_time = time.monotonic()
            value, choice = await self._run_with_retries(site, choices, arguments)
            await self._in_thread(check_result, site.tool.name, value)
            seconds = time.monotonic() - start_time
            lineage = Lineage(
                command=site.text,
                tool=site.tool.name,
                tool_version=site.tool.version,
                arguments=encoded,
                model=choice.model,
                model_revision=choice.revision,
                model_bytes=self._session.bytes_of(choice.model),
                seed=cast("int | None", arguments.get(SEED)),
                seconds=round(seconds, 3),
                model_domain=choice.card.domain if choice.card else "",
            )
            result = await self._in_thread(self._encode, site.tool.name, value, lineage)
            size = self._stored_bytes(result)
            self._count_bytes(size)
            result_key = self._key(site, choice, encoded)
            await self._in_thread(self._session.store.save_result, result_key, result)
            return self._finish(site, result, value, size, seconds=seconds)

    def _encode(self, tool: str, value: Value, lineage: Lineage) -> Encoded:
        """Store a result; ToolError if the tool made something that cannot be encoded."""
        try:
            result = self._session.store.encode(value, lineage=lineage)
        except Exception as error:
            raise storage_error(error, self._session.home) or as_tool_error(tool, error) from error
        self._stored.update(references(result))
        return result

    def _key(self, site: CallSite, choice: ModelChoice, encoded: dict[str, Encoded]) -> str:
        tool = site.tool
        if not tool.cache:
            return digest_of(self._run, self._attempt, site.path)
        return digest_of(tool.name, tool.version, choice.model, choice.revision, encoded)

    def _count_command(self) -> None:
        self._command_count += 1
        if self._command_count > self._budget.commands:
            raise BudgetSpent(
                f"the plan asks for more than {self._budget.commands} commands",
                hint="ask for less at once",
            )

    def _count_bytes(self, size: int) -> None:
        self._result_bytes += size
        if self._result_bytes > self._budget.result_bytes:
            raise BudgetSpent(
                f"the request has made {self._result_bytes:,} bytes of pictures, sounds and films; "
                f"{self._budget.result_bytes:,} are allowed",
                hint="ask for less at once, or for smaller results",
            )

    def _stored_bytes(self, result: Encoded) -> int:
        artifacts = map(self._session.store.find, references(result))
        return sum(artifact.bytes for artifact in artifacts if artifact)

    def _finish(
        self,
        site: CallSite,
        result: Encoded,
        value: Value,
        size: int,
        *,
        seconds: float = 0.0,
        cached: bool = False,
    ) -> Value:
        self._emit(
            CommandFinished(
                attempt=self._attempt,
                path=site.path,
                name=site.name,
                tool=site.tool.name,
                value=result,
                result_text=site.format_result(value),
                seconds=round(seconds, 3),
                cached=cached,
                bytes=size,
            )
        )
        return value

    async def _run_with_retries(
        self, site: CallSite, choices: list[ModelChoice], arguments: dict[str, Value]
    ) -> tuple[Value, ModelChoice]:
        remaining = list(choices)
        retries = 0
        memory_freed = False
        while True:
            choice = remaining[0]
            if choice.model:
                self._emit(ModelChosen(site.path, choice.model, choice.reason))
            try:
                return await self._run_once(site, choice, arguments), choice
            except Exception as cause:
                error = as_tool_error(site.tool.name, cause)
                if error is not cause:
                    log.info("%s failed", site.text, exc_info=cause)
            match rule_for(error):
                case RetryRule.RETRY if retries < self._budget.retries:
                    delay_s = self._budget.first_pause_seconds * 2**retries
                    retries += 1
                    self._emit(CommandRetried(site.path, RetryRule.RETRY, error.message))
                    await asyncio.sleep(delay_s)
                case RetryRule.RELIEVE if not memory_freed:
                    memory_freed = True
                    await self._session.evict_idle()
                    self._emit(CommandRetried(site.path, RetryRule.RELIEVE, error.message))
                case (RetryRule.RELIEVE | RetryRule.OTHER) as rule if len(remaining) > 1:
                    failed_choice = remaining.pop(0)
                    if rule is RetryRule.OTHER:
                        # Its smaller variants come from the same weights.
                        remaining = [
                            other for other in remaining if not failed_choice.is_same_model(other)
                        ]
                    if not remaining:
                        raise error
                    self._emit(CommandRetried(site.path, rule, error.message))
                case _:
                    raise error

    async def _run_once(
        self, site: CallSite, choice: ModelChoice, arguments: dict[str, Value]
    ) -> Value:
        call = CallContext(self._progress_reporter(site.path))
        try:
            async with asyncio.timeout(self._budget.command_seconds):
                return await self._run_leased(site, choice, arguments, call)
        except TimeoutError as error:
            raise ToolError(
                f"{site.tool.name} took longer than {self._budget.command_seconds:.0f} seconds",
                hint="ask for less at once, or use a faster model or machine",
            ) from error
        finally:
            call.stop.set()

    async def _run_leased(
        self,
        site: CallSite,
        choice: ModelChoice,
        arguments: dict[str, Value],
        call: CallContext,
    ) -> Value:
        if self._session.workers and _has_worker(site, choice):
            encoded = {name: await self.encode(value) for name, value in arguments.items()}
            result = await self._session.workers.run(site.tool, choice, encoded, call)
            return await self.decode(result)
        async with AsyncExitStack() as lease:
            models: list[Model] = []
            if choice.model == CONDUCTOR:
                models.append(self._writer(site.path))
            elif choice.card:
                if choice.model not in self._approved_endpoints:
                    self._session.profile.require_consent_to_send(choice.card)
                if not self._session.bytes_of(choice.model):
                    if not self._fetch_approved:
                        self._session.profile.require_consent(choice.card)
                    await self._in_thread(self._session.fetch_weights, choice.card, call.stop)
                residency = self._session.residency
                device = self._session.profile.device_of(choice.card)
                model_lease = residency.lease(choice.model, device=device)
                models.append(await lease.enter_async_context(model_lease))
                residency.mark_used(self._run, choice.model)
            future = asyncio.ensure_future(
                self._in_thread(call_tool, site.tool, models, arguments, call)
            )
            try:
                return await asyncio.shield(future)
            except asyncio.CancelledError:
                # A thread cannot be stopped from outside. Its model stays leased until the tool
                # notices the stop request, so that no other call uses the model meanwhile.
                self._session.release_when_done(future, lease.pop_all())
                raise

    def _writer(self, path: str) -> ConductorWriter:
        """Return the writer of a command, which runs in a thread of its own."""
        loop = asyncio.get_running_loop()

        def report(event: Event) -> None:
            loop.call_soon_threadsafe(self._emit, event)

        return ConductorWriter(
            self._session.text_model(),
            seed=self._seed,
            usage=self._usage,
            model_name=self._session.text_model_name,
            path=path,
            emit=report,
        )

    def _progress_reporter(self, path: str) -> Callable[[Progress], None]:
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
        return self._session.store.add(image).digest if image else ""

    async def _in_thread(self, function: Callable[..., R], *arguments: Any) -> R:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._session.threads, lambda: function(*arguments))


def _has_worker(site: CallSite, choice: ModelChoice) -> bool:
    """Return whether workers run the call: one of a tool whose model has weights."""
    return isinstance(site.tool, Tool) and choice.card is not None and choice.card.endpoint is None
