"""Speech and transcriptions by the openai client."""

import io
import wave
from pathlib import Path
from typing import Any

import av
import openai
import pytest

from tests.agent.server.conftest import Api, picture, recording
from tests.requirements import require_weights
from tools.home import home
from tools.sdk.tool_check import SAMPLES

pytestmark = pytest.mark.slow

WEIGHTS = home() / "weights"
FORMATS = {"mp3": "mp3", "opus": "opus", "aac": "aac", "flac": "flac"}


def codec_of(data: bytes) -> tuple[str, float]:
    """The codec and the seconds of a recording."""
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.audio[0]
        samples = sum(frame.samples for frame in container.decode(stream))
        return stream.codec_context.name.removesuffix("float"), samples / stream.rate


@pytest.fixture
async def speech(client: openai.AsyncOpenAI) -> bytes:
    response = await client.audio.speech.create(
        model="batuta", voice="alloy", input="Good morning.", response_format="wav"
    )
    return response.content


async def test_a_text_is_spoken(speech: bytes) -> None:
    with wave.open(io.BytesIO(speech)) as file:
        assert file.getnframes() / file.getframerate() > 0.3


@pytest.mark.parametrize("form", FORMATS)
async def test_speech_has_the_format_that_is_asked_for(
    client: openai.AsyncOpenAI, speech: bytes, form: Any
) -> None:
    response = await client.audio.speech.create(
        model="batuta", voice="alloy", input="Good morning.", response_format=form
    )

    codec, seconds = codec_of(response.content)
    assert codec == FORMATS[form]
    assert seconds == pytest.approx(codec_of(speech)[1], abs=0.2)


async def test_pcm_is_16_bit_mono_of_24000_samples_a_second(
    client: openai.AsyncOpenAI, speech: bytes
) -> None:
    response = await client.audio.speech.create(
        model="batuta", voice="alloy", input="Good morning.", response_format="pcm"
    )

    assert len(response.content) / 2 / 24_000 == pytest.approx(codec_of(speech)[1], abs=0.01)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid_schema"),
        ({"input": ""}, 400, "invalid_schema"),
        ({"input": "x" * 5_000}, 400, "invalid_schema"),
        ({"input": "x", "speed": 2}, 400, "unsupported_parameter"),
        ({"input": "x", "stream_format": "sse"}, 400, "unsupported_parameter"),
        ({"input": "x", "response_format": "midi"}, 400, "invalid_schema"),
        ({"input": "x", "model": "tts-1"}, 404, "model_not_found"),
    ],
)
async def test_bad_speech_is_refused(
    api: Api, body: dict[str, Any], status: int, code: str
) -> None:
    response = await api.client.post("/v1/audio/speech", json=body)

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("content", "fields", "code"),
    [
        (picture(), {}, "not_a_recording"),
        (b"words", {}, "input_error"),
        (b"", {}, "input_error"),
        (recording(), {"response_format": "srt"}, "unsupported_parameter"),
        (recording(), {"response_format": "stone"}, "invalid_schema"),
        (recording(), {"stream": "true"}, "unsupported_parameter"),
    ],
)
async def test_bad_transcriptions_are_refused(
    api: Api, content: bytes, fields: dict[str, str], code: str
) -> None:
    response = await api.client.post(
        "/v1/audio/transcriptions", data=fields, files={"file": ("x.wav", content)}
    )

    assert (response.status_code, response.json()["error"]["code"]) == (400, code), response.text


@pytest.mark.real
async def test_a_recording_is_written_down(client: openai.AsyncOpenAI, server_home: Path) -> None:
    (server_home / "weights").symlink_to(WEIGHTS)
    require_weights("transcribe/whisper-tiny-en")
    content = Path(SAMPLES["speech"]).read_bytes()

    written = await client.audio.transcriptions.create(model="batuta", file=("s.wav", content))
    plain = await client.audio.transcriptions.create(
        model="batuta", file=("s.wav", content), response_format="text"
    )

    assert "concert" in written.text
    assert str(plain).strip() == written.text.strip()
