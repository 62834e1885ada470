from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from agent.joint.code_model import CodeModel
from agent.joint.dialogue import Exchange
from agent.joint.joint_config import CONFIG
from agent.joint.joint_model import LANGUAGE_MODEL, WEIGHTS
from tests.agent.joint.test_joint_model import RED, make_ask_for
from tests.agent.joint.tiny import CODES_SHAPE, begin, copy_of
from tools.home import home as user_home
from tools.models.catalogue import Catalogue
from tools.models.residency.card_loader import open_model

ASKED = [Exchange((RED,), "draw two dogs")]


@pytest.fixture(scope="module")
def untrained_in_codes(tiny_language_model: Path) -> CodeModel:
    return begin(CodeModel, CODES_SHAPE, tiny_language_model)


@pytest.fixture
def mind(untrained_in_codes: CodeModel) -> CodeModel:
    """A model that would make a picture of everything, and has learnt nothing."""
    mind = copy_of(untrained_in_codes)
    make_ask_for(mind, "image")
    return mind


def test_a_picture_is_written_in_codes_that_can_be_shown(mind: CodeModel) -> None:
    reply = mind.converse(ASKED)

    told = reply.conditioning["image"]
    assert told.model == "decode/scenes"
    assert len(told.values) == told.rows == reply.tokens_written - 1
    assert told.values[-1] == 0
    shown = open_model(Catalogue.load(user_home())["decode/scenes"]).paint_from_embedding(told, 0)
    assert shown.array().shape == (256, 256, 3)


def test_the_seed_decides_where_things_stand_and_not_how_many_there_are(mind: CodeModel) -> None:
    first, again, other = (mind.converse(ASKED, seed).conditioning["image"] for seed in (1, 1, 2))

    scenes = [
        mind.network.codebook.decode([round(code) for code in told.values])
        for told in (first, other)
    ]
    assert first == again
    poses = [[thing.pose for thing in scene.groups[0].objects] for scene in scenes]
    assert poses[0] != poses[1]


def test_what_is_written_code_by_code_is_as_likely_as_when_read_at_once(mind: CodeModel) -> None:
    codes = [round(code) for code in mind.converse(ASKED).conditioning["image"].values]
    network = mind.network
    ids, seen = mind.encode_dialogue(ASKED)
    row = [*ids, *network.signal_ids("image"), *(network.first_code + code for code in codes[:-1])]

    with torch.inference_mode():
        ids_read = torch.tensor([row])
        states = network.hidden_states(ids_read, seen, torch.ones_like(ids_read, dtype=torch.bool))
        scores = network.codes(states[0, len(ids) :])

    looks = network.codebook.spans["look"]
    assert int(scores[3, looks.start : looks.stop].argmax()) + looks.start == codes[3]
    counts = network.codebook.spans["count"]
    assert int(scores[4, counts.start : counts.stop].argmax()) + counts.start == codes[4]


def test_kept_weights_write_the_same_codes(mind: CodeModel, home: Path) -> None:
    mind.network.shape.write(home)
    save_file(mind.network.trained.state_dict(), home / WEIGHTS)
    language_model = {f"{LANGUAGE_MODEL}{p.name}": p for p in (home / "tiny").iterdir()}
    files = {name: home / name for name in (CONFIG, WEIGHTS)} | language_model

    loaded = CodeModel.load_with_parts(files, {}, "cpu", Catalogue.load(home))

    assert loaded.converse(ASKED) == mind.converse(ASKED)
