"""Edit, inpaint and guide images with diffusers pipelines."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import Image, Mask
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.library.images.draw_from import GuidedPainter, GuideKind
from tools.library.images.edit import Editor
from tools.library.images.remove import Inpainter
from tools.library.images.replace import Replacer
from tools.library.images.restyle import StylePainter

if TYPE_CHECKING:
    import PIL.Image

MIN_SIDE = 64
"""Pixels: no pipeline accepts smaller images."""

WHOLLY, PARTLY = "completely", "slightly"
HALF = 0.5


class PipelineAdapter:
    """Base class of adapters with a pipeline and its card's settings."""

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str]) -> None:
        self.pipeline = pipeline
        self.settings = settings

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(Pipeline.open(files, settings, device), settings)


class DiffusersEditor(PipelineAdapter, Editor, StylePainter):
    """Instruction-based image editor that takes one or two images.

    Settings: those of Pipeline; `pixels` it works on (1048576) and the number that its sides must
    be a multiple of (`multiple`, 16); `restyle`, the prompt that paints the first image in the
    style of the second, and `restyle_as`, in the style {style}, both with {how}.
    """

    def edit(self, image: Image, instruction: str, seed: int) -> Image:
        return self._generate([image], instruction, seed)

    def paint(self, image: Image, style: Image, strength: float) -> Image:
        instruction = self.settings["restyle"].replace("{how}", _strength_adverb(strength))
        return self._generate([image, style], instruction, seed=0)

    def paint_from_prompt(self, image: Image, prompt: str, strength: float, seed: int) -> Image:
        instruction = self.settings["restyle_as"].replace("{how}", _strength_adverb(strength))
        return self._generate([image], instruction.replace("{style}", prompt), seed)

    def _generate(self, images: list[Image], prompt: str, seed: int) -> Image:
        size = working_size(images[0], self.settings)
        inputs = [_resize(image, working_size(image, self.settings)) for image in images]
        output = self.pipeline.run(
            seed, image=inputs, prompt=prompt, width=size[0], height=size[1], negative_prompt=" "
        )
        return _resize_like(images[0], output.images[0])


class DiffusersInpainter(PipelineAdapter, Inpainter, Replacer):
    """Inpaint a masked region from a prompt, or with background.

    Settings: those of Pipeline; `pixels`, `multiple`; `background`, the prompt behind a removed
    object, and `unwanted`, the negative prompt for it.
    """

    def fill(self, image: Image, hole: Mask) -> Image:
        negative_prompt = self.settings.get("unwanted", "")
        return self._inpaint(image, hole, self.settings["background"], negative_prompt, seed=0)

    def paint_into(self, image: Image, hole: Mask, prompt: str, seed: int) -> Image:
        return self._inpaint(image, hole, prompt, "", seed)

    def _inpaint(
        self, image: Image, hole: Mask, prompt: str, negative_prompt: str, seed: int
    ) -> Image:
        size = working_size(image, self.settings)
        output = self.pipeline.run(
            seed,
            prompt=prompt,
            negative_prompt=negative_prompt,
            image=_resize(image, size),
            mask_image=hole.pixels.resize(size),
            width=size[0],
            height=size[1],
            strength=1.0,
        )
        painted = _resize_like(image, output.images[0])
        canvas = image.opaque().copy()
        canvas.paste(painted.pixels, mask=hole.pixels)
        return Image(canvas)


class DiffusersGuidedPainter(PipelineAdapter, GuidedPainter):
    """Draw along a guide image with a ControlNet for several kinds.

    Settings: those of Pipeline; `pixels`, `multiple`; `modes`, the control mode of each kind, as
    in "edges:3, depth:1"; `strength` of the guide, its conditioning scale (0.8).
    """

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str]) -> None:
        super().__init__(pipeline, settings)
        pairs = [pair.split(":") for pair in settings["modes"].replace(" ", "").split(",")]
        self.modes = {kind: int(mode) for kind, mode in pairs}
        self.kinds = tuple(kind for kind in GuidedPainter.kinds if kind in self.modes)

    def paint_along(self, guide: Image, kind: GuideKind, prompt: str, seed: int) -> Image:
        size = working_size(guide, self.settings)
        output = self.pipeline.run(
            seed,
            prompt=prompt,
            control_image=[_resize(guide, size)],
            control_mode=[self.modes[kind]],
            controlnet_conditioning_scale=float(self.settings.get("strength", "0.8")),
            width=size[0],
            height=size[1],
        )
        return _resize_like(guide, output.images[0])


def working_size(image: Image, settings: Mapping[str, str]) -> tuple[int, int]:
    """Return a size of about `pixels` with the image's aspect ratio."""
    multiple = int(settings.get("multiple", "16"))
    scale = sqrt(int(settings.get("pixels", "1048576")) / (image.width * image.height))
    width, height = (
        max(MIN_SIDE, round(side * scale / multiple) * multiple)
        for side in (image.width, image.height)
    )
    return width, height


def _resize(image: Image, size: tuple[int, int]) -> PIL.Image.Image:
    import PIL.Image

    return image.opaque().resize(size, PIL.Image.Resampling.LANCZOS)


def _resize_like(image: Image, pixels: PIL.Image.Image) -> Image:
    import PIL.Image

    return Image(pixels.resize((image.width, image.height), PIL.Image.Resampling.LANCZOS))


def _strength_adverb(strength: float) -> str:
    return WHOLLY if strength > HALF else PARTLY
