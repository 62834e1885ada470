"""The shapes of joint models: small (ships) and full size.

The full-size one is not trained. `batuta train joint --shape full` trains it with the same code
and dialogues of the sprite world on one or more GPUs. Its language model of 7 billion weights in
bfloat16, its encoders and its image generator take 23 GB before training.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agent.joint.joint_config import GeneratorConfig, JointShape, RetrieverConfig
from agent.joint.joint_model import LANGUAGE_MODEL
from tools.models.card import Card

SHAPE = JointShape(
    vision_encoder="detect/sprites",
    audio_encoder="classify_sound/sprites",
    features={"image": 133, "video": 133, "audio": 128},
    generators={
        "image": GeneratorConfig(card="draw/sprites", width=128, max_vectors=24),
        "video": GeneratorConfig(card="make_video/sprites", width=128, max_vectors=24),
        "audio": GeneratorConfig(card="make_sound/sprites", width=128, max_vectors=24),
    },
    retriever=RetrieverConfig(card="classify/sprites", width=192),
)
LANGUAGE_MODEL_CARD = "llm/smollm2-135m"

FULL = JointShape(
    rank=16,
    vision_encoder="classify/clip-vit-l-14",
    audio_encoder="classify_sound/ast-audioset",
    # Plus two coordinates for the position of a patch.
    features={"image": 1_024 + 2, "video": 1_024 + 2, "audio": 768},
    slots=64,
    signals=8,
    output_width=768,
    output_depth=4,
    generators={
        **SHAPE.generators,
        "image": GeneratorConfig(card="draw/stable-diffusion-1.5", width=768, max_vectors=77),
    },
    retriever=SHAPE.retriever,
)
FULL_LANGUAGE_MODEL_CARD = "llm/qwen2.5-7b"

SHAPES: Mapping[str, Mapping[str, Any]] = {
    "small": {"shape": SHAPE, "language_model": LANGUAGE_MODEL_CARD},
    "full": {"shape": FULL, "language_model": FULL_LANGUAGE_MODEL_CARD},
}
"""The arguments of a recipe for each shape, by name."""


def code_shape(shape: JointShape) -> JointShape:
    """Return the shape whose language model writes images as codes."""
    codebook = GeneratorConfig(card="decode/scenes", width=1, max_vectors=66)
    return shape.model_copy(
        update={"signals": 1, "generators": {"image": codebook}, "retriever": None}
    )


def joint_card(language_model: Card) -> str:
    """Write the card of a joint model around a language model."""
    folder = LANGUAGE_MODEL.rstrip("/")
    repositories = ", ".join(
        f"{{ sources = {json.dumps([str(source) for source in repository.sources])}, "
        f"files = {json.dumps(repository.files)}, bytes = {repository.bytes}, "
        f'folder = "{folder}" }}'
        for repository in language_model.repositories
    )
    # A quarter more for the connectors and for long dialogues.
    memory = language_model.memory_bytes * 5 // 4
    return (
        'tools = ["converse", "add"]\n'
        'adapter = "agent.joint.joint_model:JointModel"\n'
        'classes = ["transformers:AutoModelForCausalLM"]\n'
        f'licence = "{language_model.licence}"\n'
        f"commercial_use = {str(language_model.commercial_use).lower()}\n"
        "quality = 1\n"
        'quality_source = "trained on this machine; its scores are beside its weights"\n'
        'limitations = "talk of anything but what it was trained on here"\n'
        f"repositories = [{repositories}]\n"
        f'variants = [{{ dtype = "bfloat16", memory_bytes = {memory} }}]\n'
    )
