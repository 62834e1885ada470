import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from typing import Literal

import numpy as np
import PIL.Image
import pytest

from tests.tools.media import hostile
from tools import Audio, Image, Video
from tools.errors import InputError
from tools.media.formats import Format
from tools.media.isolated.bounds import Bounds, bounds_for
from tools.media.isolated.job import DecodeJob, Reading
from tools.media.isolated.messages import BadMessage, read_message, write_message
from tools.media.isolated.pool import DecoderPool, DecoderProcess
from tools.media.isolated.results import decode_result
from tools.media.media_limits import LIMITS, Limits
from tools.media.open_untrusted import open_media
from tools.operating_system import peak_bytes
from tools.sdk.tool_check import SAMPLES

pytestmark = pytest.mark.slow
PDF = Format("a PDF document", "document")
PNG = Format("a PNG picture", "picture")
MB = 1_000_000
TIGHT = Bounds(memory_bytes=900 * MB, cpu_seconds=3, wall_seconds=20, output_bytes=100 * MB)


@pytest.fixture
def pool() -> Generator[DecoderPool]:
    pool = DecoderPool(2)
    yield pool
    pool.close()


def job(
    format: Format = PDF, bounds: Bounds = TIGHT, task: Literal["text", "image"] = "text"
) -> DecodeJob:
    reading = Reading(task, (1,)) if format is PDF else Reading()
    return DecodeJob("page.pdf", format, LIMITS, bounds, reading)


def red_png(side: int = 4) -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", (side, side), "red").save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("kind", hostile.DOCUMENTS)
def test_a_document_that_wants_much_harms_only_its_process(pool: DecoderPool, kind: str) -> None:
    before = peak_bytes()
    data = hostile.DOCUMENTS[kind]()

    try:
        opened = pool.decode(job(), data)
    except InputError as error:
        opened = error.message

    assert isinstance(opened, str | Image)
    assert peak_bytes() - before < 200 * MB
    assert pool.decode(job(PNG), red_png()).describe() == "a picture of 4×4 pixels"


def test_a_form_that_draws_itself_is_refused_with_a_sentence_and_a_hint(pool: DecoderPool) -> None:
    with pytest.raises(InputError) as caught:
        pool.decode(job(), hostile.form_that_draws_itself())

    assert caught.value.message == (
        "'page.pdf' crashed what opens a PDF document, or needs more than 900 MB of memory"
    )
    assert caught.value.hint == "save it again with another program, or give a smaller part of it"


def test_a_picture_of_a_few_bytes_does_not_outgrow_its_process() -> None:
    small = Limits(pixels=40_000_000)

    assert isinstance(open_media(hostile.swollen_png(), limits=small), Image)


def test_too_much_computing_ends_the_process_and_says_so(pool: DecoderPool) -> None:
    with pytest.raises(InputError, match=r"'page.pdf' took more than 3 CPU seconds to open"):
        pool.decode(job(task="image"), hostile.pattern_that_fills_itself())


def test_too_much_time_ends_the_process_and_says_so(pool: DecoderPool) -> None:
    hasty = Bounds(900 * MB, cpu_seconds=60, wall_seconds=0.5, output_bytes=MB)

    with pytest.raises(InputError, match=r"'page.pdf' took longer than 0 seconds to open"):
        pool.decode(job(bounds=hasty, task="image"), hostile.pattern_that_fills_itself())


def test_too_little_memory_for_a_picture_is_told(pool: DecoderPool) -> None:
    file = io.BytesIO()
    PIL.Image.new("RGB", (7_000, 7_000), "red").save(file, "PNG")
    narrow = Bounds(400 * MB, cpu_seconds=20, wall_seconds=60, output_bytes=400 * MB)

    with pytest.raises(InputError, match="needs more than 400 MB of memory to be opened"):
        pool.decode(job(PNG, narrow), file.getvalue())


def test_more_output_than_allowed_is_refused(pool: DecoderPool) -> None:
    narrow = Bounds(900 * MB, cpu_seconds=20, wall_seconds=60, output_bytes=100)

    with pytest.raises(InputError, match="crashed what opens a PNG picture"):
        pool.decode(job(PNG, narrow), red_png(32))


def test_a_process_is_used_again_and_a_dead_one_is_replaced(pool: DecoderPool) -> None:
    process = DecoderProcess()
    assert process.decode(job(PNG), red_png()).describe() == "a picture of 4×4 pixels"
    assert process.reusable
    with pytest.raises(InputError, match="damaged or cut short"):
        process.decode(job(PNG), red_png()[:40])
    assert process.reusable
    process.kill()

    pool.decode(job(PNG), red_png())
    (idle,) = pool._idle  # pyright: ignore[reportPrivateUsage]
    idle.kill()

    assert pool.decode(job(PNG), red_png()).describe() == "a picture of 4×4 pixels"


def test_threads_share_two_processes(pool: DecoderPool) -> None:
    described: list[str] = []

    def decode() -> None:
        for _ in range(5):
            described.append(pool.decode(job(PNG), red_png()).describe())

    threads = [threading.Thread(target=decode) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert described == ["a picture of 4×4 pixels"] * 30
    assert len(pool._idle) <= 2  # pyright: ignore[reportPrivateUsage]


def test_a_forked_process_decodes_in_a_child_of_its_own() -> None:
    program = (
        "import os\n"
        "from tools.sdk.tool_check import SAMPLES\n"
        "from tools.media.open_untrusted import open_media\n"
        "print(open_media(SAMPLES['photo']).describe(), flush=True)\n"
        "child = os.fork()\n"
        "print(open_media(SAMPLES['photo']).describe(), flush=True)\n"
        "if child: os.waitpid(child, 0)\n"
    )
    shown = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )

    assert len(set(shown.stdout.splitlines())) == 1
    assert len(shown.stdout.splitlines()) == 3


def test_the_process_ends_with_its_parent() -> None:
    program = (
        "import time\n"
        "from tools.sdk.tool_check import SAMPLES\n"
        "from tools.media.isolated import pool\n"
        "process = pool.DecoderProcess()\n"
        "print(process._child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.kill()
    until = time.monotonic() + 20
    while _is_running(child) and time.monotonic() < until:
        time.sleep(0.05)

    assert not _is_running(child)


def test_what_is_decoded_is_what_was_decoded_before_in_this_process() -> None:
    from tools.media.image_files import open_image
    from tools.media.recording_files import open_recording

    photo = SAMPLES["photo"].read_bytes()
    speech = SAMPLES["speech"].read_bytes()
    film = SAMPLES["film"].read_bytes()
    wav, mp4 = Format("a WAV sound", "recording", "wav"), Format("a film", "recording", "mov")

    isolated = [open_media(data) for data in (photo, speech, film)]
    here = [
        open_image(photo, "photo", "a picture", LIMITS),
        open_recording(speech, "speech", wav, LIMITS),
        open_recording(film, "film", mp4, LIMITS),
    ]

    assert [media.digest for media in isolated if not isinstance(media, str)] == [
        media.digest for media in here
    ]
    sound = isolated[1]
    assert isinstance(sound, Audio) and isinstance(here[1], Audio)
    assert np.array_equal(sound.samples, here[1].samples)


@pytest.mark.parametrize(
    ("header", "payload"),
    [
        ({"kind": "image", "mode": "RGB", "size": [2, 2]}, b"\0" * 11),
        ({"kind": "image", "mode": "RGB", "size": [-2, -2]}, b"\0" * 12),
        ({"kind": "image", "mode": "P", "size": [2, 2]}, b"\0" * 4),
        ({"kind": "image", "mode": "RGB", "size": [9_000, 9_000]}, b"\0" * 12),
        ({"kind": "audio", "channels": 1, "rate": 0}, b"\0" * 4),
        ({"kind": "audio", "channels": 2, "rate": 8_000}, b"\0" * 4),
        ({"kind": "audio", "channels": 9, "rate": 8_000}, b"\0" * 36),
        ({"kind": "text"}, b"\xff"),
        ({"kind": "pickle"}, b""),
        ({}, b""),
    ],
)
def test_an_answer_that_contradicts_itself_is_not_believed(
    header: dict[str, object], payload: bytes
) -> None:
    with pytest.raises(BadMessage):
        decode_result(header, payload, LIMITS)


@pytest.mark.parametrize("data", [b"\0", b"\xff" * 12, b"\0\0\0\x02" + b"\0" * 8 + b"[]"])
def test_a_message_that_is_none_is_not_believed(data: bytes) -> None:
    with pytest.raises(BadMessage):
        read_message(io.BytesIO(data), 100)


def test_a_message_comes_back_as_it_was_written() -> None:
    pipe = io.BytesIO()
    write_message(pipe, {"kind": "text"}, b"Gr\xc3\xbc\xc3\x9fe")
    pipe.seek(0)

    assert read_message(pipe, 100) == ({"kind": "text"}, b"Gr\xc3\xbc\xc3\x9fe")
    assert read_message(pipe, 100) is None


def test_a_process_that_uses_too_much_memory_ends_itself() -> None:
    program = (
        "import time\n"
        "from tools.media.isolated.worker import watch_memory\n"
        "watch_memory(100_000_000)\n"
        "held = bytearray(200_000_000)\n"
        "held[:] = b'1' * len(held)\n"
        "time.sleep(60)\n"
    )

    assert subprocess.run([sys.executable, "-c", program], timeout=50).returncode == 86


def test_the_frames_of_a_film_are_bounded_together() -> None:
    frames = [np.zeros((64, 64, 3), np.uint8)] * 20
    film = Video.of_frames(frames, 10)

    def refusal(data: bytes, **limits: int) -> InputError:
        with pytest.raises(InputError) as caught:
            open_media(data, "film", Limits(**limits))
        return caught.value

    assert isinstance(open_media(film.encoded, limits=Limits(video_pixels=81_920)), Video)
    copied = refusal(film.encoded, video_pixels=81_919)
    assert copied.message == (
        "the frames of 'film' have 81,920 pixels or more in all; 81,919 are allowed"
    )
    assert copied.hint == "give a part of it, or a smaller version"
    assert refusal(_as_matroska(film), video_pixels=81_919).message == copied.message


@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_a_large_film_is_reduced_with_a_sentence_that_says_so(container: str) -> None:
    frames = [np.full((64, 128, 3), number * 12, np.uint8) for number in range(20)]
    film = Video.of_frames(frames, 10, Audio(np.zeros((1, 32_000), np.float32), 16_000))
    data = film.encoded if container == "mp4" else _as_matroska(film)
    limits = Limits(
        checked_video_pixels=100_000, encoded_video_pixels=100_000, reduced_video_pixels=41_000
    )

    reduced = open_media(data, "film", limits)

    assert isinstance(reduced, Video)
    assert (reduced.width, reduced.height) == (100, 50)
    assert reduced.seconds == pytest.approx(2, abs=0.3)
    shown = list(reduced.frames())
    assert len(shown) == 8
    reds = [int(frame[25, 50, 0]) for frame in shown]
    assert reds == sorted(reds)
    assert reds[0] < 20
    assert reds[-1] > 190
    assert reduced.note == (
        "'film' is large (20 frames of 128×64 pixels), so it is used at 100×50 pixels with 4.0 "
        "frames a second"
    )
    assert reduced.describe().endswith(", reduced when it was opened")


def test_a_film_within_the_limits_stays_as_it_is() -> None:
    film = Video.of_frames([np.zeros((64, 64, 3), np.uint8)] * 20, 10)

    opened = open_media(film.encoded, "film")

    assert isinstance(opened, Video)
    assert (opened.note, len(list(opened.frames()))) == ("", 20)


def test_bounds_follow_from_the_limits() -> None:
    chat = Limits(file_bytes=100 * MB, pixels=40_000_000, seconds=600)

    assert bounds_for("document", 600, chat).memory_bytes < 1_200 * MB
    assert bounds_for("picture", 600, chat).memory_bytes < 2_000 * MB
    assert bounds_for("recording", 600, chat).memory_bytes < 2_200 * MB


def _as_matroska(film: Video) -> bytes:
    import av

    file = io.BytesIO()
    with av.open(io.BytesIO(film.encoded)) as source, av.open(file, "w", format="matroska") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    return file.getvalue()


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True)
    return not status.stdout.startswith(b"Z")
