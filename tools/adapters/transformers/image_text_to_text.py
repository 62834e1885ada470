"""Vision-language models in transformers, for one or several images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tools import Image, Video, progress
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.text.ask_document import DocumentAnswerer
from tools.library.video.ask_video import VideoAnswerer
from tools.library.vision.ask_image import Answerer
from tools.library.vision.caption import Captioner
from tools.signal.video.video_frames import frames_at, video_duration

if TYPE_CHECKING:
    import PIL.Image

MAX_FRAMES = 16
"""Frames of a video that the model gets."""


class ImageTextToText(Captioner, Answerer, DocumentAnswerer, VideoAnswerer):
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
        return self._generate([self._downscale(image), self.settings["caption"]])

    def answer(self, image: Image, question: str) -> str:
        return self._generate([self._downscale(image), self._format_prompt("question", question)])

    def answer_document(self, image: Image, question: str) -> str:
        return self._generate([self._downscale(image), self._format_prompt("document", question)])

    def answer_video(self, video: Video, question: str) -> str:
        seconds = video_duration(video)
        count = max(1, min(MAX_FRAMES, round(2 * seconds)))
        times = [number * seconds / count for number in range(count)]
        parts: list[PIL.Image.Image | str] = []
        for frame in frames_at(video, times):
            parts += [f"{frame.second:.1f} s:", self._downscale(frame.image)]
        return self._generate([*parts, self._format_prompt("film", question)])

    def _format_prompt(self, setting: str, question: str) -> str:
        return self.settings[setting].replace("{question}", " ".join(question.split()))

    def _downscale(self, image: Image) -> PIL.Image.Image:
        side = int(self.settings.get("side", "1280"))
        pixels = image.opaque().copy()
        pixels.thumbnail((side, side))
        return pixels

    def _generate(self, parts: Sequence[PIL.Image.Image | str]) -> str:
        import torch

        progress(0, "looking")
        prepared = self.loaded.to_device(self._prepare(parts))
        prompt_tokens = prepared["input_ids"]
        with torch.inference_mode():
            tokens = self.loaded.network.generate(
                **prepared,
                max_new_tokens=int(self.settings.get("longest", "256")),
                do_sample=False,
            )
        # Some models return the prompt before the answer.
        if torch.equal(tokens[:, : prompt_tokens.shape[1]], prompt_tokens):
            tokens = tokens[:, prompt_tokens.shape[1] :]
        (text,) = self.loaded.processor.batch_decode(tokens, skip_special_tokens=True)
        return str(text).strip()

    def _prepare(self, parts: Sequence[PIL.Image.Image | str]) -> Mapping[str, Any]:
        processor = self.loaded.processor
        if not getattr(processor, "chat_template", None):
            images = [part for part in parts if not isinstance(part, str)]
            text = " ".join(part for part in parts if isinstance(part, str))
            return processor(images=images, text=text, return_tensors="pt")
        content = [
            {"type": "text", "text": part}
            if isinstance(part, str)
            else {"type": "image", "image": part}
            for part in parts
        ]
        return processor.apply_chat_template(
            [{"role": "user", "content": content}],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
        )
