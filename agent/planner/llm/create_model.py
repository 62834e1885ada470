"""Create a language model from its name, `provider:model`."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from pathlib import Path

from langchain_core.language_models import BaseChatModel

from agent.planner.llm.language_model_files import LanguageModelFiles
from tools.errors import InputError
from tools.home import home

Fetch = Callable[[str], LanguageModelFiles]
"""Return the files of a card in the catalogue by its id, downloaded if necessary."""

PROVIDERS: Mapping[str, str] = {
    "local": "local:qwen2.5-coder-1.5b or local:/path/to/model.gguf",
    "openai": "openai:MODEL or openai:MODEL@http://host:port/v1",
    "hf": "hf:org/name or hf:/path/to/checkpoint",
    "joint": "joint:sprites",
    "scripted": "scripted:/path/to/replies.txt",
}
"""The form of model names, by provider."""


def create(name: str, *, fetch: Fetch, prompt_cache_folder: Path | None = None) -> BaseChatModel:
    """Create a model by its name; it loads at its first call.

    `prompt_cache_folder` is the folder of the prompt cache of local models, `llm-cache` in the home
    folder by default.
    """
    provider, colon, model = name.partition(":")
    if provider not in PROVIDERS:
        raise _unknown_provider(name, provider)
    if not colon or not model:
        raise InputError(f"{name!r} does not say which model", hint=f"write {PROVIDERS[provider]}")
    match provider:
        case "local":
            from agent.planner.llm.local import LocalChatModel

            cache_folder = prompt_cache_folder or home() / "llm-cache"
            return LocalChatModel(find=_local_files(model, fetch), prompt_cache_folder=cache_folder)
        case "openai":
            from agent.planner.llm.openai_compatible import OpenAICompatibleChatModel

            return OpenAICompatibleChatModel.from_name(model)
        case "hf":
            from agent.planner.llm.transformers_model import TransformersChatModel

            return TransformersChatModel(checkpoint=model)
        case "joint":
            raise InputError(
                f"{name!r} is a joint model: it writes no plans, and no text for tools",
                hint=f"for these choose another, for example {PROVIDERS['local']}",
            )
        case _:
            from agent.planner.llm.scripted import ScriptedChatModel

            return ScriptedChatModel.from_file(Path(model).expanduser())


def _local_files(model: str, fetch: Fetch) -> Callable[[], LanguageModelFiles]:
    if "/" not in model and not model.endswith(".gguf"):
        return lambda: fetch(f"llm/{model}")
    path = Path(model).expanduser()
    if not path.is_file():
        raise InputError(
            f"there is no model file {model!r}",
            hint=f"name a GGUF file or a model of the catalogue: {PROVIDERS['local']}",
        )
    return lambda: LanguageModelFiles(path)


def _unknown_provider(name: str, provider: str) -> InputError:
    matches = difflib.get_close_matches(provider, PROVIDERS, n=1)
    suggestion = f"did you mean {matches[0]}:? " if matches else ""
    return InputError(
        f"{provider!r} in {name!r} is not a provider of language models; "
        f"there are {', '.join(PROVIDERS)}",
        hint=f"{suggestion}Write, for example, {PROVIDERS['local']}",
    )
