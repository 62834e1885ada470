"""Language models by name, all of them langchain chat models."""

from agent.language_models.create import PROVIDERS, create
from agent.language_models.errors import LanguageModelError
from agent.language_models.grammar import Grammar
from agent.language_models.scripted import ScriptedChatModel
from agent.language_models.static_prompt import mark_static, static_part

__all__ = [
    "PROVIDERS",
    "Grammar",
    "LanguageModelError",
    "ScriptedChatModel",
    "create",
    "mark_static",
    "static_part",
]
