"""YAMNet audio classifier (Plakal and Ellis, 2019), in TensorFlow Lite.

https://github.com/tensorflow/models/tree/master/research/audioset/yamnet
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tools import Audio, check_stop, progress
from tools.library.audio.classify_sound import SoundClassifier

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16_000
WINDOW = 15_600
"""Samples of the network's input."""
STEP = WINDOW // 2
LABELS = "yamnet_label_list.txt"
"""File of the class names in the ZIP archive that is appended to the network."""

WINDOWS_BETWEEN_REPORTS = 100


class YamNet(SoundClassifier):
    """Audio classifier with windows of about a second, two per second."""

    window_s = WINDOW / RATE
    step_s = STEP / RATE

    def __init__(self, network: Any, labels: tuple[str, ...]) -> None:
        self.network = network
        self.labels = labels

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        from ai_edge_litert.interpreter import Interpreter

        path = files["weights"]
        network = Interpreter(str(path), num_threads=1)  # a window takes a thousandth of a second
        network.allocate_tensors()
        with zipfile.ZipFile(path) as archive:
            names = archive.read(LABELS).decode().split("\n")
        return cls(network, tuple(name for name in names if name))

    def scores(self, audio: Audio) -> NDArray[np.float32]:
        import numpy as np

        samples = audio.mono(RATE)
        steps = max(0, -(-(len(samples) - WINDOW) // STEP))
        # Pad only audio shorter than a window. In longer audio padding would sound like a break, so
        # the last window ends where the audio ends.
        padded = np.pad(samples, (0, max(0, WINDOW - len(samples))))
        input_index = self.network.get_input_details()[0]["index"]
        output_index = self.network.get_output_details()[0]["index"]
        scores = np.empty((steps + 1, len(self.labels)), np.float32)
        for window in range(steps + 1):
            if window % WINDOWS_BETWEEN_REPORTS == 0:
                check_stop()
                seconds = min(window * self.step_s, audio.seconds)
                progress(
                    window / (steps + 1), f"{seconds:.0f} of {audio.seconds:.0f} seconds heard"
                )
            start = min(window * STEP, len(padded) - WINDOW)
            self.network.set_tensor(input_index, padded[start : start + WINDOW])
            self.network.invoke()
            scores[window] = self.network.get_tensor(output_index)[0]
        return scores
