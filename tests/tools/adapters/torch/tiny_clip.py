"""A checkpoint of CLIP with random weights, in the layout of open_clip."""

import json
from pathlib import Path
from typing import Any

import open_clip
from safetensors.torch import save_model

WORDS = ("[PAD]", "[UNK]", "a", "dog", "apple", "[SEP]")
CONFIG: dict[str, Any] = {
    "model_cfg": {
        "embed_dim": 8,
        "vision_cfg": {"image_size": 64, "layers": [1, 1, 1, 1], "width": 8, "head_width": 8},
        "text_cfg": {
            "context_length": 6, "vocab_size": len(WORDS), "width": 8, "heads": 2, "layers": 1,
        },
    },
    "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3, "size": 64},
}  # fmt: skip


def write_published_clip(
    folder: Path, weights: str = "open_clip_model.safetensors"
) -> open_clip.CLIP:
    """Write a checkpoint as open_clip publishes it; return its network."""
    model_cfg = {**CONFIG["model_cfg"], "text_cfg": {
        "context_length": 77, "vocab_size": 49408, "width": 8, "heads": 2, "layers": 1,
    }}  # fmt: skip
    told = {"model_cfg": model_cfg, "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3}}
    (folder / "open_clip_config.json").write_text(json.dumps(told))
    network = open_clip.CLIP(**model_cfg).eval()
    save_model(network, folder / weights)
    return network
