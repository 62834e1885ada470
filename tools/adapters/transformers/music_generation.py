"""Music from text in transformers: MusicGen in all its sizes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tools import Audio, progress
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained, seeded_sampling
from tools.library.audio.make_music import Musician


class MusicGeneration(Musician):
    """Generate music from a prompt, token by token.

    Settings: `longest`, in seconds (30, what it was trained on); `guidance`, the scale of
    classifier-free guidance (3).
    """

    def __init__(self, loaded: Pretrained, settings: Mapping[str, str]) -> None:
        encoder = loaded.network.config.audio_encoder
        self.loaded = loaded
        self.longest_s = float(settings.get("longest", "30"))
        self.guidance = float(settings.get("guidance", "3"))
        self.rate = int(encoder.sampling_rate)
        self.tokens_per_second = int(encoder.frame_rate)

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        opened = open_pretrained(
            "AutoModelForTextToWaveform", "AutoProcessor", files, settings, device
        )
        return cls(opened, settings)

    def play_prompt(self, prompt: str, seconds: float, seed: int) -> Audio:
        import torch

        loaded = self.loaded
        progress(0, f"{seconds:.0f} seconds to play")
        prepared = loaded.to_device(
            loaded.processor(text=[prompt], padding=True, return_tensors="pt")
        )
        with seeded_sampling(seed, loaded.device), torch.inference_mode():
            output = loaded.network.generate(
                **prepared,
                do_sample=True,
                guidance_scale=self.guidance,
                # The codebooks are shifted against each other by one step.
                max_new_tokens=round(seconds * self.tokens_per_second) + self._codebooks,
            )
        samples = output[0].float().cpu().numpy()  # (channels, samples)
        return Audio(samples[:, : round(seconds * self.rate)], self.rate)

    @property
    def _codebooks(self) -> int:
        return int(self.loaded.network.config.decoder.num_codebooks)
