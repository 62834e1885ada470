"""Read requests with plans from JSON lines, and encode them as token ids."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from langchain_core.messages import convert_to_openai_messages
from pydantic import BaseModel, ValidationError

from agent.planner.prompts import ConversationTurn
from agent.planner.short_prompt import short_messages
from tools.errors import InputError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Split = Literal["train", "held_shape", "held_wording", "held_tool"]
HELD_OUT: tuple[Split, ...] = ("held_shape", "held_wording", "held_tool")
END_OF_TURN = "<|im_end|>"


class PlannedRequest(BaseModel):
    """A request with its context and the reference plan."""

    kind: str = ""
    split: Split = "train"
    request: str
    names: dict[str, str] = {}
    types: dict[str, str] = {}
    turns: list[ConversationTurn] = []
    tools: list[str] = []
    """Signature and description of each tool that the prompt describes."""
    plan: str

    def prompt(self) -> list[dict[str, str]]:
        """Return the messages that ask for the plan."""
        messages = short_messages(self.tools, self.names, self.turns, self.request)
        return convert_to_openai_messages(messages)  # type: ignore[return-value]

    def texts(self) -> list[str]:
        """Return all texts of the prompt and the plan."""
        turns = [text for turn in self.turns for text in (turn.request, turn.plan, turn.answer)]
        return [*self.tools, *turns, *self.names, *self.names.values(), self.request, self.plan]


def read_dataset(path: Path) -> list[PlannedRequest]:
    """Read all lines of a file."""
    if not path.is_file():
        raise InputError(
            f"there is no data file {str(path)!r}",
            hint="give a file of requests and plans with --data",
        )
    requests: list[PlannedRequest] = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                requests.append(PlannedRequest.model_validate_json(line))
            except ValidationError as error:
                problem = error.errors()[0]
                raise InputError(
                    f"line {number} of {path.name!r} is not a request with a plan: "
                    f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}",
                    hint="each line is an object with at least 'request' and 'plan'",
                ) from error
    return requests


def prompt_ids(request: PlannedRequest, tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """Encode the prompt with the chat template, up to the plan."""
    text = tokenizer.apply_chat_template(
        request.prompt(), tokenize=False, add_generation_prompt=True
    )
    return tokenizer(str(text), add_special_tokens=False).input_ids


def plan_ids(request: PlannedRequest, tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """Encode the plan and the end of the turn."""
    text = request.plan.strip() + END_OF_TURN
    return tokenizer(text, add_special_tokens=False).input_ids


def by_split(requests: Sequence[PlannedRequest], split: Split) -> list[PlannedRequest]:
    """Return the requests of one split."""
    return [request for request in requests if request.split == split]
