import random

import numpy as np
import pytest

from agent.joint.network.codebook import Codebook
from tools import Embedding
from tools.sprites.posed_layers import LayerPose
from tools.sprites.scene_sheet import LayeredScene, LayerGroup, PlacedObject

RED, BLUE = [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]
THERE, EMPTY = np.ones((32, 32, 4), np.float32), np.zeros((32, 32, 4), np.float32)


@pytest.fixture
def codebook() -> Codebook:
    """Codes 10 and 11 are corners, 12 and 13 looks, 14 to 16 places, 17 and 18 sizes."""
    return Codebook(
        {
            "corner": np.array([RED, BLUE], np.float32),
            "look": np.stack([THERE.ravel(), EMPTY.ravel()]),
            "place": np.array([[0.25, 0.25], [0.75, 0.25], [0.99, 0.75]], np.float32),
            "size": np.array([[0.25, 0], [0.25, 1]], np.float32),
        },
        side=64,
    )


def test_a_scene_is_told_in_codes_as_its_groups_stand(codebook: Codebook) -> None:
    things = [
        PlacedObject(LayerPose(0.3, 0.2, 0.3), False),
        PlacedObject(LayerPose(0.7, 0.3, 0.2), True),
    ]
    ground = np.broadcast_to(np.array(BLUE, np.float32), (32, 32, 3))

    codes = codebook.encode(LayeredScene(ground, [LayerGroup(THERE, things)]))

    assert codes == [11, 11, 11, 12, 2, 14, 17, 15, 18, 0]


def test_codes_are_read_as_they_were_written(codebook: Codebook) -> None:
    codes = [10, 11, 10, 12, 1, 14, 18, 13, 2, 15, 17, 14, 17, 0]

    scene = codebook.decode(codes)

    assert codebook.encode(scene) == codes
    assert [len(group.objects) for group in scene.groups] == [1, 2]
    assert scene.groups[0].objects == [PlacedObject(LayerPose(0.25, 0.25, 0.25), True)]
    assert scene.background[0, 0].tolist() == scene.background[-1, 0].tolist() == RED
    assert scene.background[0, -1].tolist() == scene.background[-1, -1].tolist() == BLUE


def test_whatever_follows_by_the_grammar_can_be_shown(codebook: Codebook) -> None:
    chance = random.Random(0)
    lengths: set[int] = set()
    for _ in range(200):
        codes: list[int] = []
        while kinds := codebook.allowed_kinds(codes):
            codes.append(chance.choice([c for kind in kinds for c in codebook.spans[kind]]))
        assert 1 <= len(codebook.decode(codes).groups) <= 3
        lengths.add(len(codes))

    assert min(lengths) == 3 + 4 + 1
    assert max(lengths) <= 3 + 3 * (2 + 2 * 9) + 1


def test_what_codes_put_over_the_edge_is_shown_within_the_picture(codebook: Codebook) -> None:
    thing = codebook.decode([10, 10, 10, 12, 1, 16, 17, 0]).groups[0].objects[0]

    assert thing.pose == pytest.approx((0.875, 0.75, 0.25))


def test_a_picture_is_shown_from_its_codes(codebook: Codebook) -> None:
    told = Embedding((11, 11, 11, 12, 1, 14, 17, 0), "decode/tiny", rows=8)

    picture = codebook.paint_from_embedding(told, 0).array()

    assert picture.shape == (64, 64, 3)
    assert picture[16, 16].tolist() == [255, 255, 255]
    assert picture[48, 48].tolist() == [0, 0, 255]
