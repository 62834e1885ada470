"""The names of attributes, and the attributes of a language model.

Names that begin with `gen_ai.` are those of OpenTelemetry's conventions for generative AI, in
development as of November 2026; `batuta.` are our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

AGENT = "batuta"

AGENT_NAME = "gen_ai.agent.name"
AGENT_VERSION = "gen_ai.agent.version"
CONVERSATION = "gen_ai.conversation.id"
ERROR_TYPE = "error.type"
INPUT_MESSAGES = "gen_ai.input.messages"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OPERATION = "gen_ai.operation.name"
OUTPUT_MESSAGES = "gen_ai.output.messages"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
PROVIDER = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
SEED = "gen_ai.request.seed"
SERVER_ADDRESS = "server.address"
SERVER_PORT = "server.port"
TOKEN_TYPE = "gen_ai.token.type"
TOOL_ARGUMENTS = "gen_ai.tool.call.arguments"
TOOL_CALL = "gen_ai.tool.call.id"
TOOL_NAME = "gen_ai.tool.name"
TOOL_RESULT = "gen_ai.tool.call.result"
TOOL_TYPE = "gen_ai.tool.type"

CALL_PURPOSE = "batuta.call.purpose"
COMMAND_STATE = "batuta.command.state"
COMMANDS = "batuta.commands"
DEVICE = "batuta.device"
LANGUAGE_MODEL_CALLS = "batuta.language_model_calls"
MODEL = "batuta.model"
MODEL_BYTES = "batuta.model.bytes"
PLAN_STEPS = "batuta.plan.steps"
PLAN_TEXT = "batuta.plan.text"
PROBLEMS = "batuta.plan.problems"
PROFILE = "batuta.profile"
RESULT_BYTES = "batuta.result.bytes"
RETRY_RULE = "batuta.retry.rule"
RUN = "batuta.run.id"
RUN_STATE = "batuta.run.state"

Attributes = Mapping[str, str | int]

_PROVIDERS: Mapping[str, str] = {
    "hf": "transformers",
    "joint": AGENT,
    "local": "llama.cpp",
    "openai": "openai",
    "scripted": "scripted",
}
"""The provider's name by the prefix of a language model's name."""


def model_attributes(name: str) -> Attributes:
    """Return provider, model and server of a language model, without paths and keys."""
    prefix, _, rest = name.partition(":")
    model, _, address = rest.partition("@")
    if prefix == "scripted" or model.startswith(("/", ".", "~")) or model.endswith(".gguf"):
        model = Path(model).name
    attributes: dict[str, str | int] = {
        PROVIDER: _PROVIDERS.get(prefix, prefix or AGENT),
        REQUEST_MODEL: model,
    }
    parts = urlsplit(address)
    if parts.hostname:
        attributes[SERVER_ADDRESS] = parts.hostname
        attributes[SERVER_PORT] = parts.port or (443 if parts.scheme == "https" else 80)
    return attributes
