"""Models of OpenAI and of compatible servers: vLLM, SGLang, Ollama, LM Studio."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI
from openai import OpenAIError
from pydantic import PrivateAttr, SecretStr

from agent.planner.llm.decoding_grammar import Grammar
from agent.planner.llm.llm_errors import LanguageModelError
from agent.planner.llm.streaming import MAX_TOKENS
from tools.errors import InputError

GRAMMAR_FIELDS: Mapping[str, Callable[[Grammar], dict[str, object]]] = {
    "llama.cpp": lambda grammar: {"grammar": grammar.gbnf},
    "sglang": lambda grammar: {"ebnf": grammar.gbnf},
    "vllm": lambda grammar: {"structured_outputs": {"grammar": grammar.gbnf}},
}
"""The request fields for constrained decoding of each server; OpenAI itself has none."""

_FORM = "openai:MODEL or openai:MODEL@http://host:port/v1"


class OpenAICompatibleChatModel(ChatOpenAI):
    """A model behind an HTTP address, with a grammar if requested."""

    grammar_style: str = ""
    _own_server: bool = PrivateAttr(default=False)

    @classmethod
    def from_name(cls, name: str) -> OpenAICompatibleChatModel:
        """Create the model that `MODEL`, `MODEL@URL` or `MODEL@URL?grammar=vllm` names."""
        model, _, address = name.partition("@")
        parts = urlsplit(address)
        if not model or (address and (parts.scheme not in ("http", "https") or not parts.netloc)):
            raise InputError(f"{name!r} does not name a model", hint=f"write {_FORM}")
        options = dict(parse_qsl(parts.query))
        style = options.pop("grammar", "")
        if options or (style and style not in GRAMMAR_FIELDS):
            raise InputError(
                f"{parts.query!r} is not an option of an openai: model",
                hint=f"?grammar= takes one of {', '.join(GRAMMAR_FIELDS)}",
            )
        key = os.environ.get("OPENAI_API_KEY", "")
        if not key and not address:
            raise InputError(
                f"the model {model!r} needs a key, and OPENAI_API_KEY is not set",
                hint="set OPENAI_API_KEY, or name a server of your own: openai:MODEL@http://…/v1",
            )
        chat_model = cls(
            model=model,
            base_url=urlunsplit(parts._replace(query="")) or None,
            api_key=SecretStr(key or "none"),
            temperature=0,
            seed=0,
            max_completion_tokens=MAX_TOKENS,
            streaming=True,
            stream_usage=True,
            use_responses_api=False,
            grammar_style=style,
        )
        chat_model._own_server = bool(address)
        return chat_model

    def _get_request_payload(
        self, input_: Any, *, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        grammar = cast("Grammar | None", kwargs.pop("grammar", None))
        if grammar and self.grammar_style:
            extra = kwargs.get("extra_body") or {}
            kwargs["extra_body"] = {**extra, **GRAMMAR_FIELDS[self.grammar_style](grammar)}
        payload = super()._get_request_payload(input_, stop=stop, **kwargs)
        if self._own_server and "max_completion_tokens" in payload:
            # Every compatible server knows the older name.
            payload["max_tokens"] = payload.pop("max_completion_tokens")
        return payload

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        try:
            async for chunk in super()._astream(*args, **kwargs):
                yield chunk
        except OpenAIError as error:
            raise LanguageModelError(
                f"the model {self.model_name!r} at {self.openai_api_base or 'OpenAI'} "
                f"did not answer: {error}",
                hint="check the address, the model's name and OPENAI_API_KEY",
            ) from error
