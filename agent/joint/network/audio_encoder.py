"""The audio encoder of a joint model, made from an audio classifier."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tools import Model
from tools.adapters.transformers.audio_classification import AudioClassification
from tools.errors import BadArgument

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

BANDS = 2
"""The number of frequency bands that features are pooled to."""


def _resnet_map(network: Any, heard: Tensor) -> Tensor:
    """Return the feature map of a ResNet over a spectrogram."""
    return network.resnet(heard[:, None]).last_hidden_state


def _patch_map(network: Any, heard: Tensor) -> Tensor:
    """Return the feature map of an Audio Spectrogram Transformer.

    Its patches are ordered by band, after two special tokens.
    """
    body = network.audio_spectrogram_transformer
    seen = body(heard).last_hidden_state[:, 2:]
    return seen.unflatten(1, body.embeddings.get_shape(network.config)).permute(0, 3, 2, 1)


MAPS: Mapping[str, Callable[[Any, Tensor], Tensor]] = {
    "resnet": _resnet_map,
    "audio-spectrogram-transformer": _patch_map,
}
"""For each network type, the feature map (B, features, time, bands) of preprocessed audio."""


class Ears:
    """Encode audio as feature vectors, ordered by time, then by frequency band."""

    def __init__(self, model: AudioClassification) -> None:
        self.loaded = model.loaded
        self.rate = int(model.loaded.processor.sampling_rate)
        self.window_s = model.window_s
        self.map = MAPS[model.loaded.network.config.model_type]

    def hear(self, waves: Sequence[NDArray[np.float32]], slots: int) -> Tensor:
        """Encode waves at the encoder's rate → (B, slots, features)."""
        import numpy as np
        import torch
        from torch.nn import functional

        window = round(self.window_s * self.rate)
        whole = [np.pad(wave[:window], (0, max(window - len(wave), 0))) for wave in waves]
        prepared = self.loaded.processor(whole, sampling_rate=self.rate, return_tensors="pt")
        with torch.no_grad():
            seen = self.map(self.loaded.network, self.loaded.to_device(prepared)["input_values"])
            rows = functional.adaptive_avg_pool2d(seen, (slots // BANDS, BANDS))
        return rows.flatten(2).transpose(1, 2)


def ears_of(model: Model) -> Ears:
    """Return the audio encoder of a model."""
    if isinstance(model, AudioClassification) and model.loaded.network.config.model_type in MAPS:
        return Ears(model)
    raise BadArgument(
        f"{type(model).__name__!r} cannot be an audio encoder; allowed: AudioClassification "
        f"with a network of type {' or '.join(MAPS)}",
        hint="name another card as `ears` in the config of the joint model",
    )
