"""Language models by name, all of them langchain chat models."""

from agent.planner.llm.create_model import PROVIDERS, create
from agent.planner.llm.decoding_grammar import Grammar
from agent.planner.llm.llm_errors import LanguageModelError
from agent.planner.llm.scripted import ScriptedChatModel
from agent.planner.llm.static_prompt import mark_static, static_part

__all__ = [
    "PROVIDERS",
    "Grammar",
    "LanguageModelError",
    "ScriptedChatModel",
    "create",
    "mark_static",
    "static_part",
]
