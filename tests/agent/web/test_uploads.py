import io
from pathlib import Path

import PIL.Image

from agent.record.artifacts import references
from agent.record.events import RunStarted
from agent.runtime.agent_runtime import AgentRuntime
from agent.web.uploads import UploadLimits, open_uploads
from tests.agent.conftest import Try
from tools.media.media_limits import Limits
from tools.sdk.tool_check import SAMPLES

SMALL = UploadLimits(
    count=3, total_bytes=200_000, per_file=Limits(file_bytes=150_000, pixels=10_000, seconds=5)
)


def picture(path: Path, size: tuple[int, int] = (20, 10), **options: object) -> Path:
    PIL.Image.new("RGB", size, (200, 30, 40)).save(path, "JPEG", **options)
    return path


def refusals(*paths: Path) -> tuple[str, ...]:
    taken = open_uploads(paths, SMALL)
    assert taken.accepted == ()
    return taken.refused


def test_files_are_told_apart_by_content_not_by_name(tmp_path: Path) -> None:
    photo = picture(tmp_path / "notes.txt")
    words = tmp_path / "words.bin"
    words.write_text("Good morning")

    taken = open_uploads([photo, SAMPLES["speech"], SAMPLES["film"], words])

    assert [(upload.name, upload.kind) for upload in taken.accepted] == [
        ("notes.txt", "image"),
        ("speech.wav", "audio"),
        ("film.mp4", "video"),
        ("words.bin", "text"),
    ]
    assert taken.refused == ()


def test_each_file_that_cannot_be_used_gets_a_sentence_and_the_others_are_taken(
    tmp_path: Path,
) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "page.pdf").write_bytes(b"%PDF-1.7 \x00")
    good = picture(tmp_path / "good.jpg")

    taken = open_uploads([tmp_path / "empty.png", good, tmp_path / "page.pdf"], SMALL)

    assert [upload.path for upload in taken.accepted] == [good]
    assert taken.refused[0] == "'empty.png' is empty: it has 0 bytes: give a file with content."
    assert taken.refused[1] == (
        "'page.pdf' begins like a PDF document but is damaged or cut short: "
        "save or download it again."
    )


def test_bytes_pixels_seconds_and_count_are_bounded(tmp_path: Path) -> None:
    large = tmp_path / "large.txt"
    large.write_bytes(b"a" * 150_001)
    wide = picture(tmp_path / "wide.jpg", (101, 100))
    long = SAMPLES["speech"]

    assert refusals(large) == (
        "'large.txt' has 0.2 MB; 0.1 MB are still allowed: "
        "attach a smaller or shorter version, or fewer files at once.",
    )
    assert refusals(wide) == (
        "'wide.jpg' has 101×100 pixels; 10,000 are allowed in all: "
        "give a smaller version or a part of it.",
    )
    short = UploadLimits(per_file=Limits(seconds=1))
    (sentence,) = open_uploads([long], short).refused
    assert sentence.startswith("'speech.wav' lasts 2 seconds or more; 1 are allowed")
    photo = picture(tmp_path / "photo.jpg")
    taken = open_uploads([photo] * 5, SMALL)
    assert len(taken.accepted) == 3
    assert taken.refused == ("'photo.jpg' is one too many: attach at most 3 files at once.",) * 2


def test_the_bytes_of_all_files_together_are_bounded(tmp_path: Path) -> None:
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_bytes(b"a" * 120_000)

    taken = open_uploads([tmp_path / "one.txt", tmp_path / "two.txt"], SMALL)

    assert [upload.name for upload in taken.accepted] == ["one.txt"]
    assert len(taken.refused) == 1


def test_a_hostile_name_is_shown_without_what_misleads(tmp_path: Path) -> None:
    name = "cat\u202egnp.exe\n\x1b[31m<script>alert(1)<\u200b" + "a" * 100 + ".png"
    (tmp_path / "x").touch()
    path = tmp_path / "x"
    path = path.rename(tmp_path / name.replace("/", ""))

    (sentence,) = refusals(path)

    shown = "cat\ufffdgnp.exe\ufffd\ufffd[31m<script>alert(1)<\ufffd" + "a" * 13
    assert sentence.startswith(f"'{shown}…")
    assert str(tmp_path) not in sentence
    assert sentence.isprintable()


def test_a_file_that_is_not_there_any_more_is_refused(tmp_path: Path) -> None:
    assert refusals(tmp_path / "gone.png") == (
        "'gone.png' was not uploaded completely: attach it again.",
    )
    assert refusals(tmp_path) == (
        f"{tmp_path.name!r} was not uploaded completely: attach it again.",
    )


async def test_what_a_run_keeps_of_an_upload_tells_nothing_of_place_and_camera(
    attempt: Try, tmp_path: Path
) -> None:
    exif = PIL.Image.Exif()
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[1] = "N"
    photo = picture(tmp_path / "photo.jpg", exif=exif, comment=b"at home")
    (upload,) = open_uploads([photo]).accepted
    kept: list[bytes] = []

    async def look(agent: AgentRuntime):
        async for event in agent.run("look", [upload.path], plan='say("seen")'):
            if isinstance(event, RunStarted):
                (digest,) = references(event.files[0].value)
                kept.append(agent.session.store.open(digest)[1])
            yield event

    await attempt.follow(look)

    assert b"Secret" in photo.read_bytes()
    assert b"Secret" not in kept[0]
    with PIL.Image.open(io.BytesIO(kept[0])) as again:
        assert dict(again.getexif()) == {}
        assert again.info == {}
