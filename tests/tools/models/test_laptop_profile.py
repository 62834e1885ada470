"""The profile `laptop`: small models of the hub that a CPU runs, and what a run may fetch."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from tests.tools.adapters.diffusers.tiny_pipelines import write_sd_turbo
from tests.tools.adapters.torch.tiny_clip import write_published_clip
from tests.tools.adapters.transformers import tiny_checkpoints as tiny
from tools import Audio, Image
from tools.errors import SourceError
from tools.models.catalogue import Catalogue
from tools.models.profile import Profile
from tools.models.residency.card_loader import CardLoader
from tools.models.weight_uri import parse_folder
from tools.sdk.registry import Registry
from tools.sdk.text_writer import Writer

CATALOGUE = Catalogue.load(Path("/nowhere"))
# As on a laptop with 16 GB, whatever machine runs this.
LAPTOP = replace(Profile.load("laptop", CATALOGUE), memory_bytes=8_000_000_000)
TOOLS = Registry.load(user_folder=Path("/nowhere"))
FROM_HUB = {
    card.id: card for tool in LAPTOP.models for card in LAPTOP.cards_for(tool) if card.repositories
}

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def test_every_tool_has_a_model_or_the_profile_says_why_not() -> None:
    with_model = {
        tool.name: LAPTOP.cards_for(tool.name)
        for tool in TOOLS.values()
        if tool.model_class is not None and not issubclass(Writer, tool.model_class)
    }

    assert {name for name, cards in with_model.items() if not cards} == set(LAPTOP.unsupported)
    assert all(with_model[name] for name in LAPTOP.fallback_reasons)


def test_every_model_that_it_names_can_be_used() -> None:
    for tool, ids in LAPTOP.models.items():
        assert [card.id for card in LAPTOP.cards_for(tool)] == list(ids), tool


def test_all_of_it_fits_a_disk_and_each_model_the_memory_of_a_laptop() -> None:
    assert set(FROM_HUB) == {
        "classify/clip-vit-b-32", "depth/depth-anything-v2-small", "detect/grounding-dino-tiny",
        "draw/sd-turbo", "see/smolvlm-500m", "transcribe/whisper-small",
    }  # fmt: skip
    assert sum(card.download_bytes for card in FROM_HUB.values()) < 8_000_000_000
    assert max(card.memory_bytes for card in FROM_HUB.values()) < 6_000_000_000
    for card in FROM_HUB.values():
        assert LAPTOP.device_of(card) == "cpu"
        assert (card.settings["dtype"], card.settings["offload"]) == ("float32", "")


def test_a_small_machine_draws_in_half_precision_and_a_smaller_one_with_what_fits() -> None:
    small = replace(LAPTOP, memory_bytes=4_000_000_000)
    smaller = replace(LAPTOP, memory_bytes=2_000_000_000)

    assert [(card.id, card.settings.get("dtype")) for card in small.cards_for("draw")] == [
        ("draw/sd-turbo", "bfloat16"),
        ("draw/sprites", None),
    ]
    assert [card.id for card in smaller.cards_for("draw")] == ["draw/sprites"]


def test_half_precision_is_the_smaller_variant_on_a_cpu() -> None:
    card = LAPTOP.card("draw/sd-turbo")

    assert [form.settings["dtype"] for form in LAPTOP.smaller_variants(card)] == ["bfloat16"]
    assert LAPTOP.smaller_variants(LAPTOP.card("transcribe/whisper-small")) == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("card_id", "write", "settings", "use"),
    [
        ("see/smolvlm-500m", tiny.write_smolvlm, {"longest": "4"},
         lambda model, noise: isinstance(model.caption(noise), str)),
        ("see/smolvlm-500m", tiny.write_smolvlm, {"longest": "4"},
         lambda model, noise: isinstance(model.answer(noise, "a dog?"), str)),
        ("detect/grounding-dino-tiny", tiny.write_grounding_dino, {"score": "0"},
         lambda model, noise: len(model.find_named(noise, "dog")) > 0),
        ("depth/depth-anything-v2-small", tiny.write_depth_anything, {},
         lambda model, noise: model.inverse_depth(noise).width == 96),
        ("classify/clip-vit-b-32", write_published_clip, {},
         lambda model, noise: model.similarities([noise], ["a dog"]).shape == (1, 1)),
        ("draw/sd-turbo", write_sd_turbo, {"side": "64"},
         lambda model, noise: model.pipeline.steps == 4 and model.paint("a dog", 1).width == 64),
        ("transcribe/whisper-small", tiny.write_whisper, {},
         lambda model, noise: isinstance(model.transcribe(Audio([0.1] * 16_000, 16_000)), str)),
    ],
    ids=["caption", "answer", "detect", "depth", "classify", "draw", "transcribe"],
)  # fmt: skip
def test_its_adapters_work_on_a_cpu_with_checkpoints_of_the_same_classes(
    card_id: str,
    write: Callable[[Path], Any],
    settings: dict[str, str],
    use: Callable[[Any, Image], bool],
    tmp_path: Path,
) -> None:
    noise = Image(PIL.Image.effect_noise((96, 64), 80).convert("RGB"))
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    write(folder)
    card = CATALOGUE[card_id]
    local = replace(
        card,
        repositories=tuple(
            replace(repository, sources=(parse_folder(f"file:{folder}"),), weights_folder=tmp_path)
            for repository in card.repositories
        ),
        settings={**card.settings, **settings},
        weights_folder=tmp_path,
    )
    profile = replace(LAPTOP, catalogue=Catalogue([local], tmp_path))

    assert use(CardLoader(profile).load(card_id, "cpu").model, noise)


def test_large_weights_are_not_fetched_without_consent() -> None:
    LAPTOP.require_consent(LAPTOP.card("depth/depth-anything-v2-small"))
    LAPTOP.require_consent(LAPTOP.card("llm/planner-0.5b"))
    with pytest.raises(SourceError, match=r"1\.1 GB under the licence Apache-2\.0"):
        LAPTOP.require_consent(LAPTOP.card("llm/qwen2.5-coder-1.5b"))

    with pytest.raises(SourceError) as refused:
        LAPTOP.require_consent(LAPTOP.card("draw/sd-turbo"))

    assert refused.value.message == (
        "'draw/sd-turbo' is not here yet: 2.6 GB under the licence Stability AI Community "
        "License, which `batuta models pull --profile laptop` fetches"
    )
