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


def _resnet_map(network: Any, spectrograms: Tensor) -> Tensor:
    """Return the feature map of a ResNet over a spectrogram."""
    return network.resnet(spectrograms[:, None]).last_hidden_state


def _patch_map(network: Any, spectrograms: Tensor) -> Tensor:
    """Return the feature map of an Audio Spectrogram Transformer.

    Its patches are ordered by band, after two special tokens.
    """
    body = network.audio_spectrogram_transformer
    patches = body(spectrograms).last_hidden_state[:, 2:]
    return patches.unflatten(1, body.embeddings.get_shape(network.config)).permute(0, 3, 2, 1)


FEATURE_MAPS: Mapping[str, Callable[[Any, Tensor], Tensor]] = {
    "resnet": _resnet_map,
    "audio-spectrogram-transformer": _patch_map,
}
"""For each network type, the feature map (B, features, time, bands) of preprocessed audio."""


class AudioEncoder:
    """Encode audio as feature vectors, ordered by time, then by frequency band."""

    def __init__(self, model: AudioClassification) -> None:
        self.checkpoint = model.loaded
        self.rate = int(model.loaded.processor.sampling_rate)
        self.window_s = model.window_s
        self.feature_map = FEATURE_MAPS[model.loaded.network.config.model_type]

    def encode(self, waves: Sequence[NDArray[np.float32]], slots: int) -> Tensor:
        """Encode waves at the encoder's rate → (B, slots, features)."""
        import numpy as np
        import torch
        from torch.nn import functional

        window = round(self.window_s * self.rate)
        windows = [np.pad(wave[:window], (0, max(window - len(wave), 0))) for wave in waves]
        inputs = self.checkpoint.processor(windows, sampling_rate=self.rate, return_tensors="pt")
        with torch.no_grad():
            maps = self.feature_map(
                self.checkpoint.network, self.checkpoint.to_device(inputs)["input_values"]
            )
            pooled = functional.adaptive_avg_pool2d(maps, (slots // BANDS, BANDS))
        return pooled.flatten(2).transpose(1, 2)


def audio_encoder_of(model: Model) -> AudioEncoder:
    """Return the audio encoder of a model."""
    if (
        isinstance(model, AudioClassification)
        and model.loaded.network.config.model_type in FEATURE_MAPS
    ):
        return AudioEncoder(model)
    raise BadArgument(
        f"{type(model).__name__!r} cannot be an audio encoder; allowed: AudioClassification "
        f"with a network of type {' or '.join(FEATURE_MAPS)}",
        hint="name another card as `audio_encoder` in the config of the joint model",
    )
