from pathlib import Path

import numpy as np
import pytest
import torch

from agent.joint.network.audio_encoder import audio_encoder_of
from agent.joint.network.media_encoders import MediaEncoders
from agent.joint.network.vision_encoder import grid_of, vision_encoder_of
from evals.scoring.joint_scores import to_media
from evals.scoring.vision_scores import to_image
from evals.world import make_scene
from evals.world.dialogue.dialogues import make_dialogue
from tests.agent.joint.tiny_full_size import put_parts
from tools import Audio
from tools.adapters.checkpoint_files import image_tensor
from tools.errors import BadArgument
from tools.home import home
from tools.models.catalogue import Catalogue
from tools.models.residency.card_loader import open_model

pytestmark = pytest.mark.filterwarnings("ignore:At least one mel filter:UserWarning")
SCENE = make_scene("train", 0, 7)


def opened(card_id: str, folder: Path | None = None):
    return open_model(Catalogue.load(folder or home())[card_id])


@pytest.fixture(scope="module")
def small() -> MediaEncoders:
    return MediaEncoders(opened("detect/sprites"), opened("classify_sound/sprites"), 16)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> MediaEncoders:
    folder = tmp_path_factory.mktemp("home")
    put_parts(folder)
    return MediaEncoders(opened("classify/tiny", folder), opened("classify_sound/tiny", folder), 16)


def test_a_detector_tells_of_the_surest_things_first_each_with_its_place(
    small: MediaEncoders,
) -> None:
    picture = to_image(SCENE)
    found = opened("detect/sprites").find(picture)

    seen = small.encode(picture)

    assert seen.shape == (16, 133)
    assert not seen[:4, 128:].any()
    sure = seen[4:, 132]
    assert torch.equal(sure, sure.sort(descending=True).values)
    surest = max(found, key=lambda box: box.score)
    x, y, width, _ = seen[4, 128:132].tolist()
    assert (x - width / 2) * picture.width == pytest.approx(surest.left, abs=1e-3)
    assert y * picture.height == pytest.approx((surest.top + surest.bottom) / 2, abs=1e-3)


def test_what_a_training_sees_of_the_world_is_what_is_seen_of_its_pictures(
    small: MediaEncoders,
) -> None:
    pixels = torch.from_numpy(SCENE.pixels)[None].movedim(-1, -3).float() / 255

    seen = small.encode(to_image(SCENE))
    assert torch.allclose(small.encode_images(pixels)[0], seen, atol=1e-4)


def test_a_picture_tower_tells_of_patches_row_by_row_each_with_its_place(
    large: MediaEncoders,
) -> None:
    picture = to_image(SCENE)
    tower = opened_tower(large)
    mean, deviation = (0.5, 0.4, 0.3), (0.5, 0.6, 0.7)
    with torch.no_grad():
        looked = tower.forward_intermediates(
            image_tensor(picture, 32, mean, deviation), indices=[1]
        )
    # (8 × 8 patches, of which each slot has 2 × 2)
    patches = looked["image_intermediates"][0][0]

    seen = large.encode(picture)

    assert seen.shape == (16, 18)
    assert torch.allclose(seen[6, :16], patches[:, 2:4, 4:6].mean(dim=(1, 2)), atol=1e-4)
    assert seen[6, 16:].tolist() == [0.625, 0.375]
    assert seen[12, 16:].tolist() == [0.125, 0.875]


def opened_tower(encoders: MediaEncoders):
    return encoders.vision_encoder.network.visual  # type: ignore[attr-defined]


def test_a_film_is_four_pictures_whatever_the_eyes(
    small: MediaEncoders, large: MediaEncoders
) -> None:
    film = to_media(make_dialogue("describe film", "train", 0, 1).exchanges[0].inputs[0])

    assert small.encode(film).shape == (16, 133)
    assert large.encode(film)[:, 16:].tolist() == 4 * [
        [0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]
    ]  # fmt: skip


def test_a_sound_is_heard_by_moments_and_then_by_pitch(large: MediaEncoders) -> None:
    time = np.arange(20_800) / 16_000
    low, high = (np.sin(2 * np.pi * pitch * time).astype(np.float32) for pitch in (100, 6_000))
    sound = Audio(np.where(time < 0.65, low, high), 16_000)

    heard = large.encode(sound).unflatten(0, (8, 2))

    assert heard.shape == (8, 2, 16)
    moments = heard.flatten(1)
    assert (moments[1] - moments[2]).norm() < 0.1 * (moments[1] - moments[6]).norm()
    assert torch.allclose(heard, large.encode_audio([sound.samples[0]])[0].unflatten(0, (8, 2)))


def test_other_models_have_no_eyes_and_no_ears() -> None:
    painter = opened("draw/sprites")

    with pytest.raises(
        BadArgument, match="'SceneLayers' cannot be a vision encoder; allowed: RtDetr, Open"
    ):
        vision_encoder_of(painter)
    with pytest.raises(
        BadArgument, match="'SceneLayers' cannot be an audio encoder; allowed: AudioClass"
    ):
        audio_encoder_of(painter)


@pytest.mark.parametrize(
    ("slots", "grid"), [(64, (8, 8)), (16, (4, 4)), (8, (2, 4)), (7, (1, 7)), (1, (1, 1))]
)
def test_slots_lie_in_the_squarest_grid(slots: int, grid: tuple[int, int]) -> None:
    assert grid_of(slots) == grid
