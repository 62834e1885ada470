"""CLIP models in open_clip checkpoints. https://github.com/mlfoundations/open_clip"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from tools import Image, check_stop, progress
from tools.adapters.checkpoint_files import image_tensor, read_weights
from tools.adapters.transformers.pretrained import resolve_dtype
from tools.library.vision.classify import Matcher
from tools.library.vision.compare import Comparer

if TYPE_CHECKING:
    import numpy as np
    import open_clip
    from numpy.typing import NDArray
    from torch import Tensor

BATCH_SIZE = 32
"""Batch size for images and texts."""


class OpenClip(Matcher, Comparer):
    """CLIP similarity of images to texts and to each other.

    Its files are those that open_clip publishes: `open_clip_config.json`, preprocessing included,
    and one in safetensors, whose name has changed over the years. Settings: `dtype`.
    """

    batched_methods: ClassVar[tuple[str, ...]] = ("vectors", "text_vectors")

    def __init__(
        self,
        network: open_clip.CLIP,
        tokenize: Callable[[Sequence[str]], Tensor],
        preprocessing: Mapping[str, Any],
    ) -> None:
        self.network = network
        self.tokenize = tokenize
        self.preprocessing = preprocessing

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        import open_clip

        by_name = {name.removeprefix("open_clip_"): path for name, path in files.items()}
        config = json.loads(by_name["config.json"].read_text(encoding="utf-8"))
        network = open_clip.CLIP(**config["model_cfg"])
        [weights] = (path for name, path in by_name.items() if name.endswith(".safetensors"))
        read_weights(network, weights)
        tokenize = _tokenizer(by_name.get("tokenizer.json"), network.context_length)
        network.to(device=device, dtype=resolve_dtype(settings, device))
        return cls(network.eval(), tokenize, config["preprocess_cfg"])

    def similarities(self, images: Sequence[Image], texts: Sequence[str]) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            image_features = self._encode_images(images)
            text_features = torch.cat([self._encode_texts(batch) for batch in _batches(texts)])
            return (image_features @ text_features.T).float().cpu().numpy()

    def vectors(self, images: Sequence[Image]) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            return self._encode_images(images).float().cpu().numpy()

    def text_vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a unit vector for each text, in the space of the images' vectors."""
        import torch

        with torch.inference_mode():
            features = [self._encode_texts(batch) for batch in _batches(texts)]
            return torch.cat(features).float().cpu().numpy()

    def _encode_images(self, images: Sequence[Image]) -> Tensor:
        import torch

        return torch.cat([self._encode_batch(batch) for batch in _batches(images)])

    def _encode_batch(self, images: Sequence[Image]) -> Tensor:
        import torch

        scale = self.network.logit_scale
        pixels = torch.stack([self._preprocess(image) for image in images])
        return self.network.encode_image(pixels.to(scale.device, scale.dtype), normalize=True)

    def _preprocess(self, image: Image) -> Tensor:
        """Preprocess an image: (3, size, size)."""
        from open_clip.transform import PreprocessCfg, image_transform_v2

        if "size" in self.preprocessing:
            size, mean, deviation = (self.preprocessing[name] for name in ("size", "mean", "std"))
            return image_tensor(image, size, mean, deviation)[0]
        options: dict[str, Any] = {**self.preprocessing, "size": self.network.visual.image_size}
        transform: Any = image_transform_v2(PreprocessCfg(**options), is_train=False)
        return cast("Tensor", transform(image.opaque()))

    def _encode_texts(self, texts: Sequence[str]) -> Tensor:
        device = self.network.logit_scale.device
        return self.network.encode_text(self.tokenize(texts).to(device), normalize=True)


def _tokenizer(path: Path | None, context_length: int) -> Callable[[Sequence[str]], Tensor]:
    """Return the tokenizer of the checkpoint, or else CLIP's."""
    import torch

    if path is None:
        from open_clip.tokenizer import SimpleTokenizer

        clip_tokenizer = SimpleTokenizer(context_length=context_length)
        return lambda texts: clip_tokenizer(list(texts))
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    return lambda texts: torch.tensor(
        [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    )


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), BATCH_SIZE):
        check_stop()
        if start:
            progress(start / len(items), f"{start} of {len(items)}")
        yield items[start : start + BATCH_SIZE]
