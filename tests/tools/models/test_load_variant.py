"""One model in several forms: which one a profile takes, and where it runs."""

from dataclasses import replace
from pathlib import Path

import pytest

from tools.errors import CatalogueError
from tools.models.catalogue import Catalogue
from tools.models.profile import Profile

CATALOGUE = Catalogue.load(Path("/nowhere"))


def profile(memory_bytes: int) -> Profile:
    return replace(Profile.load("gpu-24gb", CATALOGUE), memory_bytes=memory_bytes)


@pytest.mark.parametrize(
    ("memory_bytes", "dtype", "offload", "taken"),
    [
        (21_000_000_000, "bfloat16", "", 20_600_000_000),
        (19_500_000_000, "bfloat16", "model", 12_400_000_000),
        (6_500_000_000, "bfloat16", "group", 1_500_000_000),
    ],
)
def test_a_model_comes_in_the_first_form_that_fits(
    memory_bytes: int, dtype: str, offload: str, taken: int
) -> None:
    card = profile(memory_bytes).card("draw/z-image-turbo")

    assert (card.settings["dtype"], card.settings["offload"]) == (dtype, offload)
    assert card.memory_bytes == taken
    assert card.settings["steps"] == "9"


def test_smaller_forms_are_named_behind_the_model() -> None:
    whole = profile(21_000_000_000)

    smaller = whole.smaller_variants(whole.card("draw/z-image-turbo"))

    assert [card.id for card in smaller] == [
        "draw/z-image-turbo#bfloat16-model",
        "draw/z-image-turbo#bfloat16-group",
    ]
    assert whole.card("draw/z-image-turbo#bfloat16-group").memory_bytes == 1_500_000_000
    assert len({card.revision for card in (whole.card("draw/z-image-turbo"), *smaller)}) == 3


def test_a_model_that_fits_in_no_form_is_left_out_and_says_why() -> None:
    tiny = replace(profile(100_000_000), models={})

    assert "segment/sam2.1-large" not in [card.id for card in tiny.cards_for("segment")]
    with pytest.raises(CatalogueError) as refused:
        tiny.card("segment/sam2.1-large")
    assert str(refused.value) == (
        "'segment/sam2.1-large' takes 910,000,000 bytes in its smallest variant; the profile "
        "'gpu-24gb' has 100,000,000\n"
        "hint: choose another model, or a profile with more memory"
    )


def test_an_unknown_form_is_answered_with_those_there_are() -> None:
    with pytest.raises(CatalogueError, match="it has float32"):
        profile(10**10).card("segment/sam2.1-large#int4")


def test_only_what_is_made_for_a_gpu_runs_there() -> None:
    gpu = Profile.load("gpu-24gb", CATALOGUE)

    assert gpu.device_of(gpu.card("segment/sam2.1-large")) == "cuda"
    assert gpu.device_of(gpu.card("edges/hed")) == "cpu"
    assert list(gpu.budgets) == ["cuda", "cpu"]
    assert gpu.budgets["cuda"] == 19_500_000_000


def test_a_profile_without_a_gpu_takes_models_for_one_only_if_it_names_them() -> None:
    offline = replace(Profile.load("offline", CATALOGUE), sources=frozenset({"hf", "pypi"}))
    named = replace(offline, models={"depth": ("depth/depth-anything-v2-small",)})

    assert offline.cards_for("depth") == ()
    assert [card.id for card in named.cards_for("depth")] == ["depth/depth-anything-v2-small"]
    assert named.device_of(named.cards_for("depth")[0]) == "cpu"


def test_a_profile_may_say_why_a_tool_has_no_model(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'summary = "mine"\nlanguage_model = "openai:x"\n[unsupported]\nedges = "we draw by hand"\n'
    )
    mine = Profile.load(str(tmp_path / "mine.toml"), CATALOGUE)

    assert mine.unsupported == {"edges": "we draw by hand"}
    assert not mine.offers("edges")


def test_a_profile_with_the_keys_of_earlier_versions_is_read(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'summary = "mine"\nlanguage_model = "openai:x"\ncard_bytes = 8_000_000_000\n'
        '[none]\nedges = "we draw by hand"\n[small]\ndraw = "nothing larger fits"\n'
    )
    mine = Profile.load(str(tmp_path / "mine.toml"), CATALOGUE)

    assert mine.gpu_memory_bytes == 8_000_000_000
    assert mine.unsupported == {"edges": "we draw by hand"}
    assert mine.fallback_reasons == {"draw": "nothing larger fits"}


def test_models_and_a_reason_for_none_exclude_each_other(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'summary = "mine"\nlanguage_model = "openai:x"\n'
        '[models]\nedges = ["edges/hed"]\n[unsupported]\nedges = "no"\n'
    )
    with pytest.raises(CatalogueError, match=r"unsupported.edges: models are named for it as well"):
        Profile.load(str(tmp_path / "mine.toml"), CATALOGUE)
