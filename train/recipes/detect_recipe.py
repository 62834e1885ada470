"""The small detector: an RT-DETR for the objects of the sprite world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.ops import box_convert, generalized_box_iou_loss
from transformers import RTDetrConfig, RTDetrForObjectDetection, RTDetrResNetConfig
from transformers.modeling_outputs import BaseModelOutput
from transformers.models.rt_detr.modeling_rt_detr import RTDetrObjectDetectionOutput

from evals.scoring.vision_scores import average_precision, held_out_scenes, score_detector, to_image
from evals.world import Scene, scene_batch
from evals.world.vocabulary import KINDS
from tools.adapters.transformers.rt_detr import RtDetr
from train.loop.recipe import Recipe
from train.recipes.image_tensors import (
    augment_images,
    plain_attention,
    read_weights,
    to_tensor,
    write_weights,
)

SIZE = 64
CELLS = 8
"""The backbone's output is 8×8 cells."""
MIN_SCORE, NMS_IOU = 0.4, 0.5
"""Score threshold, and IoU threshold of the non-maximum suppression."""
SCORED_SCENES = 300
CELL_ONLY_STEPS = 900
"""Initial steps that train only the cells, at a third of the cost: boxes need good features."""
NAMES = tuple(KINDS)
_KIND_INDEX = {name: number for number, name in enumerate(NAMES)}


def backbone_config(out_features: Sequence[str] = ("stage2",)) -> RTDetrResNetConfig:
    """Return a ResNet from 64×64 pixels to 8×8 cells, as the captioner's."""
    return RTDetrResNetConfig(
        embedding_size=48,
        hidden_sizes=[48, 160],
        depths=[1, 3],
        layer_type="basic",
        out_features=list(out_features),
    )


def detector_config() -> RTDetrConfig:
    return RTDetrConfig(
        backbone_config=backbone_config(),
        freeze_backbone_batch_norms=False,
        encoder_in_channels=[160],
        feat_strides=[8],
        encode_proj_layers=[0],
        encoder_hidden_dim=128,
        encoder_layers=1,
        encoder_ffn_dim=512,
        encoder_attention_heads=4,
        d_model=128,
        decoder_in_channels=[128],
        num_feature_levels=1,
        decoder_layers=2,
        decoder_ffn_dim=256,
        decoder_attention_heads=4,
        num_queries=16,
        num_denoising=10,
        id2label=dict(enumerate(NAMES)),
        label2id=_KIND_INDEX,
    )


class DetectorInTraining(nn.Module):
    """The detector, and a head that classifies each cell.

    Matched boxes alone train the backbone slowly; the cells give it a dense target.
    """

    def __init__(self) -> None:
        super().__init__()
        self.detector = RTDetrForObjectDetection(detector_config())
        self.cells = nn.Conv2d(128, len(NAMES) + 1, 1)


@dataclass(frozen=True)
class DetectionBatch:
    pixels: Tensor
    """(B, 3, 64, 64), from 0 to 1."""
    cells: Tensor
    """(B, 8, 8): index of the object in front; the last index is the background."""
    labels: list[dict[str, Tensor]]
    """Kinds and boxes; none while only the cells are trained."""


class DetectRecipe(Recipe[DetectionBatch]):
    """Boxes by the losses of RT-DETR, cells by cross-entropy."""

    name: ClassVar[str] = "detect"
    model_id: ClassVar[str] = "detect/sprites"
    network: DetectorInTraining
    batch_size = 32
    learning_rate = 1e-3
    warmup_steps = 100
    averaging = 0.995

    def build(self) -> nn.Module:
        return DetectorInTraining().to(memory_format=torch.channels_last)

    def batch(self, number: int) -> DetectionBatch:
        world_batch = scene_batch("train", self.seed, number * self.batch_size, self.batch_size)
        return DetectionBatch(
            pixels=to_tensor(world_batch.pixels, self.device),
            cells=torch.from_numpy(
                np.stack([cell_targets(scene) for scene in world_batch.scenes])
            ).to(self.device),
            labels=[detection_labels(scene, self.device) for scene in world_batch.scenes]
            if number >= CELL_ONLY_STEPS
            else [],
        )

    def loss(self, batch: DetectionBatch) -> Tensor:
        with plain_attention():
            return self._compute_loss(batch)

    def _compute_loss(self, batch: DetectionBatch) -> Tensor:
        network = self.network
        model = network.detector.model
        pixels = augment_images(batch.pixels)
        mask = torch.ones(pixels.shape[0], SIZE, SIZE, device=self.device)
        [(features, _)] = model.backbone(pixels, mask)
        features = model.encoder_input_proj[0](features)
        memory = model.encoder([features]).last_hidden_state[0]
        cell_loss = functional.cross_entropy(network.cells(memory).float(), batch.cells)
        if not batch.labels:
            return 2 * cell_loss
        # bfloat16's eight bits are half a pixel, too coarse for boxes.
        with torch.autocast(self.device.type, enabled=False):
            outputs = network.detector(
                None,
                inputs_embeds=features,
                encoder_outputs=BaseModelOutput(last_hidden_state=[memory.float()]),
                labels=batch.labels,
            )
        return outputs.loss + 2 * cell_loss + _centre_loss(outputs, batch.labels)

    def ship(self, folder: Path) -> None:
        write_weights(self.network.detector, folder)

    def load_weights(self, folder: Path) -> None:
        read_weights(self.network.detector, folder)

    def score(self) -> Mapping[str, float]:
        low_threshold_detector = RtDetr(self.network.detector, SIZE, 0.01, NMS_IOU)
        scenes = held_out_scenes(SCORED_SCENES)
        detections = [low_threshold_detector.find(to_image(scene)) for scene in scenes]
        detector = RtDetr(self.network.detector, SIZE, MIN_SCORE, NMS_IOU)
        scores = {
            "AP50": average_precision(detections, scenes),
            **score_detector(detector, SCORED_SCENES),
        }
        return {name: score.share for name, score in scores.items()}

    def about(self) -> Iterable[str]:
        return (
            "Detects the objects of the sprite world in pictures of 64×64 pixels: an RT-DETR of "
            "transformers with a small ResNet, one feature level and two decoder layers, trained "
            "from scratch. It detects nothing else: in a photo it finds sprites that do not exist.",
            "It was trained on scenes of the sprite world (evals/world), each seen once, some of "
            "them blurred, noisy, darker or brighter. The test split has combinations of objects, "
            "numbers, relations and backgrounds that are not in the training split. It fails most "
            "often where objects of a kind overlap: then it counts one too few or too many.",
        )


def _centre_loss(outputs: RTDetrObjectDetectionOutput, labels: list[dict[str, Tensor]]) -> Tensor:
    """Train each object's centre cell to propose it, the others nothing.

    Hungarian matching depends on the quality of the proposals, which is poor at first.
    """
    image_indexes = torch.cat(
        [torch.full_like(label["class_labels"], index) for index, label in enumerate(labels)]
    )
    kinds = torch.cat([label["class_labels"] for label in labels])
    boxes = torch.cat([label["boxes"] for label in labels])
    x, y = (boxes[:, :2] * CELLS).long().clamp(max=CELLS - 1).unbind(1)
    cells = y * CELLS + x
    proposals = outputs.enc_outputs_coord_logits[image_indexes, cells].sigmoid()
    targets = torch.zeros_like(outputs.enc_outputs_class)
    targets[image_indexes, cells, kinds] = 1
    confidence = outputs.enc_outputs_class.detach().sigmoid()
    scores = functional.binary_cross_entropy_with_logits(
        outputs.enc_outputs_class,
        targets,
        weight=targets + (1 - targets) * confidence**2,
        reduction="sum",
    )
    iou_loss = generalized_box_iou_loss(
        box_convert(proposals, "cxcywh", "xyxy"), box_convert(boxes, "cxcywh", "xyxy"), "sum"
    )
    box_distance = functional.l1_loss(proposals, boxes, reduction="sum")
    return (scores + 2 * iou_loss + 5 * box_distance) / len(kinds)


def detection_labels(scene: Scene, device: torch.device) -> dict[str, Tensor]:
    """Return RT-DETR's labels: kinds and relative boxes (cx, cy, w, h)."""
    kinds = [_KIND_INDEX[thing.name] for thing in scene.things]
    corners = torch.tensor([thing.box for thing in scene.things], device=device) / scene.size
    low, high = corners[:, :2], corners[:, 2:]
    return {
        "class_labels": torch.tensor(kinds, device=device),
        "boxes": torch.cat([(low + high) / 2, high - low], dim=1),
    }


def cell_targets(scene: Scene) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Return the index of the front object of each cell."""
    cells = np.full((CELLS, CELLS), len(NAMES))
    for thing in scene.things:
        left, top, right, bottom = (round(side * CELLS / scene.size) for side in thing.box)
        cells[top:bottom, left:right] = _KIND_INDEX[thing.name]
    return cells
