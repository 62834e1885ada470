"""Adapters of models that run elsewhere, against a service with written responses."""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Event, Timer
from typing import Any

import numpy as np
import PIL.Image
import pytest

from tests.tools.adapters.endpoint.http_service import Service, Written, http_service
from tools import Audio, Image
from tools.adapters.endpoint.endpoint_audio import EndpointSpeech, EndpointTranscriber
from tools.adapters.endpoint.endpoint_embeddings import EndpointMatcher
from tools.adapters.endpoint.endpoint_images import EndpointImages
from tools.adapters.endpoint.endpoint_videos import EndpointVideos
from tools.adapters.endpoint.endpoint_vision import EndpointVision
from tools.errors import BadArgument, BatutaError, Cancelled, SourceError, ToolError
from tools.models.endpoint import Endpoint
from tools.sdk.call_context import CallContext, Progress, call_scope

KEY = "sk-very-secret"


@pytest.fixture
def service() -> Generator[Service]:
    with http_service() as service:
        yield service


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELSEWHERE_KEY", KEY)


def endpoint_of(service: Service, **fields: Any) -> Endpoint:
    values = {"url": service.url, "model": "m-1", "key_variable": "ELSEWHERE_KEY", **fields}
    return Endpoint.model_validate(values)


def painter(service: Service, **fields: Any) -> EndpointImages:
    return EndpointImages.connect(endpoint_of(service, **fields), {})


def png(red: int = 200, size: tuple[int, int] = (20, 10)) -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", size, (red, 0, 0)).save(file, "PNG")
    return file.getvalue()


def image(red: int = 200, size: tuple[int, int] = (20, 10)) -> Image:
    return Image(PIL.Image.new("RGB", size, (red, 0, 0)))


def images(data: bytes) -> Written:
    return Written({"data": [{"b64_json": base64.b64encode(data).decode()}]})


def tone(seconds: float = 0.5) -> Audio:
    times = np.arange(int(24_000 * seconds)) / 24_000
    return Audio(np.sin(times * 2_000).astype(np.float32), 24_000)


def sent(service: Service) -> dict[str, Any]:
    return json.loads(service.requests[-1].body)


def test_a_picture_is_drawn_with_key_model_and_parameters(service: Service) -> None:
    service.respond(images(png(90)))
    endpoint = endpoint_of(service, parameters={"size": "256x256", "quality": "low"})

    drawn = EndpointImages.connect(endpoint, {"seed": "seed"}).paint("six apples", 7)

    assert drawn.pixels.getpixel((0, 0)) == (90, 0, 0)
    assert service.requests[0].path == "/v1/images/generations"
    assert service.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert sent(service) == {
        "model": "m-1",
        "prompt": "six apples",
        "n": 1,
        "seed": 7,
        "size": "256x256",
        "quality": "low",
    }


def test_an_edited_picture_keeps_its_size(service: Service) -> None:
    service.respond(images(png(90, size=(64, 64))))

    edited = painter(service, parameters={"size": "64x64"}).edit(image(), "make it dark", 0)

    body = service.requests[0].body
    assert edited.size == (20, 10)
    assert service.requests[0].path == "/v1/images/edits"
    assert b'name="size"\r\n\r\n64x64' in body
    assert b'filename="image.png"' in body
    assert b"\x89PNG" in body


def test_a_picture_is_described_and_asked_about(service: Service) -> None:
    service.respond(Written({"choices": [{"message": {"content": " Two cups.\n"}}]}))
    vision = EndpointVision.connect(endpoint_of(service), {"side": "8"})

    assert vision.caption(image()) == "Two cups."
    assert vision.answer(image(), "how many\ncups?") == "Two cups."
    assert vision.answer_document(image(), "the total?") == "Two cups."
    texts = [
        json.loads(request.body)["messages"][0]["content"][0]["text"]
        for request in service.requests
    ]
    assert texts == [
        "Describe this picture in one sentence.",
        "how many cups? Answer in a few words.",
        "the total? Answer from this page in a few words.",
    ]
    url = sent(service)["messages"][0]["content"][1]["image_url"]["url"]
    pixels = PIL.Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    assert (pixels.format, pixels.size) == ("JPEG", (8, 4))


def test_a_text_is_spoken_and_a_sound_written_down(service: Service) -> None:
    service.respond(Written(tone().encode(), content_type="audio/wav"))
    audio = EndpointSpeech.connect(endpoint_of(service), {"voice": "ash"}).speak("Hello")
    spoken = sent(service)
    service.respond(Written({"text": " Hello there. "}))
    text = EndpointTranscriber.connect(endpoint_of(service), {}).transcribe(audio)

    assert audio.seconds == pytest.approx(0.5, abs=0.01)
    assert (spoken["input"], spoken["voice"], spoken["response_format"]) == ("Hello", "ash", "wav")
    assert text == "Hello there."
    assert b'name="response_format"\r\n\r\njson' in service.requests[-1].body


def test_lines_have_times_within_the_sound(service: Service) -> None:
    segments = [
        {"start": -0.1, "end": 0.2, "text": " One."},
        {"start": 0.2, "end": 9.0, "text": " Two."},
        {"start": 8.0, "end": 9.0, "text": " Beyond."},
    ]
    service.respond(Written({"text": "x", "segments": segments}))

    lines = EndpointTranscriber.connect(endpoint_of(service), {}).lines(tone())

    assert [(line.start, line.end, line.words) for line in lines] == [
        (0.0, 0.2, "One."),
        (0.2, 0.5, "Two."),
    ]


def test_texts_and_pictures_are_compared_by_unit_vectors(service: Service) -> None:
    rows = [{"index": 1, "embedding": [0, 2]}, {"index": 0, "embedding": [3, 4]}]
    service.respond(Written({"data": rows}))
    matcher = EndpointMatcher.connect(endpoint_of(service), {})

    scores = matcher.similarities([image(1), image(2)], ["a", "b"])

    assert scores == pytest.approx(np.array([[1, 0.8], [0.8, 1]]), abs=1e-6)
    assert list(json.loads(service.requests[0].body)["input"][0]) == ["image"]
    assert json.loads(service.requests[1].body)["input"] == ["a", "b"]


def test_a_failed_video_says_why(service: Service) -> None:
    service.respond(
        Written({"id": "../v", "status": "queued"}),
        Written({"id": "v", "status": "failed", "error": {"message": "not allowed"}}),
    )
    videos = EndpointVideos.connect(endpoint_of(service), {"longest": "4"})

    with pytest.raises(ToolError, match="could not make the video: not allowed"):
        videos.generate_video("a dog", 2, 0)

    assert videos.longest_s == 4
    assert [request.path for request in service.requests] == ["/v1/videos", "/v1/videos/..%2Fv"]


def failure(service: Service, *responses: Written, **fields: Any) -> BatutaError:
    service.respond(*responses)
    with pytest.raises(BatutaError) as raised:
        painter(service, **fields).paint("x", 0)
    assert KEY not in str(raised.value)
    assert raised.value.hint
    return raised.value


HTML = b"<!doctype html><html><body>Welcome to nginx</body></html>"


@pytest.mark.parametrize(
    ("written", "kind", "words"),
    [
        (Written(HTML, content_type="text/html"), SourceError, "instead of JSON: '<!doctype html"),
        (Written(b"", content_type="application/json"), SourceError, "the body: Invalid JSON"),
        (Written({"images": []}), SourceError, "data: Field required"),
        (Written({"data": []}), SourceError, "data: List should have at least 1 item"),
        (Written({"data": [{"url": "http://127.0.0.1/x"}]}), SourceError, "a link, which is not"),
        (Written({"data": [{"b64_json": "@@@"}]}), SourceError, "is no base64"),
        (images(b"words"), SourceError, "sent text instead of image"),
        (images(b"\x89PNG\r\n\x1a\nnonsense"), SourceError, "is damaged"),
        (
            Written({"error": {"message": f"Wrong key {KEY}\n\x1b"}}, 401),
            SourceError,
            "answered 'images/generations' with 401: Wrong key …",
        ),
        (Written({"error": "no"}, 403), SourceError, "with 403: no"),
        (Written(HTML, 404, "text/html"), SourceError, "with 404: <!doctype html>"),
        (Written({"message": "too rude"}, 400), ToolError, "with 400: too rude"),
        (Written({"detail": "bad"}, 422), ToolError, "with 422: bad"),
        (Written({}, 302, headers={"location": "https://x.example/v1"}), SourceError, "redirects"),
        (Written({"error": {"message": "no"}}, 501), SourceError, "with 501: no"),
    ],
)
def test_what_goes_wrong_elsewhere_is_a_clear_error(
    service: Service, written: Written, kind: type[BatutaError], words: str
) -> None:
    error = failure(service, written)

    assert type(error) is kind
    assert words in error.message
    assert len(service.requests) == 1


def test_a_wrong_key_is_hinted_at_by_its_variable(service: Service) -> None:
    error = failure(service, Written({}, 401))

    assert error.hint == "set the environment variable ELSEWHERE_KEY to a valid key"


def test_without_the_key_nothing_is_sent(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ELSEWHERE_KEY")

    with pytest.raises(SourceError, match="needs a key, and ELSEWHERE_KEY is not set"):
        painter(service)
    assert service.requests == []


def test_a_busy_service_is_asked_again_when_it_says(service: Service) -> None:
    service.respond(
        Written({}, 429, headers={"retry-after": "1"}),
        Written({}, 503, headers={"retry-after": "0"}),
        images(png()),
    )
    messages: list[str] = []

    def observe(progress: Progress) -> None:
        messages.append(progress.message)

    start_time = time.monotonic()
    with call_scope(CallContext(report=observe)):
        painter(service).paint("x", 0)

    assert 1 <= time.monotonic() - start_time < 5
    assert len(service.requests) == 3
    assert "asks to wait for 1 seconds" in messages[0]


def test_a_time_to_wait_may_be_a_date(service: Service) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)
    service.respond(Written({}, 429, headers={"retry-after": soon}), images(png()))

    painter(service).paint("x", 0)

    assert len(service.requests) == 2


def test_a_service_that_stays_busy_is_given_up(service: Service) -> None:
    busy = Written({"error": {"message": "quota"}}, 429, headers={"retry-after": "0"})
    error = failure(service, busy)
    assert "with 429: quota" in error.message
    assert len(service.requests) == 4

    error = failure(service, Written({}, 429, headers={"retry-after": "3600"}))
    assert "with 429" in error.message
    assert len(service.requests) == 5


def test_a_service_that_cannot_be_reached_is_named(service: Service) -> None:
    service.url = "http://127.0.0.1:1/v1"

    assert "127.0.0.1:1 cannot be reached" in failure(service, Written({})).message


def test_time_and_sizes_are_limited(service: Service) -> None:
    slow = failure(service, Written({}, delay_s=2), timeout_s=0.5)
    assert "has not answered within 0.5 seconds" in slow.message
    large = failure(service, images(png()), response_bytes=50)
    assert "sends more than 50 bytes" in large.message
    with pytest.raises(BadArgument, match="bytes would be sent"):
        painter(service, request_bytes=100).edit(image(), "x", 0)
    assert len(service.requests) == 2


def test_a_call_can_be_stopped_while_the_service_is_silent(service: Service) -> None:
    service.respond(Written({}, delay_s=5))
    stop = Event()
    Timer(0.3, stop.set).start()
    start_time = time.monotonic()

    with call_scope(CallContext(stop=stop)), pytest.raises(Cancelled):
        painter(service).paint("x", 0)

    assert time.monotonic() - start_time < 3
