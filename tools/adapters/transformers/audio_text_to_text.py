"""Audio-language models in transformers, such as Qwen2-Audio."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tools import Audio, progress
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.audio.describe_sound import SoundDescriber


class AudioTextToText(SoundDescriber):
    """Describe audio in text.

    Settings: those of open_pretrained; `describe`, the prompt; `longest`, the maximum number of new
    tokens (128).
    """

    def __init__(self, loaded: Pretrained, settings: Mapping[str, str]) -> None:
        self.loaded = loaded
        self.settings = settings

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        opened = open_pretrained("AutoModel", "AutoProcessor", files, settings, device)
        return cls(opened, settings)

    def describe_sound(self, audio: Audio) -> str:
        import torch

        processor = self.loaded.processor
        rate = int(processor.feature_extractor.sampling_rate)
        progress(0, "listening")
        content = [
            {"type": "audio", "audio_url": "the sound"},
            {"type": "text", "text": self.settings["describe"]},
        ]
        prompt = processor.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
        )
        prepared = self.loaded.to_device(
            processor(
                text=prompt, audio=[audio.mono(rate)], sampling_rate=rate, return_tensors="pt"
            )
        )
        with torch.inference_mode():
            tokens = self.loaded.network.generate(
                **prepared,
                max_new_tokens=int(self.settings.get("longest", "128")),
                do_sample=False,
            )
        prompt_length = prepared["input_ids"].shape[1]
        (text,) = processor.batch_decode(tokens[:, prompt_length:], skip_special_tokens=True)
        return str(text).strip()
