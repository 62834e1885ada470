"""Text encoder that reads sentences with a frozen pretrained language model.

A small T5 encoder, the connector, turns the language model's hidden states into the generator's
conditioning. It was trained with the generator; its embedding table projects the hidden states.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.adapters.checkpoint_folder import checkpoint_folder

if TYPE_CHECKING:
    import torch
    from torch import Tensor

LANGUAGE_MODEL_FOLDER = "language_model"
"""The folder of the language model's files in a generator's card."""


class LanguageModelEncoder:
    """Encodes token ids as the text encoder of a diffusers pipeline does."""

    def __init__(self, language_model: Any, connector: Any) -> None:
        self.language_model = language_model
        self.connector = connector

    @property
    def device(self) -> torch.device:
        """The device of the weights."""
        return self.connector.device

    def __call__(self, input_ids: Tensor, attention_mask: Tensor, **_: object) -> Any:
        """Return the conditioning as `last_hidden_state`."""
        from transformers.modeling_outputs import BaseModelOutput

        features = read_features(self.language_model, input_ids, attention_mask)
        return BaseModelOutput(connect(self.connector, features, attention_mask))


def read_features(language_model: Any, token_ids: Tensor, mask: Tensor) -> Tensor:
    """Return the hidden states at half depth and at the end: (B, T, 2 × width)."""
    import torch

    with torch.no_grad():
        states = language_model(
            input_ids=token_ids, attention_mask=mask, output_hidden_states=True
        ).hidden_states
        layers = (states[len(states) // 2].float(), states[-1].float())
        return torch.cat([_normalize(layer) for layer in layers], dim=-1)


def feature_width(language_model: Any) -> int:
    """Return the number of features of a token."""
    return 2 * language_model.config.hidden_size


def connect(connector: Any, features: Tensor, mask: Tensor) -> Tensor:
    """Return the connector's output for features: (B, T, text width)."""
    projection = connector.get_input_embeddings().weight
    scale = projection.shape[0] ** -0.5
    embeddings = features.to(projection.dtype) @ projection * scale
    return connector(inputs_embeds=embeddings, attention_mask=mask).last_hidden_state


def attach_language_model(pipeline: Any, files: Mapping[str, Path], device: str) -> None:
    """Let a pipeline read with the language model in its files, if there is one."""
    prefix = f"{LANGUAGE_MODEL_FOLDER}/"
    model_files = {
        name.removeprefix(prefix): path for name, path in files.items() if name.startswith(prefix)
    }
    if not model_files:
        return
    from transformers import AutoModel

    connector = pipeline.text_encoder
    with checkpoint_folder(model_files) as folder:
        language_model = AutoModel.from_pretrained(
            folder, dtype=connector.dtype, local_files_only=True, trust_remote_code=False
        )
    pipeline.text_encoder = LanguageModelEncoder(language_model.eval().to(device), connector)


def _normalize(layer: Tensor) -> Tensor:
    from torch.nn import functional

    return functional.layer_norm(layer, layer.shape[-1:])
