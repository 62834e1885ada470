from pathlib import Path

import pytest
import transformers

from tests.tools.adapters.load_card import load
from tools.library.vision.pose import JOINTS


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Networks that find joints, and people: of these it sees six."""
    joints, people = tmp_path_factory.mktemp("vitpose"), tmp_path_factory.mktemp("rt-detr")
    backbone = transformers.VitPoseBackboneConfig(
        image_size=[64, 48], hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        mlp_ratio=1, num_experts=2, part_features=4, out_indices=[1],
    )  # fmt: skip
    config = transformers.VitPoseConfig(backbone_config=backbone, num_labels=17)
    transformers.VitPoseForPoseEstimation(config).save_pretrained(joints)
    looks = transformers.VitPoseImageProcessor(size={"height": 64, "width": 48})
    looks.save_pretrained(joints)
    looking = transformers.RTDetrResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic",
        out_features=["stage2"],
    )  # fmt: skip
    detector = transformers.RTDetrConfig(
        backbone_config=looking, freeze_backbone_batch_norms=False, encoder_in_channels=[16],
        feat_strides=[8], encode_proj_layers=[0], encoder_hidden_dim=16, encoder_ffn_dim=16,
        encoder_attention_heads=2, d_model=16, decoder_in_channels=[16], num_feature_levels=1,
        decoder_layers=2, decoder_ffn_dim=16, decoder_attention_heads=2, num_queries=6,
        num_denoising=0, id2label={0: "person"}, label2id={"person": 0},
    )  # fmt: skip
    transformers.RTDetrForObjectDetection(detector).save_pretrained(people)
    transformers.RTDetrImageProcessor(size={"height": 64, "width": 64}).save_pretrained(people)
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
