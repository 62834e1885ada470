"""Generate video from text or a scene with a layer pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tools import BadArgument, Embedding, Image, Video
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.library.video.animate import Animator
from tools.library.video.make_video import FilmMaker, ToldFilmMaker
from tools.sprites.adapters.sheet_drawing import SheetDrawing
from tools.sprites.posed_layers import Layer, Pose, composed
from tools.sprites.scene_objects import FoundThing, things_in
from tools.sprites.video_sheet import from_sheet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FPS = 24
SIDE = 64
"""Side of the training frames in pixels; the output is `enlarge` times as large."""
TOLD_S = 2.0
"""Duration of a video from embeddings, which do not specify one."""
ALIKE = 16
"""Side in pixels at which cut-outs are compared."""


class FilmLayers(SheetDrawing, FilmMaker, ToldFilmMaker, Animator):
    """Text-to-video model that generates layers and composes them (tools/sprites/video_sheet.py).

    Settings: those of SheetDrawing; `enlarge`.
    """

    maker = "film maker"
    longest_s = 4.0

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str], things: str) -> None:
        super().__init__(pipeline, settings, things)
        self.side = SIDE * int(settings.get("enlarge", "1"))

    def film(self, prompt: str, seconds: float, seed: int) -> Video:
        self.known.require(prompt)
        return self._filmed(self.sheet_for(prompt, seed), seconds)

    def film_told(self, told: Embedding, seed: int) -> Video:
        return self._filmed(self.sheet_for(told, seed), TOLD_S)

    def _filmed(self, sheet: NDArray[np.float32], seconds: float) -> Video:
        import numpy as np

        told = from_sheet(sheet)
        colour = np.rint(np.array(told.background) * 255).astype(np.uint8)
        ground = np.broadcast_to(colour, (self.side, self.side, 3))
        layers = [told.standing, told.moving] if told.standing else [told.moving]
        return _shown(ground, layers, seconds)

    def animate(self, image: Image, prompt: str, seconds: float, seed: int) -> Video:
        """Move the object most similar to the one that the prompt generates."""
        import numpy as np

        ground, things = things_in(image)
        if not things:
            raise BadArgument(
                "nothing stands out from the background of the picture, so nothing can move",
                hint="animate a scene with a thing on a plain background, as draw makes them",
            )
        told = from_sheet(self.sheet_for(prompt, seed))
        named = bool(self.known.named_in(prompt))
        moved = _likest(things, told.moving.cut_out) if named else things[0]
        pixels = image.opaque()
        for thing in things:
            if thing is not moved:
                ground[thing.mask] = np.asarray(pixels)[thing.mask]
        return _shown(ground, [_on_its_way(moved, told.moving, ground)], seconds)


def _shown(ground: NDArray[np.uint8], layers: Sequence[Layer], seconds: float) -> Video:
    return Video.of_frames(composed(ground, layers, max(2, round(seconds * FPS))), FPS)


def _likest(things: Sequence[FoundThing], wanted: NDArray[np.float32]) -> FoundThing:
    import numpy as np

    looks = [_small(wanted), _small(wanted[:, ::-1])]
    return min(
        things,
        key=lambda thing: min(
            float(np.square(_small(thing.cut_out) - look).mean()) for look in looks
        ),
    )


def _small(cut_out: NDArray[np.float32]) -> NDArray[np.float32]:
    """Crop the cut-out to its content and resize it for comparison."""
    import numpy as np
    import PIL.Image

    there = cut_out[..., 3] > 0.5
    if not there.any():
        return np.zeros((ALIKE, ALIKE, 4), np.float32)
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    inside = cut_out[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = inside.shape[:2]
    square = np.zeros((max(height, width), max(height, width), 4), np.float32)
    top, left = (len(square) - height) // 2, (len(square) - width) // 2
    square[top : top + height, left : left + width] = inside
    channels = [
        PIL.Image.fromarray(np.ascontiguousarray(square[..., channel])).resize(
            (ALIKE, ALIKE), PIL.Image.Resampling.BOX
        )
        for channel in range(4)
    ]
    return np.dstack([np.asarray(channel) for channel in channels])


def _on_its_way(thing: FoundThing, drawn: Layer, ground: NDArray[np.uint8]) -> Layer:
    """Apply the generated trajectory to the object, from its position."""
    height, width = ground.shape[:2]
    left, top, right, bottom = thing.box
    side = max(right - left, bottom - top) / max(height, width)
    start = Pose((left + right) / 2 / width, (top + bottom) / 2 / height, side)
    first = next((pose for pose in drawn.poses if pose), Pose(0.5, 0.5, 0.3))
    poses = [
        pose
        and Pose(
            start.x + pose.x - first.x,
            start.y + pose.y - first.y,
            start.side * pose.side / first.side,
        )
        for pose in drawn.poses
    ]
    return Layer(thing.cut_out, poses)
