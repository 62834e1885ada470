"""Image-to-text models of the VisionEncoderDecoder class, such as ViT with GPT-2."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tools import Image, check_stop
from tools.adapters.checkpoint_files import pixels_of, read_config, read_weights
from tools.library.vision.ask_image import Answerer
from tools.library.vision.caption import Captioner

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

LONGEST = 40
"""Maximum number of new tokens."""


class VisionEncoderDecoder(Captioner, Answerer):
    """Caption images and answer questions about them.

    Settings: `size`, the side of its input in pixels (224); `mean` and `deviation` of each colour
    (0.5 both); `caption`, the prompt tokens of a caption, and `question`, those of an answer, with
    {question} in it.
    """

    def __init__(self, network: Any, tokenizer: Tokenizer, settings: Mapping[str, str]) -> None:
        self.network = network
        self.tokenizer = tokenizer
        self.settings = settings

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        from tokenizers import Tokenizer
        from transformers import VisionEncoderDecoderModel

        network: Any = VisionEncoderDecoderModel(config=read_config(files["config.json"]))
        read_weights(network, files["model.safetensors"])
        tokenizer = Tokenizer.from_file(str(files["tokenizer.json"]))
        return cls(network.to(device).eval(), tokenizer, settings)

    def caption(self, image: Image) -> str:
        return self._write(image, self.settings.get("caption", "<|endoftext|>"))

    def answer(self, image: Image, question: str) -> str:
        asked = " ".join(question.split())
        return self._write(image, self.settings["question"].replace("{question}", asked))

    def _write(self, image: Image, beginning: str) -> str:
        import torch

        device = self.network.device
        begun = self.tokenizer.encode(beginning, add_special_tokens=False).ids
        begun = begun[-(self._room - LONGEST // 2) :]
        with torch.inference_mode():
            written = self.network.generate(
                self._pixels(image).to(device),
                decoder_input_ids=torch.tensor([begun], device=device),
                max_new_tokens=min(LONGEST, self._room - len(begun)),
                do_sample=False,
                stopping_criteria=[_stop_on_request],
            )
        return self.tokenizer.decode(written[0, len(begun) :].tolist()).strip()

    def _pixels(self, image: Image) -> Tensor:
        told = self.settings
        mean, deviation = (float(told.get(name, "0.5")) for name in ("mean", "deviation"))
        return pixels_of(image, int(told.get("size", "224")), [mean] * 3, [deviation] * 3)

    @property
    def _room(self) -> int:
        """Context length of the decoder in tokens."""
        return int(self.network.config.decoder.max_position_embeddings)


def _stop_on_request(tokens: Any, scores: Any, **_: Any) -> Any:
    """Raise if a stop was requested; never end the text."""
    import torch

    check_stop()
    return torch.zeros(len(tokens), dtype=torch.bool, device=tokens.device)
