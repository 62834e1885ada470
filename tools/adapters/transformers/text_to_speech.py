"""Text to speech in transformers, such as Bark and VITS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tools import Audio, check_stop, progress
from tools.adapters.transformers.pretrained import Pretrained, drawing_by, open_pretrained
from tools.library.audio.speak import Voice
from tools.signal.text_chunks import pieces_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PARTS_OF_A_VOICE = ("semantic_prompt", "coarse_prompt", "fine_prompt")


class TextToSpeech(Voice):
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
        self.piece = int(settings.get("piece", "180"))
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
            for part in PARTS_OF_A_VOICE
            if name
        }
        return cls(opened, settings, voice)

    def speak(self, text: str) -> Audio:
        import numpy as np

        pieces = [piece for piece in pieces_of(text, self.piece) if piece.strip()]
        spoken: list[NDArray[np.float32]] = []
        for done, piece in enumerate(pieces):
            check_stop()
            progress(done / len(pieces), f"part {done + 1} of {len(pieces)}")
            spoken.append(self._spoken(piece.strip()))
        return Audio(np.concatenate(spoken), self.rate)

    def _spoken(self, text: str) -> NDArray[np.float32]:
        import torch

        loaded = self.loaded
        voice: dict[str, Any] = {"voice_preset": dict(self.voice)} if self.voice else {}
        prepared = loaded.processor(text, return_tensors="pt", **voice)
        if history := prepared.get("history_prompt"):
            prepared["history_prompt"] = history.to(loaded.device)
        tensors = loaded.tensors(prepared)
        with drawing_by(self.seed, loaded.device), torch.inference_mode():
            if loaded.network.can_generate():
                made = loaded.network.generate(**tensors)
            else:
                made = loaded.network(**tensors).waveform
        return made.float().cpu().numpy().reshape(-1)
