"""OpenAI's Whisper in its original checkpoints."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import Audio, check_stop, progress
from tools.library.audio.transcribe import Transcriber

if TYPE_CHECKING:
    import whisper
    from torch import Tensor

RATE = 16_000
WINDOW_S = 30


class Whisper(Transcriber):
    """Speech recogniser. Settings: `language`, such as "en"; by default it is detected."""

    def __init__(self, network: whisper.Whisper, language: str | None) -> None:
        self.network = network
        self.language = language

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        import torch
        import whisper

        checkpoint = torch.load(files["weights"], map_location="cpu", weights_only=True)
        network = whisper.Whisper(whisper.ModelDimensions(**checkpoint["dims"]))
        network.load_state_dict(checkpoint["model_state_dict"])
        # Runs once per token, so that a stop request takes effect within a fraction of a second.
        network.decoder.register_forward_pre_hook(_before_token)
        return cls(network.to(device).eval(), settings.get("language"))

    def transcribe(self, audio: Audio) -> str:
        import torch
        import whisper

        # The profile chooses the device; the unclosed file is the package's own.
        warnings.filterwarnings("ignore", "Performing inference on CPU when CUDA is available")
        warnings.filterwarnings("ignore", r"unclosed file .*\.tiktoken", ResourceWarning)
        windows, last = 0, torch.empty(0)

        def on_window(_: object, inputs: tuple[Tensor]) -> None:
            nonlocal windows, last
            # Whisper decodes a window again at a higher temperature if the result is poor.
            if not torch.equal(last, inputs[0]):
                seconds = min(windows * WINDOW_S, audio.seconds)
                progress(
                    seconds / audio.seconds, f"{seconds:.0f} of {audio.seconds:.0f} seconds heard"
                )
                windows, last = windows + 1, inputs[0]

        hook = self.network.encoder.register_forward_pre_hook(on_window)
        try:
            with torch.random.fork_rng():
                # At a higher temperature it samples: a fixed seed makes the text reproducible.
                torch.manual_seed(0)
                result = whisper.transcribe(
                    self.network,
                    audio.mono(RATE),
                    language=self.language,
                    fp16=self.network.device.type == "cuda",
                )
        finally:
            hook.remove()
        return str(result["text"]).strip()


def _before_token(*_: object) -> None:
    check_stop()
