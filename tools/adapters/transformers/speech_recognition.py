"""Speech recognition in transformers, such as Whisper in all its sizes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tools import Audio, progress
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.audio.transcribe import Transcriber


class SpeechRecognition(Transcriber):
    """Speech recogniser. Settings: `language`, such as "en"; by default it is detected."""

    def __init__(self, loaded: Pretrained, language: str | None) -> None:
        self.loaded = loaded
        self.language = language

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        opened = open_pretrained(
            "AutoModelForSpeechSeq2Seq", "AutoProcessor", files, settings, device
        )
        return cls(opened, settings.get("language"))

    def transcribe(self, audio: Audio) -> str:
        import torch

        processor = self.loaded.processor
        rate = int(processor.feature_extractor.sampling_rate)
        window_s = float(processor.feature_extractor.chunk_length)
        progress(0, f"{audio.seconds:.0f} seconds to hear")
        # Short audio is padded to one window; `generate` splits longer audio into windows itself.
        long_form: dict[str, Any] = (
            {"truncation": False, "padding": "longest"} if audio.seconds > window_s else {}
        )
        prepared = processor(
            audio.mono(rate),
            sampling_rate=rate,
            return_tensors="pt",
            return_attention_mask=True,
            **long_form,
        )
        options: dict[str, Any] = {"return_timestamps": True} if long_form else {}
        # Checkpoints of one language reject these arguments.
        if getattr(self.loaded.network.generation_config, "is_multilingual", False):
            options |= {"task": "transcribe", "language": self.language}
        with torch.inference_mode():
            tokens = self.loaded.network.generate(**self.loaded.to_device(prepared), **options)
        (text,) = processor.batch_decode(tokens, skip_special_tokens=True)
        return str(text).strip()
