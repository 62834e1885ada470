"""A joint model of a few thousand numbers, with the shipped encoders and generators around it."""

import hashlib
import shutil
from copy import deepcopy
from pathlib import Path
from typing import TypeVar

import torch
from safetensors.torch import save_file

from agent.joint.joint_config import GeneratorConfig, JointShape, RetrieverConfig
from agent.joint.joint_model import LANGUAGE_MODEL, WEIGHTS, JointModel
from tools.home import home
from tools.models.catalogue import Catalogue

Mind = TypeVar("Mind", bound=JointModel)
WORDS = "[UNK] [END] a one two three dogs dog cats cat draw how many are there ? on blue left of"

SHAPE = JointShape(
    rank=2,
    vision_encoder="detect/sprites",
    audio_encoder="classify_sound/sprites",
    features={"image": 133, "video": 133, "audio": 128},
    output_width=16,
    output_depth=1,
    generators={
        "image": GeneratorConfig(card="draw/sprites", width=128, max_vectors=24),
        "video": GeneratorConfig(card="make_video/sprites", width=128, max_vectors=24),
        "audio": GeneratorConfig(card="make_sound/sprites", width=128, max_vectors=24),
    },
    retriever=RetrieverConfig(card="classify/sprites", width=192),
)
CODES_SHAPE = SHAPE.model_copy(
    update={
        "signals": 1,
        "generators": {"image": GeneratorConfig(card="decode/scenes", width=1, max_vectors=66)},
        "retriever": None,
    }
)


def write_language_model(folder: Path) -> None:
    """Write a language model of two layers."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    vocabulary = {word: number for number, word in enumerate(WORDS.split())}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", eos_token="[END]"
    ).save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=len(vocabulary),
                hidden_size=32,
                intermediate_size=64,
                num_hidden_layers=2,
                num_attention_heads=2,
                num_key_value_heads=1,
                eos_token_id=1,
                bos_token_id=1,
            )
        )
    network.save_pretrained(folder)


def begin(mind_class: type[Mind], shape: JointShape, language_model: Path) -> Mind:
    """Return a joint model around this language model, the same each time."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        files = {path.name: path for path in language_model.iterdir()}
        return mind_class.create(shape, files, Catalogue.load(home()))


def copy_of(mind: Mind) -> Mind:
    """Return a copy whose network can be changed; what is never trained is shared."""
    return type(mind)(deepcopy(mind.network), mind.tokenizer, mind.encoders)


def put_joint(home: Path, mind: JointModel) -> None:
    """The trained parts of a joint model as files, with their card."""
    folder = home / "joint"
    shutil.copytree(home / "tiny", folder / LANGUAGE_MODEL)
    mind.network.shape.write(folder)
    save_file(mind.network.trained.state_dict(), folder / WEIGHTS)
    lines = [
        '[[model]]\nid = "joint/tiny"\ntools = ["converse", "add"]\n'
        'adapter = "agent.joint.joint_model:JointModel"\n'
        'licence = "Apache-2.0"\ncommercial_use = true\nquality = 9\nquality_source = "none"\n'
        'domain = "any"\ncannot = "do anything"\n'
    ]
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        lines.append(
            f'[[model.files]]\nname = "{path.relative_to(folder)}"\nformat = "{path.suffix[1:]}"\n'
            f'sources = ["file:{path}"]\nsha256 = "{hashlib.sha256(content).hexdigest()}"\n'
            f"bytes = {len(content)}\n"
        )
    catalogue = home / "catalogue"
    catalogue.mkdir()
    (catalogue / "joint.toml").write_text("\n".join(lines))
