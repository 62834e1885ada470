"""What only a GPU can show: other numbers, parts that wait elsewhere, memory that comes free."""

import gc

import numpy as np
import pytest

from tests.tools.adapters.diffusers.tiny_pipelines import write_klein
from tests.tools.adapters.load_card import load
from tools.models.load_variant import LoadVariant
from tools.models.residency.footprints import memory_in_use


@pytest.fixture(autouse=True)
def gpu() -> None:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("there is no GPU here")


@pytest.fixture(scope="module")
def klein(tmp_path_factory):
    return write_klein(tmp_path_factory.mktemp("klein"))


@pytest.mark.parametrize("offload", ["", "model", "group"])
def test_a_pipeline_draws_the_same_wherever_its_parts_wait(klein, offload):
    model = load(
        "draw/flux2-klein-4b", klein, device="cuda", form=LoadVariant("float32", 10**8, offload),
        steps="1", side="64",
    ).model  # fmt: skip
    whole = load("draw/flux2-klein-4b", klein, device="cuda", steps="1", side="64").model

    drawn = model.paint("a dog", seed=1)

    assert np.abs(drawn.array().astype(int) - whole.paint("a dog", seed=1).array()).max() <= 2
    assert model.paint("a dog", seed=1).encode() == drawn.encode()


def test_what_an_offload_brought_leaves_the_gpu_after_the_call(klein):
    before = memory_in_use("cuda")
    model = load(
        "draw/flux2-klein-4b", klein, device="cuda", form=LoadVariant("bfloat16", 10**8, "model"),
        steps="1", side="64",
    ).model  # fmt: skip

    model.paint("a dog", seed=1)
    gc.collect()

    assert memory_in_use("cuda") - before < 10_000_000


def test_unloading_frees_what_was_counted(klein):
    before = memory_in_use("cuda")
    loaded = load("draw/flux2-klein-4b", klein, device="cuda", form=LoadVariant("bfloat16", 10**8))
    taken = memory_in_use("cuda") - before

    loaded.model.unload()
    gc.collect()

    assert loaded.bytes >= taken > 0
    assert memory_in_use("cuda") == before
