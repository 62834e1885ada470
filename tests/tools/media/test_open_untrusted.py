import io
import random
import struct
import wave
import zlib
from pathlib import Path

import av
import numpy as np
import PIL.Image
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.examples import examples
from tools import Audio, Image, Video
from tools.errors import InputError
from tools.media import Media
from tools.media.media_limits import Limits
from tools.media.open_untrusted import open_folder, open_media
from tools.sdk.tool_check import SAMPLES

RED, BLUE = (200, 30, 40), (20, 40, 210)


def picture(format: str, pixels: PIL.Image.Image | None = None, **options: object) -> bytes:
    file = io.BytesIO()
    (pixels or PIL.Image.new("RGB", (6, 4), RED)).save(file, format, **options)
    return file.getvalue()


def tone(seconds: float = 1.0, rate: int = 16_000) -> Audio:
    return Audio(0.5 * np.sin(np.arange(round(seconds * rate)) * 0.05), rate)


def sound(format: str, codec: str, rate: int = 48_000) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=format) as container:
        track = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone(1, rate).samples, format="fltp", layout="mono")
        frame.sample_rate = rate
        resampler = av.AudioResampler(format=track.format, layout="mono", rate=rate)
        for piece in (*resampler.resample(frame), None):
            container.mux(track.encode(piece))
    return file.getvalue()


def film(format: str, codec: str, pixel_format: str = "yuv420p") -> bytes:
    """One second of ten pictures, white above and black below: 32×16 pixels."""
    pixels = np.zeros((16, 32, 3), np.uint8)
    pixels[:8] = 255
    file = io.BytesIO()
    with av.open(file, "w", format=format) as container:
        container.metadata["location"] = "+48.1371+011.5754/"
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 16, pixel_format
        for _ in range(10):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def refusal(source: Path | bytes, name: str = "", limits: Limits | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        open_media(source, name, limits or Limits())
    assert caught.value.hint
    return caught.value


# Pictures


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"])
def test_pictures_of_every_kind_open_whatever_they_are_called(format):
    image = open_media(picture(format), "holiday.wav")

    assert isinstance(image, Image)
    assert (image.pixels.size, image.pixels.mode) == ((6, 4), "RGB")
    assert np.abs(image.array().astype(int) - RED).max() < 12


def test_a_photograph_is_turned_upright_and_tells_nothing_of_its_making():
    pixels = PIL.Image.new("RGB", (16, 8), RED)
    pixels.paste(BLUE, (0, 0, 8, 8))
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter with the clock
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[1] = "N"

    image = open_media(picture("JPEG", pixels, exif=exif, comment=b"at home"))

    assert isinstance(image, Image)
    assert image.pixels.size == (8, 16)
    assert np.abs(image.array()[2, 4].astype(int) - BLUE).max() < 12
    assert image.pixels.info == {}
    assert b"Secret" not in image.encode()
    with PIL.Image.open(io.BytesIO(image.encode())) as again:
        assert dict(again.getexif()) == {}
        assert again.info == {}


def test_a_moving_picture_gives_its_first_frame():
    frames = [PIL.Image.new("RGB", (6, 4), colour) for colour in (RED, BLUE)]

    image = open_media(picture("GIF", frames[0], save_all=True, append_images=frames[1:]))

    assert isinstance(image, Image)
    assert tuple(image.array()[0, 0]) == RED


@pytest.mark.parametrize(
    ("mode", "format", "expected"),
    [
        ("CMYK", "JPEG", "RGB"),
        ("CMYK", "TIFF", "RGB"),
        ("P", "PNG", "RGB"),
        ("1", "PNG", "RGB"),
        ("L", "PNG", "RGB"),
        ("LA", "PNG", "RGBA"),
        ("RGBA", "PNG", "RGBA"),
        ("I", "TIFF", "RGB"),
        ("F", "TIFF", "RGB"),
        ("LAB", "TIFF", "RGB"),
    ],
)
def test_colours_of_every_kind_become_rgb(mode, format, expected):
    image = open_media(picture(format, PIL.Image.new("RGB", (6, 4), RED).convert(mode)))

    assert isinstance(image, Image)
    assert image.pixels.mode == expected


def test_sixteen_bits_of_grey_keep_their_steps():
    steps = np.array([[0, 257 * 100, 65535]], np.uint16)

    image = open_media(picture("PNG", PIL.Image.fromarray(steps)))

    assert isinstance(image, Image)
    assert image.array()[0].tolist() == [[0] * 3, [100] * 3, [255] * 3]


def test_a_picture_of_too_many_pixels_is_refused_by_its_header():
    header = b"IHDR" + struct.pack(">IIBBBBB", 30_000, 20_000, 8, 2, 0, 0, 0)
    checked = header + struct.pack(">I", zlib.crc32(header))
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + checked + struct.pack(">I", 9) + b"IDAT"

    assert "600000000 pixels" in refusal(bomb).message

    large = picture("PNG", PIL.Image.new("1", (101, 100)))
    error = refusal(large, "wall.png", Limits(pixels=10_000))
    assert error.message == "'wall.png' has 101×100 pixels; 10,000 are allowed in all"


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_a_picture_that_is_cut_short_is_refused(format):
    noise = np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8)
    whole = picture(format, PIL.Image.fromarray(noise))

    assert "is damaged or cut short" in refusal(whole[: len(whole) * 2 // 3]).message


# Sounds


@pytest.mark.parametrize(
    ("format", "codec"),
    [
        ("wav", "pcm_s16le"),
        ("wav", "pcm_f32le"),
        ("flac", "flac"),
        ("mp3", "libmp3lame"),
        ("ogg", "libopus"),
        ("adts", "aac"),
        ("ipod", "aac"),
        ("aiff", "pcm_s16be"),
        ("webm", "libopus"),
    ],
)
def test_sounds_of_every_kind_open_whatever_they_are_called(format, codec):
    audio = open_media(sound(format, codec), "holiday.png")

    assert isinstance(audio, Audio)
    assert audio.rate == 48_000
    assert audio.seconds == pytest.approx(1.0, abs=0.08)
    # The encoder of AAC begins a tone that was rounded to 16 bits with a crack.
    assert np.abs(audio.samples[:, 4_800:]).max() == pytest.approx(0.5, abs=0.1)


def test_a_sound_of_many_channels_and_a_high_rate_is_brought_to_what_people_hear():
    samples = np.zeros((6, 96_000))

    audio = open_media(Audio(samples, 96_000).encode())

    assert isinstance(audio, Audio)
    assert audio.samples.shape == (2, 48_000)


def test_a_sound_of_no_length_is_refused():
    error = refusal(Audio(np.zeros(0), 16_000).encode(), "nothing.wav")

    assert error.message == "the sound 'nothing.wav' has a length of 0 seconds"


@pytest.mark.parametrize(("format", "codec"), [("wav", "pcm_s16le"), ("flac", "flac")])
def test_a_sound_that_is_cut_short_is_refused(format, codec):
    whole = sound(format, codec)

    assert "'s' is cut short: " in refusal(whole[: len(whole) // 2], "s").message


def test_a_recorder_that_did_not_know_its_length_is_understood():
    written = bytearray(tone().encode())
    written[4:8] = written[40:44] = b"\xff\xff\xff\xff"

    audio = open_media(bytes(written))

    assert isinstance(audio, Audio)
    assert audio.seconds == 1.0


def test_a_sound_that_is_too_long_is_refused():
    error = refusal(tone(3).encode(), "talk.wav", Limits(seconds=2))

    assert error.message == "'talk.wav' lasts 3 seconds or more; 2 are allowed"


def test_values_that_are_no_numbers_are_silent():
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setparams((1, 4, 16_000, 0, "NONE", ""))
        file.writeframes(np.array([np.nan, np.inf, -np.inf, 0], np.float32).tobytes())
    as_float = bytearray(written.getvalue())
    as_float[20:22] = b"\x03\x00"  # the samples are floating-point numbers

    audio = open_media(bytes(as_float))

    assert isinstance(audio, Audio)
    assert audio.samples.tolist() == [[0, 1, -1, 0]]


# Films


@pytest.mark.parametrize(
    ("format", "codec", "pixel_format"),
    [
        ("mp4", "libx264", "yuv420p"),
        ("mov", "mjpeg", "yuvj420p"),
        ("webm", "libvpx", "yuv420p"),
        ("matroska", "libx264", "yuv420p"),
        ("avi", "mpeg4", "yuv420p"),
    ],
)
def test_films_of_every_kind_become_mp4_and_tell_nothing_of_their_making(
    format, codec, pixel_format
):
    video = open_media(film(format, codec, pixel_format))

    assert isinstance(video, Video)
    assert (video.width, video.height, video.fps) == (32, 16, 10)
    assert video.seconds == pytest.approx(1.0, abs=0.11)
    assert video.encode()[4:8] == b"ftyp"
    assert b"48.1371" not in video.encode()
    shown = next(video.frames())
    assert shown[:6].mean() > 230
    assert shown[10:].mean() < 25


def test_a_film_of_an_upright_telephone_is_turned_upright():
    encoded = bytearray(film("mp4", "libx264"))
    matrix = encoded.index(b"tkhd") + 44
    encoded[matrix : matrix + 36] = struct.pack(
        ">9i", 0, 65536, 0, -65536, 0, 0, 16 << 16, 0, 1 << 30
    )

    video = open_media(bytes(encoded))

    assert isinstance(video, Video)
    assert (video.width, video.height) == (16, 32)
    shown = next(video.frames())
    assert shown.shape == (32, 16, 3)
    assert shown[:, 10:].mean() > 230
    assert shown[:, :6].mean() < 25


def test_the_sound_of_a_film_is_kept():
    pictures = (np.zeros((16, 32, 3), np.uint8) for _ in range(10))

    video = open_media(Video.of_frames(pictures, 10, tone()).encode())

    assert isinstance(video, Video)
    with av.open(io.BytesIO(video.encode())) as container:
        assert len(container.streams.audio) == 1


def test_a_film_that_is_cut_short_or_too_long_is_refused():
    whole = film("webm", "libvpx")

    assert "cut short" in refusal(whole[: len(whole) * 2 // 3]).message
    assert "lasts 1 seconds or more" in refusal(whole, limits=Limits(seconds=0.5)).message


def test_a_film_of_too_large_pictures_is_refused():
    error = refusal(film("mp4", "libx264"), "wide.mp4", Limits(pixels=500))

    assert error.message == "'wide.mp4' has pictures of 32×16 pixels; 500 are allowed"


# Text and the rest


def test_text_opens_as_it_is_written():
    assert open_media("Grüße\n\tan alle".encode()) == "Grüße\n\tan alle"
    assert open_media(b"\xef\xbb\xbfhello") == "hello"
    assert open_media(b"BMW and GIF8 are no pictures") == "BMW and GIF8 are no pictures"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"PK\x03\x04\x14\x00", "a ZIP archive or an office document"),
        (b"\x00\x00\x00\x18ftypheic\x00", "a HEIC picture"),
        (b"\x7fELF\x02\x01", "a program"),
        ("hello".encode("utf-16"), "text in UTF-16"),
        ("Grüße".encode("latin-1"), "text in another encoding than UTF-8"),
        (b"\x00\x01\x02\x03", "data of an unknown format"),
    ],
)
def test_what_cannot_be_opened_is_called_by_its_name(data, kind):
    assert refusal(data, "x.png").message.startswith(f"'x.png' holds {kind}, which cannot")


def test_text_named_like_a_picture_is_refused():
    error = refusal(b"<!DOCTYPE html><title>404</title>", "photo.JPG")

    assert error.message == (
        "'photo.JPG' ends in '.JPG' but holds text that begins with "
        "'<!DOCTYPE html><title>404</title>'"
    )


def test_a_playlist_that_leads_elsewhere_is_only_text():
    playlist = "#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1/secret.ts\n"

    assert open_media(playlist.encode(), "list.m3u8") == playlist


def test_files_that_are_too_large_are_refused():
    assert refusal(b"a" * 11, "t", Limits(text_bytes=10)).message == (
        "the text 't' has 11 bytes; 10 are allowed"
    )
    assert refusal(b"a" * 11, "t", Limits(file_bytes=10)).message == (
        "'t' has 11 bytes; 10 are allowed"
    )


def test_a_folder_gives_its_pictures_by_name_and_leaves_the_rest(tmp_path):
    for name, width in (("b.png", 8), ("a.jpg", 9), (".hidden.gif", 7)):
        PIL.Image.new("RGB", (width, 5)).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "deeper").mkdir()

    assert [picture.width for picture in open_folder(tmp_path)] == [7, 9, 8]


def test_a_folder_without_pictures_or_with_too_many_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no picture"):
        open_folder(tmp_path)

    for number in range(3):
        PIL.Image.new("RGB", (4, 4)).save(tmp_path / f"{number}.png")
    with pytest.raises(InputError, match="holds more than 2 pictures"):
        open_folder(tmp_path, Limits(folder_pictures=2))


def test_text_that_turns_binary_is_refused():
    assert "begins like text" in refusal(b"a" * 5000 + b"\x00").message
    assert "byte 5,000 is 0xff" in refusal(b"a" * 5000 + b"\xff").message


def test_paths_that_hold_no_file_are_refused(tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "large.png").write_bytes(bytes(11))

    assert refusal(tmp_path / "gone.png").message == f"there is no file '{tmp_path}/gone.png'"
    assert refusal(tmp_path).message == f"'{tmp_path}' is a folder, not a file"
    assert refusal(tmp_path / "empty.png").message == "'empty.png' is empty: it has 0 bytes"
    assert refusal(tmp_path / "large.png", limits=Limits(file_bytes=10)).message == (
        f"'{tmp_path}/large.png' has 11 bytes; 10 are allowed"
    )
    assert refusal(Path("/dev/null")).message == "'/dev/null' is a device or a pipe, not a file"
    assert "cannot be read" in refusal(Path("a\0b")).message
    assert "there is no file" in refusal(tmp_path / "empty.png" / "inner.png").message


def test_a_file_is_opened_under_its_own_name():
    assert isinstance(open_media(SAMPLES["photo"]), Image)


# Whatever comes

SMALL = Limits(pixels=100_000, seconds=10)
WHOLE = [
    *(picture(format) for format in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "AVIF")),
    tone(0.1).encode(),
    sound("mp3", "libmp3lame"),
    sound("flac", "flac"),
    sound("ogg", "libopus"),
    sound("ipod", "aac"),
    film("mp4", "libx264"),
    film("matroska", "libx264"),
    film("avi", "mpeg4"),
]


def opens_or_is_refused(data: bytes) -> None:
    try:
        opened = open_media(data, limits=SMALL)
    except InputError:
        return
    assert isinstance(opened, Media | str)


@given(st.binary(min_size=1, max_size=300))
def test_random_bytes_open_or_are_refused(data):
    opens_or_is_refused(data)


@examples(300, HealthCheck.too_slow)
@given(st.sampled_from(WHOLE), st.randoms(use_true_random=False))
def test_damaged_files_open_or_are_refused(whole, chance: random.Random):
    data = bytearray(whole)
    for _ in range(chance.choice((1, 3, 10))):
        place = chance.randrange(min(len(data), 400))
        data[place : place + chance.randrange(4)] = chance.choice(
            (b"", b"\xff\xff\xff\xff", bytes(4), chance.randbytes(3))
        )
    opens_or_is_refused(bytes(data))
