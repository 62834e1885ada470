"""The interface of workers: processes that run tools with models, perhaps on other machines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol

from agent.record.artifacts import Encoded
from tools.models.routing import ModelChoice
from tools.sdk.call_context import CallContext
from tools.sdk.typed_function import TypedFunction

if TYPE_CHECKING:
    from agent.runtime.session import Session


class Workers(Protocol):
    """Runs the calls of tools that have a model with weights."""

    async def run(
        self,
        tool: TypedFunction[..., Any],
        choice: ModelChoice,
        arguments: Mapping[str, Encoded],
        call: CallContext,
    ) -> Encoded:
        """Run the call where the model is; BatutaError as if it had run here.

        Media are references to the artifact store, which the workers share. When the task is
        cancelled, the worker is asked to stop.
        """
        ...


OpenWorkers = Callable[["Session"], AbstractAsyncContextManager[Workers]]
"""Opens the workers for the models of a session's profile."""
