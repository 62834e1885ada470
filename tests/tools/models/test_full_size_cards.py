"""The cards of full-size models: what they name exists, and the profiles have a model for all."""

import importlib
import inspect
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tools.models.card import Card
from tools.models.catalogue import Catalogue
from tools.models.profile import Profile
from tools.sdk.model import Model
from tools.sdk.registry import Registry
from tools.sdk.text_writer import Writer

CATALOGUE = Catalogue.load(Path("/nowhere"))
FULL_SIZE = [card for card in CATALOGUE if card.variants]
TOOLS = Registry.load(user_folder=Path("/nowhere"))
FILES_OF = {
    "diffusers": ("config.json", ("diffusion_pytorch_model.safetensors",)),
    "open_clip": (
        "open_clip_config.json",
        ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors"),
    ),
    "transformers": (
        "config.json",
        ("model.safetensors", "model-00001-of-00002.safetensors", "pytorch_model.bin"),
    ),
}
"""What each library calls its files: one that describes, and one of those that hold weights."""
PROFILES = ("gpu-8gb", "gpu-24gb", "gpu-80gb")


def adapter_of(card: Card) -> type[Model]:
    module, _, name = card.adapter.partition(":")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("card", FULL_SIZE, ids=lambda card: card.id)
def test_the_adapter_of_each_card_is_what_its_tools_ask_for(card: Card) -> None:
    for tool in card.tools:
        assert issubclass(adapter_of(card), TOOLS[tool].model_class), tool


@pytest.mark.slow
def test_every_class_that_a_card_names_exists_in_its_library() -> None:
    named = {name for card in FULL_SIZE for name in card.classes}
    for setting, library in (
        ("pipeline", "diffusers"), ("network", "transformers"), ("processor", "transformers"),
    ):  # fmt: skip
        named |= {
            f"{library}:{card.settings[setting]}" for card in FULL_SIZE if setting in card.settings
        }
    missing = []
    for name in sorted(named):
        library, _, kind = name.partition(":")
        if not hasattr(importlib.import_module(library), kind):
            missing.append(name)

    assert missing == []
    assert all(card.classes for card in FULL_SIZE)


@pytest.mark.parametrize("card", FULL_SIZE, ids=lambda card: card.id)
def test_each_repository_brings_the_files_that_its_library_looks_for(card: Card) -> None:
    library, _, kind = card.classes[0].partition(":")
    for repository in card.repositories:
        brought = repository.files
        if "model_index.json" in brought:
            pipeline = getattr(importlib.import_module(library), kind)
            modules, _ = pipeline._get_signature_keys(pipeline)
            elsewhere = {other.folder for other in card.repositories}
            needed = set(modules) - set(pipeline._optional_components) - {"self"} - elsewhere
            folders = {pattern.partition("/")[0] for pattern in brought}
            assert "*/*" in brought or needed <= folders, needed - folders
        else:
            config, weights = FILES_OF[
                "diffusers" if repository.folder == "controlnet" else library
            ]
            assert any(fnmatch(config, pattern) for pattern in brought), config
            assert any(fnmatch(name, pattern) for name in weights for pattern in brought), weights


def test_every_repository_is_pinned_to_a_commit_but_for_one() -> None:
    sources = {
        str(source)
        for card in CATALOGUE
        for repository in card.repositories
        for source in repository.sources
    }

    unpinned = {source for source in sources if not re.fullmatch(r"hf:.+@[0-9a-f]{40}", source)}

    assert unpinned == {"hf:ACE-Step/acestep-v15-xl-base-diffusers@main"}


def test_every_pipeline_takes_what_its_adapter_gives_it() -> None:
    """The names that say which picture, how many steps, which guide: without them nothing works."""
    needed = {
        "DiffusersPainter": {"prompt", "num_inference_steps", "generator"},
        "DiffusersEditor": {"image", "prompt", "height", "width", "num_inference_steps"},
        "DiffusersInpainter": {"image", "mask_image", "prompt", "strength", "height", "width"},
        "DiffusersGuidedPainter": {
            "control_image", "control_mode", "controlnet_conditioning_scale", "height", "width",
        },
        "DiffusersFilmMaker": {"prompt", "num_frames", "height", "width"},
        "DiffusersAnimator": {"image", "prompt", "num_frames", "height", "width"},
        "DiffusersSoundMaker": {"prompt", "num_inference_steps", "generator"},
        "DiffusersSeparator": {"src_audio", "task_type", "track_name", "prompt"},
        "DiffusersFiller": {"src_audio", "task_type", "repainting_start", "repainting_end"},
    }  # fmt: skip
    diffusers = importlib.import_module("diffusers")
    checked = 0
    for card in FULL_SIZE:
        wanted = needed.get(card.adapter.partition(":")[2])
        if wanted:
            pipeline = getattr(diffusers, card.classes[0].partition(":")[2])
            taken = set(inspect.signature(pipeline.__call__).parameters)
            assert wanted <= taken, card.id
            guidance = card.settings.get("guidance_name", "guidance_scale")
            assert "guidance" not in card.settings or guidance in taken, card.id
            assert taken & {"callback_on_step_end", "callback"}, card.id
            checked += 1
    assert checked == 20


@pytest.mark.parametrize("name", PROFILES)
def test_every_tool_has_a_model_or_the_profile_says_why_not(name: str) -> None:
    profile = Profile.load(name, CATALOGUE)

    without = {
        tool.name
        for tool in TOOLS.values()
        if tool.model_class is not None
        and not issubclass(Writer, tool.model_class)
        and not profile.offers(tool.name)
    }

    assert without == set(profile.unsupported)


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_says_of_each_tool_without_a_full_size_model_why(name: str) -> None:
    profile = Profile.load(name, CATALOGUE)

    without = {
        tool.name
        for tool in TOOLS.values()
        if profile.offers(tool.name)
        and not any(card.variants for card in profile.cards_for(tool.name))
    }

    # The one tool that stands for what only a full-size model could do, and has none.
    assert without | {"change_voice"} == set(profile.fallback_reasons)


@pytest.mark.parametrize("name", PROFILES)
def test_every_model_that_a_profile_names_fits_its_memory(name: str) -> None:
    profile = Profile.load(name, CATALOGUE)

    for tool, ids in profile.models.items():
        usable = [card.id for card in profile.cards_for(tool)]
        assert [card_id for card_id in ids if card_id not in usable] == [], tool
    assert profile.memory_bytes < profile.gpu_memory_bytes


@pytest.mark.parametrize("name", PROFILES)
def test_what_joint_models_are_trained_around_is_brought_by_a_training_alone(name: str) -> None:
    profile = Profile.load(name, CATALOGUE)

    assert profile.offers("train_joint")
    assert "llm/qwen2.5-7b" not in {card.id for card in profile.required_cards()}
    assert "llm/qwen2.5-7b" not in {card.id for card in profile.cards_for("language_model")}


def test_profiles_differ_in_what_they_pick() -> None:
    first = {name: Profile.load(name, CATALOGUE).cards_for("ask_image")[0].id for name in PROFILES}

    assert first == {
        "gpu-8gb": "see/qwen3-vl-2b",
        "gpu-24gb": "see/qwen3-vl-8b",
        "gpu-80gb": "see/qwen3-vl-32b",
    }


def test_forms_go_from_the_largest_to_the_smallest() -> None:
    for card in FULL_SIZE:
        taken = [form.memory_bytes for form in card.variants]
        assert taken == sorted(taken, reverse=True), card.id
        assert len({form.name for form in card.variants}) == len(taken), card.id


def test_what_may_not_be_sold_is_marked_and_no_weights_run_code() -> None:
    restricted = [card.id for card in FULL_SIZE if not card.commercial_use]

    assert restricted == ["make_sound/stable-audio-open", "draw/sd-turbo"]
    for card in FULL_SIZE:
        for repository in card.repositories:
            assert not any(pattern.endswith(".py") for pattern in repository.files), card.id
