from pathlib import Path

import pytest

from tests.tools.adapters.load_card import load
from tests.tools.adapters.transformers.tiny_checkpoints import write_rt_detr, write_vitpose
from tools.library.vision.pose import JOINTS


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Networks that find joints, and people: of these it sees six."""
    joints, people = tmp_path_factory.mktemp("vitpose"), tmp_path_factory.mktemp("rt-detr")
    write_vitpose(joints)
    write_rt_detr(people)
    return joints, people


def test_every_person_gets_the_joints_of_openpose(folders, noise):
    model = load("pose/vitpose-plus-base", *folders, score="0", visible="0").model

    found = model.poses(noise)

    assert len(found) == 6
    assert all(len(pose.joints) == len(JOINTS) for pose in found)
    nose, neck, right, left = (found[0].joints[number] for number in (0, 1, 2, 5))
    assert nose is not None
    assert neck == pytest.approx([(right[axis] + left[axis]) / 2 for axis in (0, 1)], abs=0.11)


def test_what_is_not_seen_is_not_guessed(folders, noise):
    nobody = load("pose/vitpose-plus-base", *folders, score="1").model
    hidden = load("pose/vitpose-plus-base", *folders, score="0", visible="2").model

    assert nobody.poses(noise) == ()
    assert set(hidden.poses(noise)[0].joints) == {None}


def test_stop_is_heard(folders, noise, is_stopped):
    model = load("pose/vitpose-plus-base", *folders, score="0").model

    assert is_stopped(lambda: model.poses(noise))
