"""The vision encoder of a joint model, made from a catalogue model.

A detector of the DETR family gives a vector for each object with its position, so that number and
position need not be inferred from patches. The vision tower of an open_clip model gives patches.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from tools import Box, Model
from tools.adapters.torch.open_clip import OpenClip
from tools.adapters.transformers.rt_detr import RtDetr
from tools.errors import BadArgument

if TYPE_CHECKING:
    from torch import Tensor

BACKGROUND_SLOTS = 4
"""The number of background vectors of a detector."""


class VisionEncoder(ABC):
    """An encoder of images as feature vectors."""

    side: int
    """The side of the square that an image is scaled to, in pixels."""

    def encode(self, pixels: Tensor, slots: int) -> Tensor:
        """Encode images (B, 3, rows, columns) → (B, slots, features)."""
        import torch
        from torch.nn import functional

        if pixels.shape[-2:] != (self.side, self.side):
            pixels = functional.interpolate(
                pixels, (self.side, self.side), mode="bilinear", antialias=True
            )
        with torch.no_grad():
            return self.encode_square(pixels, slots)

    @abstractmethod
    def encode_square(self, pixels: Tensor, slots: int) -> Tensor:
        """Encode images (B, 3, side, side) → (B, slots, features)."""

    @abstractmethod
    def boxes_of(self, features: Tensor) -> list[Box]:
        """Return the box of each feature vector as percentages.

        It has a label if the vector is of an object.
        """


class DetectorEncoder(VisionEncoder):
    """Features of a detector: image quarters, then the most confident objects."""

    def __init__(self, model: RtDetr) -> None:
        self.network = model.network
        self.side = model.size
        self.labels = model.labels
        self.score = model.score

    def encode_square(self, pixels: Tensor, slots: int) -> Tensor:
        import torch
        from torch.nn import functional

        background_slots = _background_slots(slots)
        outputs = self.network(pixels.to(self.network.device))
        background = functional.adaptive_avg_pool2d(
            outputs.encoder_last_hidden_state[-1], int(background_slots**0.5)
        )
        background = background.flatten(2).transpose(1, 2)
        confidence = outputs.logits.sigmoid().amax(dim=2)
        order = confidence.argsort(dim=1, descending=True)[:, : slots - background_slots, None]
        objects = torch.cat(
            [outputs.last_hidden_state, outputs.pred_boxes, confidence[..., None]], dim=2
        )
        selected_objects = objects.gather(1, order.expand(-1, -1, objects.shape[2]))
        background = functional.pad(background, (0, objects.shape[2] - background.shape[2]))
        return torch.cat([background, selected_objects], dim=1)

    def boxes_of(self, features: Tensor) -> list[Box]:
        import torch

        background_slots = _background_slots(len(features))
        rows = int(background_slots**0.5)
        network: Any = self.network
        states, (x, y, width, height, confidences) = (
            features[background_slots:, :-5],
            features[background_slots:, -5:].T,
        )
        with torch.no_grad():
            labels = network.model.decoder.class_embed[-1](states.to(network.device)).argmax(dim=1)
        edges = [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
        all_corners = (100 * torch.stack(edges, dim=1).clamp(0, 1)).tolist()
        names = [
            self.labels[label] if score >= self.score else ""
            for label, score in zip(labels.tolist(), confidences.tolist(), strict=True)
        ]
        objects = [
            Box(*corners, label=name) for corners, name in zip(all_corners, names, strict=True)
        ]
        return cells_of(rows, rows) + objects


def _background_slots(slots: int) -> int:
    return BACKGROUND_SLOTS if slots > BACKGROUND_SLOTS else 1


class PatchEncoder(VisionEncoder):
    """Features of a vision tower: a grid of patches with their positions.

    They come from the last layer but one, as in LLaVA: the last layer is trained only for the
    embedding of the whole image.
    """

    def __init__(self, model: OpenClip) -> None:
        from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD

        self.network = model.network
        tower: Any = model.network.visual
        size = tower.image_size
        self.side = size if isinstance(size, int) else int(size[0])
        self.mean = model.preprocessing.get("mean", OPENAI_DATASET_MEAN)
        self.deviation = model.preprocessing.get("std", OPENAI_DATASET_STD)

    def encode_square(self, pixels: Tensor, slots: int) -> Tensor:
        import torch
        from torch.nn import functional

        scale, tower = self.network.logit_scale, self.network.visual
        mean, deviation = (
            torch.tensor(colours).to(pixels).reshape(3, 1, 1)
            for colours in (self.mean, self.deviation)
        )
        normalized = ((pixels - mean) / deviation).to(scale.device, scale.dtype)
        outputs: Any = tower.forward_intermediates(normalized, indices=2, intermediates_only=True)
        rows, columns = grid_of(slots)
        patches = functional.adaptive_avg_pool2d(
            outputs["image_intermediates"][0].float(), (rows, columns)
        )
        y, x = ((torch.arange(count) + 0.5) / count for count in (rows, columns))
        positions = torch.stack(torch.meshgrid(x, y, indexing="xy"))
        features = torch.cat(
            [patches, positions.to(patches).expand(len(patches), -1, -1, -1)], dim=1
        )
        return features.flatten(2).transpose(1, 2)

    def boxes_of(self, features: Tensor) -> list[Box]:
        return cells_of(*grid_of(len(features)))


def grid_of(slots: int) -> tuple[int, int]:
    """Return the rows and columns of the squarest grid with `slots` cells."""
    rows = next(rows for rows in range(int(slots**0.5), 0, -1) if slots % rows == 0)
    return rows, slots // rows


def cells_of(rows: int, columns: int) -> list[Box]:
    """Divide an image evenly into boxes, row by row."""
    return [
        Box(
            100 * column / columns, 100 * row / rows,
            100 * (column + 1) / columns, 100 * (row + 1) / rows,
        )
        for row in range(rows)
        for column in range(columns)
    ]  # fmt: skip


def vision_encoder_of(model: Model) -> VisionEncoder:
    """Return the vision encoder of a model."""
    if isinstance(model, RtDetr):
        return DetectorEncoder(model)
    if isinstance(model, OpenClip):
        return PatchEncoder(model)
    raise BadArgument(
        f"{type(model).__name__!r} cannot be a vision encoder; allowed: RtDetr, OpenClip",
        hint="name another card as `vision_encoder` in the config of the joint model",
    )
