"""Image-to-text models of the VisionEncoderDecoder class, such as ViT with GPT-2."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tools import Image, check_stop
from tools.adapters.checkpoint_files import image_tensor, read_config, read_weights
from tools.library.vision.ask_image import Answerer
from tools.library.vision.caption import Captioner

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

MAX_NEW_TOKENS = 40
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
        return self._generate(image, self.settings.get("caption", "<|endoftext|>"))

    def answer(self, image: Image, question: str) -> str:
        text = " ".join(question.split())
        return self._generate(image, self.settings["question"].replace("{question}", text))

    def _generate(self, image: Image, prompt: str) -> str:
        import torch

        device = self.network.device
        prompt_tokens = self.tokenizer.encode(prompt, add_special_tokens=False).ids
        prompt_tokens = prompt_tokens[-(self._context_length - MAX_NEW_TOKENS // 2) :]
        with torch.inference_mode():
            tokens = self.network.generate(
                self._pixels(image).to(device),
                decoder_input_ids=torch.tensor([prompt_tokens], device=device),
                max_new_tokens=min(MAX_NEW_TOKENS, self._context_length - len(prompt_tokens)),
                do_sample=False,
                stopping_criteria=[_stop_on_request],
            )
        return self.tokenizer.decode(tokens[0, len(prompt_tokens) :].tolist()).strip()

    def _pixels(self, image: Image) -> Tensor:
        settings = self.settings
        mean, deviation = (float(settings.get(name, "0.5")) for name in ("mean", "deviation"))
        return image_tensor(image, int(settings.get("size", "224")), [mean] * 3, [deviation] * 3)

    @property
    def _context_length(self) -> int:
        """Context length of the decoder in tokens."""
        return int(self.network.config.decoder.max_position_embeddings)


def _stop_on_request(tokens: Any, scores: Any, **_: Any) -> Any:
    """Raise if a stop was requested; never end the text."""
    import torch

    check_stop()
    return torch.zeros(len(tokens), dtype=torch.bool, device=tokens.device)
