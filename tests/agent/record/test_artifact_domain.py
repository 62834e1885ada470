"""The domain of an artifact: from its lineage, from its content if it was uploaded."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from agent.record.artifacts import ArtifactStore, Encoded, Lineage
from tools import Image, Video
from tools.models.media_domain import media_domains
from tools.sdk.tool_check import SAMPLES

SCENE = media_domains()["scene"]


def photo(seed: int = 0) -> Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (32, 32, 3), np.uint8)
    return Image(PIL.Image.fromarray(pixels))


def scene() -> Image:
    return Image(PIL.Image.open(SAMPLES["scene"]).convert("RGB"))


def lineage(model_domain: str = "", **arguments: Encoded) -> Lineage:
    return Lineage("a = f()", "f", "1", arguments, model_domain=model_domain)


def reference(store: ArtifactStore, image: Image, made_by: Lineage | None = None) -> Encoded:
    return store.encode(image, lineage=made_by)


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path))


def test_what_a_model_of_scenes_draws_is_a_scene_whatever_it_looks_like(
    store: ArtifactStore,
) -> None:
    drawing = photo()
    assert not SCENE.contains(drawing)

    assert store.add(drawing, lineage=lineage("scene")).domain == "scene"
    assert store.belongs_to(drawing, SCENE)


def test_what_is_made_of_a_drawing_alone_is_a_scene(store: ArtifactStore) -> None:
    drawing = reference(store, photo(), lineage("scene"))

    cropped = store.add(photo(1), lineage=lineage(image=drawing))
    blurred = store.add(
        photo(2), lineage=lineage("any", image={"artifact": cropped.digest, "kind": "image"})
    )

    assert (cropped.domain, blurred.domain) == ("scene", "scene")


def test_a_picture_that_other_tools_make_is_no_scene_even_if_it_looks_like_one(
    store: ArtifactStore,
) -> None:
    assert SCENE.contains(scene())

    assert store.add(scene(), lineage=lineage("any", prompt="a cat")).domain == ""
    assert not store.belongs_to(scene(), SCENE)


def test_a_part_of_a_photo_is_no_scene(store: ArtifactStore) -> None:
    upload = reference(store, photo())

    assert store.add(scene(), lineage=lineage(image=upload)).domain == ""


def test_the_content_decides_about_uploads(store: ArtifactStore) -> None:
    assert store.add(scene(), origin="drawing.png").domain == "scene"
    assert store.add(photo(), origin="photo.png").domain == ""
    assert store.belongs_to(scene(), SCENE)
    assert not store.belongs_to(photo(), SCENE)
    assert store.belongs_to(Image(scene().pixels.resize((128, 128))), SCENE)


def test_the_content_decides_about_a_mixture(store: ArtifactStore) -> None:
    images: Mapping[str, Encoded] = {
        "left": reference(store, photo(), lineage("scene")),
        "right": reference(store, photo(1)),
    }

    assert store.add(photo(2), lineage=lineage(**images)).domain == ""
    assert store.add(scene(), lineage=lineage(**images)).domain == "scene"


def test_boxes_do_not_count_as_a_source(store: ArtifactStore) -> None:
    boxes = store.encode(photo(3), lineage=lineage("scene"))
    assert isinstance(boxes, dict)

    made = store.add(photo(4), lineage=lineage(image=boxes, prompt="x", size=3))

    assert made.domain == "scene"


def test_frames_follow_from_the_film_that_a_model_of_scenes_made(store: ArtifactStore) -> None:
    film = Video.of_frames([photo(number).array() for number in range(2)], 10)
    made = store.encode(film, lineage=lineage("scene"))

    assert store.add(photo(5), lineage=lineage(video=made)).domain == "scene"


def test_the_content_decides_about_frames_of_an_uploaded_film(store: ArtifactStore) -> None:
    film = Video.of_frames([scene().array()] * 2, 10)
    upload = store.encode(film, origin="film.mp4")

    assert store.add(scene(), lineage=lineage(video=upload)).domain == "scene"
    assert store.add(photo(), lineage=lineage(video=upload)).domain == ""


def test_a_lineage_of_an_older_version_can_be_read(store: ArtifactStore) -> None:
    older = asdict(lineage())
    del older["model_domain"]

    assert Lineage(**older).model_domain == ""
