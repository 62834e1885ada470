"""The small detector: an RT-DETR that finds the things of the sprite world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import RTDetrConfig, RTDetrForObjectDetection, RTDetrResNetConfig
from transformers.modeling_outputs import BaseModelOutput

from evals.world import Scene, scene_batch
from evals.world.vocabulary import KINDS
from train.pictures import read_weights, to_tensor, weather, write_weights
from train.recipe import Recipe

if TYPE_CHECKING:
    import PIL.Image

SIZE = 64
CELLS = 8
"""The backbone sees the picture as 8×8 cells."""
NAMES = tuple(KINDS)
_NUMBER = {name: number for number, name in enumerate(NAMES)}


def backbone_config() -> RTDetrResNetConfig:
    """A ResNet from 64×64 pixels to 8×8 cells; the captioner sees through the same one."""
    return RTDetrResNetConfig(
        embedding_size=48,
        hidden_sizes=[48, 160],
        depths=[1, 3],
        layer_type="basic",
        out_features=["stage2"],
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
        label2id=_NUMBER,
    )


class DetectorInTraining(nn.Module):
    """The detector, and a head that says of each cell what covers it.

    Matched boxes alone teach the backbone slowly; the cells show it each thing at once.
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
    """(B, 8, 8): the number of the thing in front, the last one for the background."""
    labels: list[dict[str, Tensor]]


class DetectRecipe(Recipe[DetectionBatch]):
    """Boxes by the losses of RT-DETR, cells by cross-entropy."""

    name: ClassVar[str] = "detect"
    network: DetectorInTraining
    learning_rate = 8e-4
    batch_size = 64

    def build(self) -> nn.Module:
        return DetectorInTraining().to(memory_format=torch.channels_last)

    def batch(self, number: int) -> DetectionBatch:
        made = scene_batch("train", self.seed, number * self.batch_size, self.batch_size)
        return DetectionBatch(
            pixels=to_tensor(made.pixels, self.device),
            cells=torch.from_numpy(np.stack([cells_of(scene) for scene in made.scenes])).to(
                self.device
            ),
            labels=[boxes_of(scene, self.device) for scene in made.scenes],
        )

    def loss(self, batch: DetectionBatch) -> Tensor:
        network = self.network
        model = network.detector.model
        pixels = weather(batch.pixels)
        mask = torch.ones(pixels.shape[0], SIZE, SIZE, device=self.device)
        [(seen, _)] = model.backbone(pixels, mask)
        seen = model.encoder_input_proj[0](seen)
        memory = model.encoder([seen]).last_hidden_state[0]
        cells = functional.cross_entropy(network.cells(memory).float(), batch.cells)
        # Boxes need more than the eight bits of bfloat16: that is half a pixel.
        with torch.autocast(self.device.type, enabled=False):
            found = network.detector(
                None,
                inputs_embeds=seen,
                encoder_outputs=BaseModelOutput(last_hidden_state=[memory.float()]),
                labels=batch.labels,
            )
        return found.loss + 2 * cells

    def ship(self, folder: Path) -> None:
        write_weights(self.network.detector, folder)

    def take(self, folder: Path) -> None:
        read_weights(self.network.detector, folder)


def boxes_of(scene: Scene, device: torch.device) -> dict[str, Tensor]:
    """What RT-DETR learns from: kinds, and boxes as centre and size from 0 to 1."""
    names = [_NUMBER[thing.name] for thing in scene.things]
    corners = torch.tensor([thing.box for thing in scene.things], device=device) / scene.size
    low, high = corners[:, :2], corners[:, 2:]
    return {
        "class_labels": torch.tensor(names, device=device),
        "boxes": torch.cat([(low + high) / 2, high - low], dim=1),
    }


def cells_of(scene: Scene) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """The thing in front in each cell: the last one painted whose box holds the cell's middle."""
    cells = np.full((CELLS, CELLS), len(NAMES))
    for thing in scene.things:
        left, top, right, bottom = (round(side * CELLS / scene.size) for side in thing.box)
        cells[top:bottom, left:right] = _NUMBER[thing.name]
    return cells
