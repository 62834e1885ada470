import hashlib
import json
import time
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.record.artifacts import ArtifactStore, Lineage, digest_of, references, type_of_encoded
from tools import Audio, Box, Boxes, Image, Points
from tools.errors import InputError
from tools.library.layout.to_format import to_format


def red(width: int = 4) -> Image:
    return Image(PIL.Image.new("RGB", (width, 3), "red"))


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path))


def test_what_was_put_comes_back_the_same(store: ArtifactStore) -> None:
    artifact = store.add(red())

    found = store.get(artifact.digest)

    assert isinstance(found, Image)
    assert found.array().tolist() == red().array().tolist()
    assert artifact.digest == hashlib.sha256(red().encode()).hexdigest()


def test_a_result_that_looks_like_its_last_preview_knows_how_it_was_made(
    store: ArtifactStore,
) -> None:
    made = Lineage(command="a = f()", tool="f", tool_version="1", arguments={}, seed=7)
    preview = store.add(red())

    artifact = store.add(red(), lineage=made)

    assert artifact.digest == preview.digest
    assert artifact.lineage == made


def test_equal_content_is_kept_once_with_its_first_lineage(store: ArtifactStore) -> None:
    first = Lineage(command="a = f()", tool="f", tool_version="1", arguments={}, seed=7)
    digest = store.add(red(), lineage=first).digest
    again = Lineage(command="b = g()", tool="g", tool_version="1", arguments={})

    artifact = store.add(red(), lineage=again)

    assert artifact.digest == digest
    assert artifact.lineage == first


def test_media_in_lists_become_references_and_come_back(store: ArtifactStore) -> None:
    value = [red(), 2, "words", Box(1, 2, 3, 4, "cat", 0.5)]

    encoded = store.encode(value)
    decoded = store.decode(encoded)

    assert json.loads(json.dumps(encoded)) == encoded
    assert len(references(encoded)) == 2
    assert isinstance(decoded, list)
    assert decoded[1:] == [2, "words", Box(1, 2, 3, 4, "cat", 0.5)]


def test_media_that_are_stored_already_are_not_read_or_written(
    store: ArtifactStore, tmp_path: Path
) -> None:
    encoded = store.encode([red(), "words"], stored={red().digest})

    assert encoded == [{"artifact": red().digest, "kind": "image"}, "words"]
    assert list(tmp_path.iterdir()) == []


def test_no_boxes_and_no_points_share_a_file_but_not_a_kind(store: ArtifactStore) -> None:
    encoded = store.encode([Boxes(()), Points(())])

    assert store.decode(encoded) == [Boxes(()), Points(())]


def test_the_type_of_an_encoded_value_is_known_without_reading_it(store: ArtifactStore) -> None:
    sound = Audio(np.zeros(8, np.float32), 8000)

    assert str(type_of_encoded(store.encode([red(), red(5)]))) == "list[Image]"
    assert str(type_of_encoded(store.encode(sound))) == "Audio"
    assert str(type_of_encoded(2.5)) == "Number"


def test_a_remembered_result_is_recalled_only_while_its_media_are_there(
    store: ArtifactStore, tmp_path: Path
) -> None:
    result = store.encode([red(), None])
    store.save_result("ab12", result)
    assert store.load_result("ab12") == (result,)
    assert store.load_result("ff00") is None

    (info,) = tmp_path.rglob("*.info.json")
    info.unlink()

    assert store.load_result("ab12") is None


def test_an_unknown_artifact_is_named(store: ArtifactStore) -> None:
    with pytest.raises(InputError, match="no artifact 'beef'"):
        store.get("beef")


def test_a_store_can_lie_anywhere_fsspec_reaches() -> None:
    store = ArtifactStore("memory://somewhere/artifacts")

    digest = store.add(red()).digest

    assert store.get(digest).digest == digest


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.booleans()))
def test_a_key_does_not_depend_on_the_order_of_arguments(arguments: dict[str, int]) -> None:
    backwards = dict(reversed(arguments.items()))

    assert digest_of("tool", arguments) == digest_of("tool", backwards)


def keep_putting(folder: str) -> None:
    store = ArtifactStore(folder)
    for number in range(10_000):
        noise = np.random.default_rng(number).integers(0, 255, (64, 64, 3), np.uint8)
        store.add(Image(PIL.Image.fromarray(noise)))


def test_a_killed_process_leaves_only_whole_artifacts(tmp_path: Path) -> None:
    process = get_context("forkserver").Process(target=keep_putting, args=(str(tmp_path),))
    process.start()
    while sum(1 for _ in tmp_path.rglob("*.png")) < 20:
        time.sleep(0.01)
    process.kill()
    process.join()

    store = ArtifactStore(str(tmp_path))
    whole = [path.name.partition(".")[0] for path in tmp_path.rglob("*.info.json")]

    assert len(whole) >= 19
    for digest in whole:
        assert hashlib.sha256(store.get(digest).encode()).hexdigest() == digest


def test_description_and_domain_are_known_without_reading_the_content(
    store: ArtifactStore, tmp_path: Path
) -> None:
    encoded = store.encode([red(), Boxes((Box(1, 2, 3, 4, "cat", 0.5),)), "words", 2.5])
    for content in tmp_path.glob("??/*.png"):
        content.unlink()

    assert store.as_text(encoded) == ("a picture of 4×3 pixels, cat at (1, 2)–(3, 4), words, 2.5")
    assert store.describe(red().digest).domain == ""


def test_an_artifact_of_an_older_store_is_described_once_and_then_known(
    store: ArtifactStore, tmp_path: Path
) -> None:
    digest = store.add(red()).digest
    (info,) = tmp_path.glob(f"{digest[:2]}/{digest}.info.json")
    older = json.loads(info.read_text())
    del older["description"], older["domain"]
    info.write_text(json.dumps(older))

    assert store.describe(digest).description == "a picture of 4×3 pixels"
    assert json.loads(info.read_text())["description"] == "a picture of 4×3 pixels"


def test_a_sound_is_on_the_grid_in_which_it_is_stored(store: ArtifactStore) -> None:
    sound = Audio(np.linspace(-1, 1, 1001, dtype=np.float32), 8000)

    stored = store.get(store.add(sound).digest)

    assert isinstance(stored, Audio)
    assert stored.samples.tolist() == sound.samples.tolist()


def stored_file(store: ArtifactStore, digest: str) -> Path:
    return Path(store.url, digest[:2], f"{digest}.png")


def damage(path: Path, how: str) -> None:
    match how:
        case "another picture":
            path.write_bytes(red(9).encode())
        case "cut short":
            path.write_bytes(path.read_bytes()[:20])
        case _:
            path.unlink()


@pytest.mark.parametrize("how", ["another picture", "cut short", "gone"])
def test_content_that_is_not_what_its_name_says_is_not_known(
    store: ArtifactStore, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    digest = store.add(red()).digest
    store.save_result("key", {"artifact": digest, "kind": "image"})
    damage(stored_file(store, digest), how)

    assert store.load_result("key") is None
    with pytest.raises(InputError, match="there is no artifact"):
        store.open(digest)
    with pytest.raises(InputError, match="there is no artifact"):
        store.get(digest)
    assert f"the content of {digest} is damaged or missing" in caplog.text


@pytest.mark.parametrize("how", ["another picture", "cut short", "gone"])
def test_damaged_content_is_written_again(store: ArtifactStore, how: str) -> None:
    digest = store.add(red(), origin="red.png").digest
    damage(stored_file(store, digest), how)

    assert store.add(red(), origin="red.png").digest == digest
    assert store.open(digest)[1] == red().encode()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"digest": 1}'])
def test_a_damaged_info_or_result_file_is_as_if_it_was_not_there(
    store: ArtifactStore, content: bytes
) -> None:
    digest = store.add(red()).digest
    store.save_result("key", {"artifact": digest, "kind": "image"})
    Path(store.url, "results", "ke", "key.json").write_bytes(content)
    Path(store.url, digest[:2], f"{digest}.info.json").write_bytes(content)

    assert store.find(digest) is None
    assert store.load_result("key") is None or content in (b"[]", b"null")
    assert store.add(red()).digest == digest


def test_a_converted_picture_is_kept_and_given_in_its_format(
    store: ArtifactStore, tmp_path: Path
) -> None:
    converted = to_format(red(40), "jpeg", 80)

    artifact = store.add(converted)
    path = store.export(artifact.digest, tmp_path / "out", "photo")

    assert path.name == "photo.jpg"
    assert path.read_bytes() == converted.encode()
    assert artifact.description == "a picture of 40×3 pixels, as JPEG"
    assert store.get(artifact.digest).encode() == converted.encode()
