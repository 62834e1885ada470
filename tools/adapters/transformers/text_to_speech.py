"""Text to speech in transformers, such as Bark and VITS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tools import Audio, check_stop, progress
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained, seeded_sampling
from tools.library.audio.speak import SpeechSynthesizer
from tools.signal.text_chunks import split_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VOICE_PROMPTS = ("semantic_prompt", "coarse_prompt", "fine_prompt")


class TextToSpeech(SpeechSynthesizer):
    """Text-to-speech model that reads a text chunk by chunk.

    Settings: `rate`, samples per second; `piece`, the maximum number of characters of a chunk
    (180); `voice`, one of the checkpoint's own below speaker_embeddings/, such as
    "v2/en_speaker_6"; `seed` of its sampling (0).
    """

    def __init__(
        self,
        loaded: Pretrained,
        settings: Mapping[str, str],
        voice: Mapping[str, NDArray[np.int64]],
    ) -> None:
        self.loaded = loaded
        self.rate = int(settings["rate"])
        self.max_characters = int(settings.get("piece", "180"))
        self.seed = int(settings.get("seed", "0"))
        self.voice = voice

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        import numpy as np

        opened = open_pretrained(
            "AutoModelForTextToWaveform", "AutoProcessor", files, settings, device
        )
        name = settings.get("voice")
        voice = {
            part: np.load(files[f"speaker_embeddings/{name}_{part}.npy"])
            for part in VOICE_PROMPTS
            if name
        }
        return cls(opened, settings, voice)

    def speak(self, text: str) -> Audio:
        import numpy as np

        chunks = [chunk for chunk in split_text(text, self.max_characters) if chunk.strip()]
        waveforms: list[NDArray[np.float32]] = []
        for index, piece in enumerate(chunks):
            check_stop()
            progress(index / len(chunks), f"part {index + 1} of {len(chunks)}")
            waveforms.append(self._synthesise(piece.strip()))
        return Audio(np.concatenate(waveforms), self.rate)

    def _synthesise(self, text: str) -> NDArray[np.float32]:
        import torch

        loaded = self.loaded
        voice: dict[str, Any] = {"voice_preset": dict(self.voice)} if self.voice else {}
        prepared = loaded.processor(text, return_tensors="pt", **voice)
        if history := prepared.get("history_prompt"):
            prepared["history_prompt"] = history.to(loaded.device)
        tensors = loaded.to_device(prepared)
        with seeded_sampling(self.seed, loaded.device), torch.inference_mode():
            if loaded.network.can_generate():
                output = loaded.network.generate(**tensors)
            else:
                output = loaded.network(**tensors).waveform
        return output.float().cpu().numpy().reshape(-1)
