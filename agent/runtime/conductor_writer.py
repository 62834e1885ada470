"""Text generation for tools, with the language model that writes the plans."""

from __future__ import annotations

import re
from contextlib import aclosing
from importlib.resources import files
from string import Template
from typing import Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage

from agent.record.usage import Usage
from agent.runtime.retry_rules import Budget
from agent.runtime.run_coroutine import run_to_end
from tools.errors import BatutaError, ToolError
from tools.sdk.call_context import check_stop
from tools.sdk.text_writer import Writer

MOST_TOKENS = 1_024


class ConductorWriter(Writer):
    """Generates text with a chat model that it does not own.

    Call it from a thread without an event loop, such as those of tools.
    """

    def __init__(self, model: BaseChatModel, *, seed: int = 0, usage: Usage | None = None) -> None:
        self.model = model
        self.seed = seed
        self.usage = usage or Usage(Budget())

    def write(self, instruction: str, text: str) -> str:
        return run_to_end(self._write(instruction, text))

    async def _write(self, instruction: str, text: str) -> str:
        prompt = files("prompts").joinpath("write.md").read_text(encoding="utf-8")
        told = Template(prompt).substitute(instruction=instruction).strip()
        given = re.sub(r"</?text>", "", text).strip()
        messages = [SystemMessage(told), HumanMessage(f"<text>\n{given}\n</text>")]
        written = ""
        max_tokens = self.usage.begin_call(MOST_TOKENS)
        stream = self.model.astream(messages, max_tokens=max_tokens, seed=self.seed)
        try:
            async with aclosing(cast("Any", stream)) as chunks:
                async for chunk in chunks:
                    check_stop()
                    self.usage.add(chunk.usage_metadata)
                    written += chunk.text
        except BatutaError:
            raise
        except Exception as error:
            raise ToolError(
                f"the language model failed: {type(error).__name__}: {error}",
                hint="check that it is running and that --llm names it rightly",
            ) from error
        written = re.sub(r"</?text>", "", written).strip()
        if not written:
            raise ToolError(
                "the language model wrote nothing", hint="try again, or choose another with --llm"
            )
        return written
