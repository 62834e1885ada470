"""SAM 2 for video in transformers: track an object by segmentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tools import Box, Mask, Points, Region
from tools.adapters.transformers.mask_generation import as_prompt
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.video.track import Follower

if TYPE_CHECKING:
    import PIL.Image

THING = 0
"""ID of the tracked object."""


class MaskFollowing(Follower):
    """Track an object by its mask through rotation, deformation and occlusion."""

    def __init__(self, loaded: Pretrained) -> None:
        self.loaded = loaded

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(open_pretrained("Sam2VideoModel", "Sam2VideoProcessor", files, settings, device))

    def follow(self, pictures: Iterable[PIL.Image.Image], region: Region) -> Iterator[Box | None]:
        loaded = self.loaded
        session = loaded.processor.init_video_session(
            inference_device=loaded.device, dtype=loaded.dtype
        )
        for number, picture in enumerate(pictures):
            if number == 0:
                loaded.processor.add_inputs_to_inference_session(
                    session,
                    frame_idx=0,
                    obj_ids=THING,
                    original_size=(picture.height, picture.width),
                    **_told(region, picture),
                )
            yield self._find(session, number, picture)
            self._forget(session, number)

    def _find(self, session: Any, number: int, picture: PIL.Image.Image) -> Box | None:
        import PIL.Image
        import torch

        loaded = self.loaded
        pixels = loaded.processor(images=picture, return_tensors="pt")["pixel_values"][0]
        with torch.inference_mode():
            told = loaded.network(session, frame_idx=number, frame=pixels)
        sureness = float(told.object_score_logits.float().sigmoid())
        [outline] = loaded.processor.post_process_masks(
            [told.pred_masks.float().cpu()], [(picture.height, picture.width)]
        )
        inside = outline.reshape(picture.height, picture.width).numpy()
        place = PIL.Image.fromarray((inside * 255).astype("uint8")).getbbox()
        # Below 0.5 the object is occluded, whatever the mask.
        return Box(*place, score=sureness) if place and sureness > 0.5 else None

    def _forget(self, session: Any, number: int) -> None:
        """Free data of old frames: each takes megabytes."""
        told = self.loaded.network.config
        oldest = number - max(told.num_maskmem, told.max_object_pointers_in_encoder)
        session.processed_frames.pop(number)
        session.output_dict_per_obj[THING]["non_cond_frame_outputs"].pop(oldest, None)


def _told(region: Region, picture: PIL.Image.Image) -> dict[str, Any]:
    """Convert the region in the first frame to processor arguments."""
    import numpy as np

    box = region.bounds(*picture.size)
    if isinstance(region, Mask):
        return {"input_masks": np.asarray(region.mask(*picture.size)) > 0}
    return as_prompt(region if isinstance(region, Points) else box)
