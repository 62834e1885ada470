"""The parts of a full-size joint model with random weights, a few kilobytes each, by their cards.

They are of the classes that train/joint/joint_variants.py names: Qwen2, open_clip's CLIP with a
vision transformer, the Audio Spectrogram Transformer, Stable Diffusion.
"""

import json
from pathlib import Path
from typing import Any

import open_clip
import torch
import transformers
from safetensors.torch import save_file
from tokenizers import pre_tokenizers

from agent.joint.joint_config import GeneratorConfig, JointShape, RetrieverConfig
from tests.tools.adapters.diffusers.tiny_pipelines import write_stable_diffusion
from tools.models.catalogue import Catalogue

CLIP: dict[str, Any] = {
    "model_cfg": {
        "embed_dim": 8,
        "vision_cfg": {
            "image_size": 32, "patch_size": 4, "layers": 3, "width": 16, "head_width": 8
        },
        "text_cfg": {"context_length": 6, "vocab_size": 8, "width": 8, "heads": 2, "layers": 1},
    },
    "preprocess_cfg": {"mean": [0.5, 0.4, 0.3], "std": [0.5, 0.6, 0.7]},
}  # fmt: skip
SHAPE = JointShape(
    rank=2,
    vision_encoder="classify/tiny",
    audio_encoder="classify_sound/tiny",
    features={"image": 18, "video": 18, "audio": 16},
    slots=16,
    signals=2,
    output_width=16,
    output_depth=1,
    generators={"image": GeneratorConfig(card="draw/tiny", width=16, max_vectors=16)},
    retriever=RetrieverConfig(card="classify/sprites", width=192),
)
LANGUAGE_MODEL_CARD = "llm/tiny"
END = "<|im_end|>"


def write_qwen2(folder: Path) -> None:
    """A language model that reads letters; its words are not the same going in as coming out."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: number for number, letter in enumerate([END, *letters])}
    transformers.Qwen2Tokenizer(
        vocab=vocabulary, merges=[], eos_token=END, unk_token=END, pad_token=END
    ).save_pretrained(folder)
    told = transformers.Qwen2Config(
        vocab_size=len(vocabulary), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, eos_token_id=0, tie_word_embeddings=False,
    )  # fmt: skip
    transformers.Qwen2ForCausalLM(told).save_pretrained(folder)


def write_clip(folder: Path) -> None:
    folder.mkdir()
    (folder / "open_clip_config.json").write_text(json.dumps(CLIP))
    weights = open_clip.CLIP(**CLIP["model_cfg"]).state_dict()
    save_file(weights, folder / "open_clip_pytorch_model.safetensors")


def write_ast(folder: Path) -> None:
    told = transformers.ASTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_length=128, num_mel_bins=32, id2label={0: "dog", 1: "rain"},
    )  # fmt: skip
    transformers.ASTForAudioClassification(told).save_pretrained(folder)
    transformers.ASTFeatureExtractor(max_length=128, num_mel_bins=32).save_pretrained(folder)


PARTS = {
    "llm/qwen2.5-7b": (LANGUAGE_MODEL_CARD, write_qwen2, ""),
    "classify/clip-vit-l-14": (SHAPE.vision_encoder, write_clip, ""),
    "classify_sound/ast-audioset": (SHAPE.audio_encoder, write_ast, 'window = "1.3"'),
    "draw/stable-diffusion-1.5": (
        SHAPE.generators["image"].card,
        write_stable_diffusion,
        'variant = "fp16", steps = "2", guidance = "7.5"',
    ),
}
"""For each full-size card the tiny one in its place, what writes it, and its settings."""


def put_parts(home: Path) -> None:
    """The checkpoints, and cards that differ from the full-size ones in where they are."""
    catalogue = home / "catalogue"
    catalogue.mkdir()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for number, (full_size, (card_id, write, settings)) in enumerate(PARTS.items()):
            folder = home / f"tiny{number}"
            write(folder)
            card = Catalogue.load(home)[full_size]
            [repository] = card.repositories
            (catalogue / f"tiny{number}.toml").write_text(
                f'[[model]]\nid = "{card_id}"\ntools = {json.dumps(card.tools)}\n'
                f'adapter = "{card.adapter}"\nsettings = {{ {settings} }}\n'
                'licence = "MIT"\ncommercial_use = true\nquality = 9\n'
                'quality_source = "none"\ncannot = "do anything"\nmemory_bytes = 1_000_000\n'
                f'repositories = [{{ sources = ["file:{folder}"], '
                f"files = {json.dumps(repository.files)}, bytes = 1_000_000 }}]\n"
            )
