"""EfficientNet-Lite classifiers of the 1,000 ImageNet classes, in TensorFlow Lite.

https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tools import Image
from tools.adapters.tflite.tflite_network import open_lite_network
from tools.library.vision.recognise import Prediction, Recogniser

LABELS = "labels_without_background.txt"
"""File of the class names in the ZIP archive that is appended to the network."""

MEAN, STD = 127, 128


class EfficientNetLite(Recogniser):
    """Classifier of the main object in a photo."""

    def __init__(self, network: Any, names: tuple[str, ...]) -> None:
        self.network = network
        self.names = names

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        path = files["weights"]
        with zipfile.ZipFile(path) as archive:
            names = archive.read(LABELS).decode().splitlines()
        return cls(open_lite_network(path.read_bytes()), tuple(names))

    def predictions(self, image: Image) -> tuple[Prediction, ...]:
        import numpy as np

        input_details = self.network.get_input_details()[0]
        height, width = (int(side) for side in input_details["shape"][1:3])
        colours = np.asarray(image.opaque().resize((width, height)), np.float32)[None]
        self.network.set_tensor(input_details["index"], (colours - MEAN) / STD)
        self.network.invoke()
        probabilities = self.network.get_tensor(self.network.get_output_details()[0]["index"])[0]
        order = np.argsort(-probabilities, kind="stable")
        return tuple(Prediction(self.names[index], float(probabilities[index])) for index in order)
