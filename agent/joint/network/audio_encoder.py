"""What listens for a joint model: a sound classifier of transformers, asked for vectors."""

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
"""Of pitch, in which a sound is heard apart."""


def _resnet_map(network: Any, heard: Tensor) -> Tensor:
    """Of a classifier of pictures that looks at a spectrogram, whose rows are its moments."""
    return network.resnet(heard[:, None]).last_hidden_state


def _patch_map(network: Any, heard: Tensor) -> Tensor:
    """Of an Audio Spectrogram Transformer, whose patches go band by band after two of no place."""
    body = network.audio_spectrogram_transformer
    seen = body(heard).last_hidden_state[:, 2:]
    return seen.unflatten(1, body.embeddings.get_shape(network.config)).permute(0, 3, 2, 1)


MAPS: Mapping[str, Callable[[Any, Tensor], Tensor]] = {
    "resnet": _resnet_map,
    "audio-spectrogram-transformer": _patch_map,
}
"""For each type of network, the map (B, features, moments, bands) of prepared sounds."""


class Ears:
    """Turns sounds into rows of numbers: by moments, then by pitch."""

    def __init__(self, model: AudioClassification) -> None:
        self.loaded = model.loaded
        self.rate = int(model.loaded.processor.sampling_rate)
        self.window_s = model.window_s
        self.map = MAPS[model.loaded.network.config.model_type]

    def hear(self, waves: Sequence[NDArray[np.float32]], slots: int) -> Tensor:
        """Waves at their rate → (B, slots, features)."""
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
    """The ears that a model has."""
    if isinstance(model, AudioClassification) and model.loaded.network.config.model_type in MAPS:
        return Ears(model)
    raise BadArgument(
        f"a joint model cannot hear with {type(model).__name__!r}; allowed: AudioClassification "
        f"with a network of type {' or '.join(MAPS)}",
        hint="name another card as its ears",
    )
