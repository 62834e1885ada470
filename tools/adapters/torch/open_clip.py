"""CLIP models in open_clip checkpoints. https://github.com/mlfoundations/open_clip"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from tools import Image, check_stop, progress
from tools.adapters.checkpoint_files import pixels_of, read_weights
from tools.adapters.transformers.pretrained import dtype_of
from tools.library.vision.classify import Matcher
from tools.library.vision.compare import Comparer

if TYPE_CHECKING:
    import numpy as np
    import open_clip
    from numpy.typing import NDArray
    from torch import Tensor

AT_ONCE = 32
"""Batch size for images and texts."""


class OpenClip(Matcher, Comparer):
    """CLIP similarity of images to texts and to each other.

    Its files are those that open_clip publishes: `open_clip_config.json`, preprocessing included,
    and one in safetensors, whose name has changed over the years. Settings: `dtype`.
    """

    def __init__(
        self,
        network: open_clip.CLIP,
        read: Callable[[Sequence[str]], Tensor],
        look: Mapping[str, Any],
    ) -> None:
        self.network = network
        self.read = read
        self.look = look

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        import open_clip

        named = {name.removeprefix("open_clip_"): path for name, path in files.items()}
        told = json.loads(named["config.json"].read_text(encoding="utf-8"))
        network = open_clip.CLIP(**told["model_cfg"])
        [weights] = (path for name, path in named.items() if name.endswith(".safetensors"))
        read_weights(network, weights)
        read = _tokenizer(named.get("tokenizer.json"), network.context_length)
        network.to(device=device, dtype=dtype_of(settings, device))
        return cls(network.eval(), read, told["preprocess_cfg"])

    def fit(self, images: Sequence[Image], texts: Sequence[str]) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            seen = self._all_seen(images)
            said = torch.cat([self._read(part) for part in _parts(texts)])
            return (seen @ said.T).float().cpu().numpy()

    def vectors(self, images: Sequence[Image]) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            return self._all_seen(images).float().cpu().numpy()

    def _all_seen(self, images: Sequence[Image]) -> Tensor:
        import torch

        return torch.cat([self._see(part) for part in _parts(images)])

    def _see(self, images: Sequence[Image]) -> Tensor:
        import torch

        scale = self.network.logit_scale
        pixels = torch.stack([self._pixels(image) for image in images])
        return self.network.encode_image(pixels.to(scale.device, scale.dtype), normalize=True)

    def _pixels(self, image: Image) -> Tensor:
        """Preprocess an image: (3, size, size)."""
        from open_clip.transform import PreprocessCfg, image_transform_v2

        if "size" in self.look:
            size, mean, deviation = (self.look[name] for name in ("size", "mean", "std"))
            return pixels_of(image, size, mean, deviation)[0]
        told: dict[str, Any] = {**self.look, "size": self.network.visual.image_size}
        look: Any = image_transform_v2(PreprocessCfg(**told), is_train=False)
        return cast("Tensor", look(image.opaque()))

    def _read(self, texts: Sequence[str]) -> Tensor:
        device = self.network.logit_scale.device
        return self.network.encode_text(self.read(texts).to(device), normalize=True)


def _tokenizer(path: Path | None, room: int) -> Callable[[Sequence[str]], Tensor]:
    """Return the tokenizer of the checkpoint, or else CLIP's."""
    import torch

    if path is None:
        from open_clip.tokenizer import SimpleTokenizer

        common = SimpleTokenizer(context_length=room)
        return lambda texts: common(list(texts))
    from tokenizers import Tokenizer

    own = Tokenizer.from_file(str(path))
    return lambda texts: torch.tensor([found.ids for found in own.encode_batch(list(texts))])


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), AT_ONCE):
        check_stop()
        if start:
            progress(start / len(items), f"{start} of {len(items)}")
        yield items[start : start + AT_ONCE]
