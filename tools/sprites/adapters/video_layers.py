"""Generate video from text or a scene with a layer pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tools import BadArgument, Embedding, Image, Video
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.library.video.animate import Animator
from tools.library.video.make_video import ConditionedVideoMaker, VideoMaker
from tools.sprites.adapters.sheet_drawing import SheetDrawing
from tools.sprites.posed_layers import Layer, LayerPose, compose_frames
from tools.sprites.scene_objects import SceneObject, find_objects
from tools.sprites.video_sheet import from_sheet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FPS = 24
SIDE = 64
"""Side of the training frames in pixels; the output is `enlarge` times as large."""
EMBEDDING_VIDEO_S = 2.0
"""Duration of a video from embeddings, which do not specify one."""
COMPARISON_SIDE = 16
"""Side in pixels at which cut-outs are compared."""


class FilmLayers(SheetDrawing, VideoMaker, ConditionedVideoMaker, Animator):
    """Text-to-video model that generates layers and composes them (tools/sprites/video_sheet.py).

    Settings: those of SheetDrawing; `enlarge`.
    """

    generator_name = "film maker"
    longest_s = 4.0

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str], objects: str) -> None:
        super().__init__(pipeline, settings, objects)
        self.side = SIDE * int(settings.get("enlarge", "1"))

    def generate_video(self, prompt: str, seconds: float, seed: int) -> Video:
        self.known_objects.require(prompt)
        return self._compose_video(self.generate_sheet(prompt, seed), seconds)

    def video_from_embedding(self, embedding: Embedding, seed: int) -> Video:
        return self._compose_video(self.generate_sheet(embedding, seed), EMBEDDING_VIDEO_S)

    def _compose_video(self, sheet: NDArray[np.float32], seconds: float) -> Video:
        import numpy as np

        video = from_sheet(sheet)
        colour = np.rint(np.array(video.background) * 255).astype(np.uint8)
        background = np.broadcast_to(colour, (self.side, self.side, 3))
        layers = [video.static, video.moving] if video.static else [video.moving]
        return _render(background, layers, seconds)

    def animate(self, image: Image, prompt: str, seconds: float, seed: int) -> Video:
        """Move the object most similar to the one that the prompt generates."""
        import numpy as np

        background, objects = find_objects(image)
        if not objects:
            raise BadArgument(
                "nothing stands out from the background of the picture, so nothing can move",
                hint="animate a scene with a thing on a plain background, as draw makes them",
            )
        video = from_sheet(self.generate_sheet(prompt, seed))
        named = bool(self.known_objects.objects_in(prompt))
        target = _most_similar(objects, video.moving.cut_out) if named else objects[0]
        pixels = image.opaque()
        for item in objects:
            if item is not target:
                background[item.mask] = np.asarray(pixels)[item.mask]
        return _render(background, [_apply_trajectory(target, video.moving, background)], seconds)


def _render(background: NDArray[np.uint8], layers: Sequence[Layer], seconds: float) -> Video:
    return Video.of_frames(compose_frames(background, layers, max(2, round(seconds * FPS))), FPS)


def _most_similar(objects: Sequence[SceneObject], cut_out: NDArray[np.float32]) -> SceneObject:
    import numpy as np

    candidates = [_thumbnail(cut_out), _thumbnail(cut_out[:, ::-1])]
    return min(
        objects,
        key=lambda item: min(
            float(np.square(_thumbnail(item.cut_out) - candidate).mean())
            for candidate in candidates
        ),
    )


def _thumbnail(cut_out: NDArray[np.float32]) -> NDArray[np.float32]:
    """Crop the cut-out to its content and resize it for comparison."""
    import numpy as np
    import PIL.Image

    opaque = cut_out[..., 3] > 0.5
    if not opaque.any():
        return np.zeros((COMPARISON_SIDE, COMPARISON_SIDE, 4), np.float32)
    rows, columns = np.flatnonzero(opaque.any(axis=1)), np.flatnonzero(opaque.any(axis=0))
    inside = cut_out[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = inside.shape[:2]
    square = np.zeros((max(height, width), max(height, width), 4), np.float32)
    top, left = (len(square) - height) // 2, (len(square) - width) // 2
    square[top : top + height, left : left + width] = inside
    channels = [
        PIL.Image.fromarray(np.ascontiguousarray(square[..., channel])).resize(
            (COMPARISON_SIDE, COMPARISON_SIDE), PIL.Image.Resampling.BOX
        )
        for channel in range(4)
    ]
    return np.dstack([np.asarray(channel) for channel in channels])


def _apply_trajectory(item: SceneObject, layer: Layer, background: NDArray[np.uint8]) -> Layer:
    """Apply the generated trajectory to the object, from its position."""
    height, width = background.shape[:2]
    left, top, right, bottom = item.box
    side = max(right - left, bottom - top) / max(height, width)
    start = LayerPose((left + right) / 2 / width, (top + bottom) / 2 / height, side)
    first = next((pose for pose in layer.poses if pose), LayerPose(0.5, 0.5, 0.3))
    poses = [
        pose
        and LayerPose(
            start.x + pose.x - first.x,
            start.y + pose.y - first.y,
            start.side * pose.side / first.side,
        )
        for pose in layer.poses
    ]
    return Layer(item.cut_out, poses)
