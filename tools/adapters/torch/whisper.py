"""OpenAI's Whisper in its original checkpoints."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from tools import Audio, check_stop, progress
from tools.library.audio.transcribe import Transcriber
from tools.signal.video.timed_lines import SpokenLine

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
        return str(self._transcription(audio)["text"]).strip()

    def lines(self, audio: Audio) -> list[SpokenLine]:
        segments = cast("list[dict[str, Any]]", self._transcription(audio)["segments"])
        lines = (
            SpokenLine(
                max(0.0, float(segment["start"])),
                min(max(float(segment["start"]), float(segment["end"])), audio.seconds),
                str(segment["text"]).strip(),
            )
            for segment in segments
        )
        # Of what it hears beyond the end, in the silence it fills up with, nothing was said.
        return [line for line in lines if line.words and line.start < line.end]

    def _transcription(self, audio: Audio) -> Mapping[str, object]:
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
                return whisper.transcribe(
                    self.network,
                    audio.mono(RATE),
                    language=self.language,
                    fp16=self.network.device.type == "cuda",
                )
        finally:
            hook.remove()


def _before_token(*_: object) -> None:
    check_stop()
