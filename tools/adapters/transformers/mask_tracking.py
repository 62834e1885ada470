"""SAM 2 for video in transformers: track an object by segmentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tools import Box, Mask, Points, Region
from tools.adapters.transformers.mask_generation import prompt_arguments
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.video.track import ObjectTracker

if TYPE_CHECKING:
    import PIL.Image

OBJECT_ID = 0
"""ID of the tracked object."""


class MaskFollowing(ObjectTracker):
    """Track an object by its mask through rotation, deformation and occlusion."""

    def __init__(self, loaded: Pretrained) -> None:
        self.loaded = loaded

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(open_pretrained("Sam2VideoModel", "Sam2VideoProcessor", files, settings, device))

    def track(self, pictures: Iterable[PIL.Image.Image], region: Region) -> Iterator[Box | None]:
        loaded = self.loaded
        session = loaded.processor.init_video_session(
            inference_device=loaded.device, dtype=loaded.dtype
        )
        for index, frame in enumerate(pictures):
            if index == 0:
                loaded.processor.add_inputs_to_inference_session(
                    session,
                    frame_idx=0,
                    obj_ids=OBJECT_ID,
                    original_size=(frame.height, frame.width),
                    **_region_arguments(region, frame),
                )
            yield self._track_frame(session, index, frame)
            self._free_old_frames(session, index)

    def _track_frame(self, session: Any, index: int, frame: PIL.Image.Image) -> Box | None:
        import PIL.Image
        import torch

        loaded = self.loaded
        pixels = loaded.processor(images=frame, return_tensors="pt")["pixel_values"][0]
        with torch.inference_mode():
            outputs = loaded.network(session, frame_idx=index, frame=pixels)
        score = float(outputs.object_score_logits.float().sigmoid())
        [mask] = loaded.processor.post_process_masks(
            [outputs.pred_masks.float().cpu()], [(frame.height, frame.width)]
        )
        inside = mask.reshape(frame.height, frame.width).numpy()
        corners = PIL.Image.fromarray((inside * 255).astype("uint8")).getbbox()
        # Below 0.5 the object is occluded, whatever the mask.
        return Box(*corners, score=score) if corners and score > 0.5 else None

    def _free_old_frames(self, session: Any, index: int) -> None:
        """Free data of old frames: each takes megabytes."""
        config = self.loaded.network.config
        oldest = index - max(config.num_maskmem, config.max_object_pointers_in_encoder)
        session.processed_frames.pop(index)
        session.output_dict_per_obj[OBJECT_ID]["non_cond_frame_outputs"].pop(oldest, None)


def _region_arguments(region: Region, frame: PIL.Image.Image) -> dict[str, Any]:
    """Convert the region in the first frame to processor arguments."""
    import numpy as np

    box = region.bounds(*frame.size)
    if isinstance(region, Mask):
        return {"input_masks": np.asarray(region.mask(*frame.size)) > 0}
    return prompt_arguments(region if isinstance(region, Points) else box)
