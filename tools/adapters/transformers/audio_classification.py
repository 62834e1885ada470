"""Audio classifiers in transformers, such as the Audio Spectrogram Transformer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from tools import Audio, check_stop, progress
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.audio.classify_sound import SoundClassifier

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class AudioClassification(SoundClassifier):
    """Audio classifier that scores a sliding window.

    Settings: `window` and `step`, in seconds (10 and 5). Scores of single-label checkpoints add up
    to 1. An image classifier, given as `network`, gets the spectrogram as a grayscale image.
    """

    def __init__(self, loaded: Pretrained, settings: Mapping[str, str]) -> None:
        self.loaded = loaded
        self.window_s = float(settings.get("window", "10"))
        self.step_s = float(settings.get("step", "5"))
        names = cast("dict[int, str]", loaded.network.config.id2label)
        self.labels = tuple(name for _, name in sorted(names.items()))

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        network, extractor = "AutoModelForAudioClassification", "AutoFeatureExtractor"
        return cls(open_pretrained(network, extractor, files, settings, device), settings)

    def scores(self, audio: Audio) -> NDArray[np.float32]:
        import numpy as np

        rate = int(self.loaded.processor.sampling_rate)
        samples = audio.mono(rate)
        window, step = round(self.window_s * rate), round(self.step_s * rate)
        # A few extra samples, as after resampling, do not get a window of their own.
        steps = max(0, -(-(len(samples) - window - step // 8) // step))
        scores: list[NDArray[np.float32]] = []
        for number in range(steps + 1):
            check_stop()
            progress(number / (steps + 1), f"window {number + 1} of {steps + 1}")
            start = max(0, min(number * step, len(samples) - window))
            part = samples[start : start + window]
            scores.append(self._window_scores(np.pad(part, (0, window - len(part))), rate))
        return np.stack(scores)

    def _window_scores(self, samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
        """Return the score of each label in one window."""
        import torch

        network = self.loaded.network
        features = self.loaded.processor(samples, sampling_rate=rate, return_tensors="pt")
        inputs: dict[str, Any] = self.loaded.to_device(features)
        if network.main_input_name == "pixel_values":
            inputs = {"pixel_values": inputs["input_values"][:, None]}
        with torch.inference_mode():
            logits = network(**inputs).logits[0].float()
        single_label = network.config.problem_type == "single_label_classification"
        return (logits.softmax(0) if single_label else logits.sigmoid()).cpu().numpy()
