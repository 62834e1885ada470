"""Generate video from text and from an image with diffusers pipelines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tools import Image, Video
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.adapters.diffusers.image_editing import working_size
from tools.library.video.animate import Animator
from tools.library.video.make_video import VideoMaker

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class DiffusersVideoGenerator:
    """Base class of the video generators.

    Settings: those of Pipeline; `fps` (16); `longest`, in seconds (5); `group`, the temporal
    compression of the VAE, so that it makes one frame more than a multiple of it (4); `width` and
    `height`, or `pixels` and `multiple` for the shape of an image; `unwanted`, the negative prompt.
    """

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str]) -> None:
        self.pipeline = pipeline
        self.settings = settings
        self.fps = int(settings.get("fps", "16"))
        self.longest_s = float(settings.get("longest", "5"))

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(Pipeline.open(files, settings, device), settings)

    def generate(self, seconds: float, size: tuple[int, int], seed: int, **arguments: Any) -> Video:
        """Generate a video of that length and size."""
        return Video.of_frames(self.generate_frames(seconds, size, seed, **arguments), self.fps)

    def generate_frames(
        self, seconds: float, size: tuple[int, int], seed: int, **arguments: Any
    ) -> NDArray[np.uint8]:
        """Generate the frames of a video: (frames, height, width, 3)."""
        group = int(self.settings.get("group", "4"))
        output = self.pipeline.run(
            seed,
            width=size[0],
            height=size[1],
            num_frames=max(1, round(seconds * self.fps / group)) * group + 1,
            negative_prompt=self.settings.get("unwanted", ""),
            frame_rate=self.fps,
            output_type="np",
            **arguments,
        )
        return (output.frames[0].clip(0, 1) * 255).round().astype("uint8")


class DiffusersFilmMaker(DiffusersVideoGenerator, VideoMaker):
    """Text-to-video pipeline."""

    def generate_video(self, prompt: str, seconds: float, seed: int) -> Video:
        size = (int(self.settings["width"]), int(self.settings["height"]))
        return self.generate(seconds, size, seed, prompt=prompt)


class DiffusersAnimator(DiffusersVideoGenerator, Animator):
    """Image-to-video pipeline. Settings: `unasked`, the prompt if the caller gives none."""

    def animate(self, image: Image, prompt: str, seconds: float, seed: int) -> Video:
        size = working_size(image, self.settings)
        text = prompt or self.settings.get("unasked", "")
        first = image.opaque().resize(size)
        return self.generate(seconds, size, seed, image=first, prompt=text)
