"""Answer a question about a video (video question answering)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Model, Video, tool
from tools.sdk.argument_checks import require_question


class VideoAnswerer(Model, ABC):
    """A video question answering model."""

    @abstractmethod
    def answer_video(self, video: Video, question: str) -> str:
        """Answer in a few words, or in as many sentences as the question asks for."""


@tool(words="Watch {video}: “{question}”")
def ask_video(model: VideoAnswerer, video: Video, question: str) -> str:
    """Answer a question about what is seen in a film, such as "who leaves the room?".

    >>> answer = ask_video(film, "what is on the table?")
    """
    require_question(question, 'ask_video(video1, "who leaves the room?")')
    return model.answer_video(video, question)
