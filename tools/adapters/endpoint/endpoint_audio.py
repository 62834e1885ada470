"""Speak and transcribe by the audio API of OpenAI and compatible servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import BaseModel

from tools import Audio
from tools.adapters.endpoint.endpoint_client import EndpointClient, FormFile
from tools.library.audio.speak import SpeechSynthesizer
from tools.library.audio.transcribe import Transcriber
from tools.models.endpoint import Endpoint
from tools.models.endpoint_model import EndpointModel
from tools.signal.video.timed_lines import SpokenLine

_RATE = 16_000


class EndpointSpeech(EndpointModel, SpeechSynthesizer):
    """Text-to-speech. Settings: `voice` ("alloy")."""

    def __init__(self, client: EndpointClient, voice: str) -> None:
        self._client = client
        self._voice = voice

    @classmethod
    def connect(cls, endpoint: Endpoint, settings: Mapping[str, str]) -> Self:
        return cls(EndpointClient(endpoint), settings.get("voice", "alloy"))

    def speak(self, text: str) -> Audio:
        reply = self._client.post_for_bytes(
            "audio/speech", input=text, voice=self._voice, response_format="wav"
        )
        return self._client.open_as(Audio, reply.data)


class EndpointTranscriber(EndpointModel, Transcriber):
    """Speech recognition; `lines` needs a service that knows the form `verbose_json`."""

    def __init__(self, client: EndpointClient) -> None:
        self._client = client

    @classmethod
    def connect(cls, endpoint: Endpoint, settings: Mapping[str, str]) -> Self:
        return cls(EndpointClient(endpoint))

    def transcribe(self, audio: Audio) -> str:
        transcript = self._client.post_form(
            "audio/transcriptions", _Transcript, _recording(audio), response_format="json"
        )
        return transcript.text.strip()

    def lines(self, audio: Audio) -> Sequence[SpokenLine]:
        transcript = self._client.post_form(
            "audio/transcriptions",
            _TimedTranscript,
            _recording(audio),
            response_format="verbose_json",
        )
        lines = [
            SpokenLine(max(0.0, line.start), min(line.end, audio.seconds), line.text.strip())
            for line in transcript.segments
        ]
        return [line for line in lines if line.words and line.start < line.end]


def _recording(audio: Audio) -> dict[str, FormFile]:
    """Return the file of a form: what recognisers hear, which is small."""
    wave = Audio(audio.mono(_RATE), _RATE).encode()
    return {"file": FormFile("sound.wav", wave, "audio/wav")}


class _Transcript(BaseModel):
    text: str


class _Segment(BaseModel):
    start: float
    end: float
    text: str


class _TimedTranscript(BaseModel):
    segments: list[_Segment]
