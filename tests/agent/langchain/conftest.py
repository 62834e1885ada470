from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field

Reply = Callable[[list[BaseMessage]], AIMessage]


class ScriptedAssistant(BaseChatModel):
    """A chat model that calls tools as its replies say, which know the messages so far."""

    replies: list[Reply]
    offered: list[dict[str, Any]] = Field(default_factory=list)
    """The tools as a provider would receive them."""

    @property
    def _llm_type(self) -> str:
        return "scripted assistant"

    def bind_tools(self, tools: Sequence[Any], **options: Any) -> Runnable[Any, AIMessage]:
        self.offered = [convert_to_openai_tool(tool) for tool in tools]
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **options: Any,
    ) -> ChatResult:
        answered = sum(isinstance(message, AIMessage) for message in messages)
        return ChatResult(generations=[ChatGeneration(message=self.replies[answered](messages))])


def call(name: str, **arguments: Any) -> AIMessage:
    """A message that calls one tool."""
    return AIMessage(content="", tool_calls=[{"name": name, "args": arguments, "id": f"id-{name}"}])
