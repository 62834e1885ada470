"""CLIP models in the checkpoints of open_clip. https://github.com/mlfoundations/open_clip"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tools import Image
from tools.adapters.checkpoint import pixels_of, read_weights
from tools.orchestra.classify import Matcher

if TYPE_CHECKING:
    import numpy as np
    import open_clip
    from numpy.typing import NDArray
    from torch import Tensor

AT_ONCE = 32
"""Pictures or texts looked at together."""


class OpenClip(Matcher):
    """Compares pictures with texts. Its config is that of open_clip, preprocessing included."""

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

        told = json.loads(files["config.json"].read_text(encoding="utf-8"))
        network = open_clip.CLIP(**told["model_cfg"])
        read_weights(network, files["model.safetensors"])
        read = _tokenizer(files.get("tokenizer.json"), network.context_length)
        return cls(network.to(device).eval(), read, told["preprocess_cfg"])

    def fit(self, images: Sequence[Image], texts: Sequence[str]) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            seen = torch.cat([self._see(part) for part in _parts(images)])
            said = torch.cat([self._read(part) for part in _parts(texts)])
            return (seen @ said.T).cpu().numpy()

    def _see(self, images: Sequence[Image]) -> Tensor:
        import torch

        size, mean, deviation = (self.look[name] for name in ("size", "mean", "std"))
        pixels = torch.cat([pixels_of(image, size, mean, deviation) for image in images])
        return self.network.encode_image(pixels.to(self._device), normalize=True)

    def _read(self, texts: Sequence[str]) -> Tensor:
        return self.network.encode_text(self.read(texts).to(self._device), normalize=True)

    @property
    def _device(self) -> Any:
        return self.network.logit_scale.device


def _tokenizer(path: Path | None, room: int) -> Callable[[Sequence[str]], Tensor]:
    """Texts as the text encoder takes them: by a tokenizer of its own, or else by CLIP's."""
    import torch

    if path is None:
        from open_clip.tokenizer import SimpleTokenizer

        common = SimpleTokenizer(context_length=room)
        return lambda texts: common(list(texts))
    from tokenizers import Tokenizer

    own = Tokenizer.from_file(str(path))
    return lambda texts: torch.tensor([found.ids for found in own.encode_batch(list(texts))])


def _parts(items: Sequence[Any]) -> list[Sequence[Any]]:
    return [items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE)]
