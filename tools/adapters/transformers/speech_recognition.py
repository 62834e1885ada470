"""Speech recognition in transformers, such as Whisper in all its sizes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tools import Audio, progress
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.audio.transcribe import Transcriber
from tools.signal.video.timed_lines import SpokenLine


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
        prepared, options = self._prepared(audio)
        if audio.seconds > self._window_s:
            options["return_timestamps"] = True
        tokens = self._generate(prepared, options)
        (text,) = self.loaded.processor.batch_decode(tokens, skip_special_tokens=True)
        return str(text).strip()

    def lines(self, audio: Audio) -> list[SpokenLine]:
        prepared, options = self._prepared(audio)
        options |= {"return_timestamps": True, "return_segments": True}
        (segments,) = self._generate(prepared, options)["segments"]
        lines: list[SpokenLine] = []
        for segment in segments:
            text = self.loaded.processor.decode(segment["tokens"], skip_special_tokens=True)
            start = min(max(float(segment["start"]), 0.0), audio.seconds)
            end = min(max(float(segment["end"]), start), audio.seconds)
            if text.strip() and start < end:
                lines.append(SpokenLine(start, end, text.strip()))
        return lines

    @property
    def _window_s(self) -> float:
        return float(self.loaded.processor.feature_extractor.chunk_length)

    def _prepared(self, audio: Audio) -> tuple[Any, dict[str, Any]]:
        """Return what the network hears, and in which language."""
        processor = self.loaded.processor
        rate = int(processor.feature_extractor.sampling_rate)
        progress(0, f"{audio.seconds:.0f} seconds to hear")
        # Short audio is padded to one window; `generate` splits longer audio into windows itself.
        long_form: dict[str, Any] = (
            {"truncation": False, "padding": "longest"} if audio.seconds > self._window_s else {}
        )
        prepared = processor(
            audio.mono(rate),
            sampling_rate=rate,
            return_tensors="pt",
            return_attention_mask=True,
            **long_form,
        )
        options: dict[str, Any] = {}
        # Checkpoints of one language reject these arguments.
        if getattr(self.loaded.network.generation_config, "is_multilingual", False):
            options |= {"task": "transcribe", "language": self.language}
        return prepared, options

    def _generate(self, prepared: Any, options: Mapping[str, Any]) -> Any:
        import torch

        with torch.inference_mode():
            return self.loaded.network.generate(**self.loaded.to_device(prepared), **options)
