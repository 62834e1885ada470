"""Vision-language models in transformers, for one or several images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tools import Image, Video, progress
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.text.ask_document import DocumentAnswerer
from tools.library.video.ask_video import FilmAnswerer
from tools.library.vision.ask_image import Answerer
from tools.library.vision.caption import Captioner
from tools.signal.video_frames import frames_at, seconds_shown

if TYPE_CHECKING:
    import PIL.Image

MOST_FRAMES = 16
"""Frames of a video that the model gets."""


class ImageTextToText(Captioner, Answerer, DocumentAnswerer, FilmAnswerer):
    """Caption images and answer questions about images, pages and videos.

    Settings: `caption`, the prompt for a caption; `question` and `document`, the prompts for a
    question about an image and a page, with {question} in it; `film`, the same for a video, which
    it gets as frames with their times; `side`, the maximum image side in pixels (1280); `longest`,
    the maximum number of new tokens (256). A model without a chat template gets the plain prompt.
    """

    def __init__(self, loaded: Pretrained, settings: Mapping[str, str]) -> None:
        self.loaded = loaded
        self.settings = settings

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        opened = open_pretrained(
            "AutoModelForImageTextToText", "AutoProcessor", files, settings, device
        )
        return cls(opened, settings)

    def caption(self, image: Image) -> str:
        return self._write([self._seen(image), self.settings["caption"]])

    def answer(self, image: Image, question: str) -> str:
        return self._write([self._seen(image), self._put("question", question)])

    def answer_document(self, image: Image, question: str) -> str:
        return self._write([self._seen(image), self._put("document", question)])

    def answer_film(self, video: Video, question: str) -> str:
        seconds = seconds_shown(video)
        count = max(1, min(MOST_FRAMES, round(2 * seconds)))
        times = [number * seconds / count for number in range(count)]
        said: list[PIL.Image.Image | str] = []
        for frame in frames_at(video, times):
            said += [f"{frame.second:.1f} s:", self._seen(frame.image)]
        return self._write([*said, self._put("film", question)])

    def _put(self, setting: str, question: str) -> str:
        return self.settings[setting].replace("{question}", " ".join(question.split()))

    def _seen(self, image: Image) -> PIL.Image.Image:
        side = int(self.settings.get("side", "1280"))
        pixels = image.opaque().copy()
        pixels.thumbnail((side, side))
        return pixels

    def _write(self, said: Sequence[PIL.Image.Image | str]) -> str:
        import torch

        progress(0, "looking")
        prepared = self.loaded.tensors(self._prepared(said))
        begun = prepared["input_ids"]
        with torch.inference_mode():
            written = self.loaded.network.generate(
                **prepared,
                max_new_tokens=int(self.settings.get("longest", "256")),
                do_sample=False,
            )
        # Some models return the prompt before the answer.
        if torch.equal(written[:, : begun.shape[1]], begun):
            written = written[:, begun.shape[1] :]
        (text,) = self.loaded.processor.batch_decode(written, skip_special_tokens=True)
        return str(text).strip()

    def _prepared(self, said: Sequence[PIL.Image.Image | str]) -> Mapping[str, Any]:
        processor = self.loaded.processor
        if not getattr(processor, "chat_template", None):
            pictures = [part for part in said if not isinstance(part, str)]
            words = " ".join(part for part in said if isinstance(part, str))
            return processor(images=pictures, text=words, return_tensors="pt")
        content = [
            {"type": "text", "text": part}
            if isinstance(part, str)
            else {"type": "image", "image": part}
            for part in said
        ]
        return processor.apply_chat_template(
            [{"role": "user", "content": content}],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
        )
