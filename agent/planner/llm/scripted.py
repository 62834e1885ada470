"""A scripted model for tests and for replaying a run."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from agent.planner.llm.llm_errors import LanguageModelError
from agent.planner.llm.streaming import StreamedChatModel, ending, piece
from tools.errors import InputError

_WHEN = re.compile(r"when: *(?P<words>\S(?:.*\S)?) *\n")
_SEPARATOR = re.compile(r"^---[ \t]*\n?", re.MULTILINE)
_TOKEN = re.compile(r"\s*\S{1,4}|\s+")


class ScriptedChatModel(StreamedChatModel):
    """A chat model that streams scripted replies, one a call.

    >>> ScriptedChatModel(replies=('say("Hello!")',)).invoke("Hi").content
    'say("Hello!")'

    A piece counts as a token, so a reply longer than `max_tokens` pieces is cut like any other.
    A reply that begins with a line `when: WORDS` is not one of those in order: it answers
    every call whose last message has these words, nearer to its end than those of other replies.
    """

    replies: tuple[str, ...]
    seconds_per_token: float = 0.0
    _reply_index: int = PrivateAttr(default=0)

    @classmethod
    def from_file(cls, path: Path) -> ScriptedChatModel:
        """Read replies from a text file, separated by lines of `---`."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"the replies in {str(path)!r} cannot be read: {error}",
                hint="name a UTF-8 text file; a line of --- stands between two replies",
            ) from error
        replies = _SEPARATOR.split(text)
        return cls(replies=tuple(reply.removesuffix("\n") for reply in replies))

    @property
    def _llm_type(self) -> str:
        return "scripted"

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        sampling = self.sampling(stop, kwargs)
        pieces = _TOKEN.findall(_until(self._reply_to(messages), sampling.stop))
        output = pieces[: sampling.max_tokens]
        for text in output:
            await asyncio.sleep(self.seconds_per_token)
            yield piece(text)
        yield ending(
            "stop" if len(output) == len(pieces) else "length",
            input_tokens=sum(len(_TOKEN.findall(message.text)) for message in messages),
            output_tokens=len(output),
        )

    def _reply_to(self, messages: list[BaseMessage]) -> str:
        text = messages[-1].text
        in_order = [reply for reply in self.replies if not _WHEN.match(reply)]
        matches = [match for reply in self.replies if (match := _WHEN.match(reply))]
        # Text of earlier turns precedes the request.
        nearest = max(matches, key=lambda found: text.rfind(found["words"]), default=None)
        if nearest and nearest["words"] in text:
            return nearest.string[nearest.end() :]
        if self._reply_index == len(in_order):
            raise LanguageModelError(
                f"the scripted model has given all of its {len(in_order)} replies",
                hint="add a reply: every call of the language model takes one",
            )
        self._reply_index += 1
        return in_order[self._reply_index - 1]


def _until(text: str, stops: Sequence[str]) -> str:
    positions = [text.index(stop) for stop in stops if stop in text]
    return text[: min(positions)] if positions else text
