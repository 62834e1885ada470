"""Text generation for tools, with the language model that writes the plans."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import aclosing
from importlib.resources import files
from string import Template
from typing import Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage

from agent.record.budget import Budget
from agent.record.events import Event
from agent.record.usage import Usage, measure_call
from agent.runtime.run_coroutine import run_coroutine
from tools.errors import BatutaError, ToolError
from tools.sdk.call_context import check_stop
from tools.sdk.text_writer import Writer

MAX_TOKENS = 1_024


class ConductorWriter(Writer):
    """Generates text with a chat model that it does not own.

    Call it from a thread without an event loop, such as those of tools.
    """

    def __init__(
        self,
        model: BaseChatModel,
        *,
        seed: int = 0,
        usage: Usage | None = None,
        model_name: str = "",
        path: str = "",
        emit: Callable[[Event], None] = lambda event: None,
    ) -> None:
        self.model = model
        self.seed = seed
        self.usage = usage or Usage(Budget())
        self._model_name = model_name
        self._path = path
        self._emit = emit

    def write(self, instruction: str, text: str) -> str:
        return run_coroutine(self._write(instruction, text))

    async def _write(self, instruction: str, text: str) -> str:
        prompt = files("prompts").joinpath("write.md").read_text(encoding="utf-8")
        system_prompt = Template(prompt).substitute(instruction=instruction).strip()
        source_text = re.sub(r"</?text>", "", text).strip()
        messages = [SystemMessage(system_prompt), HumanMessage(f"<text>\n{source_text}\n</text>")]
        reply = ""
        max_tokens = self.usage.begin_call(MAX_TOKENS)
        stream = self.model.astream(messages, max_tokens=max_tokens, seed=self.seed)
        meter = measure_call(
            self.usage, self._emit, model=self._model_name, purpose="write", path=self._path
        )
        try:
            with meter as call:
                async with aclosing(cast("Any", stream)) as chunks:
                    async for chunk in chunks:
                        check_stop()
                        call.add(chunk.usage_metadata)
                        reply += chunk.text
        except BatutaError:
            raise
        except Exception as error:
            raise ToolError(
                f"the language model failed: {type(error).__name__}: {error}",
                hint="check that it is running and that --llm names the right one",
                page_hint="check that it is running",
            ) from error
        reply = re.sub(r"</?text>", "", reply).strip()
        if not reply:
            raise ToolError(
                "the language model wrote nothing",
                hint="try again, or choose another with --llm",
                page_hint="try again, or choose another language model",
            )
        return reply
