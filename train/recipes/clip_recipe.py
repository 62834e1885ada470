"""The small CLIP: scores how well a sentence matches a scene.

A ResNet with attention pooling as in CLIP's RN50, a quarter as wide, and a text transformer of
three layers. Both are classes of open_clip with a small configuration.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
import open_clip
import torch
from torch import Tensor, nn
from torch.nn import functional

from evals.scoring.vision_scores import score_matcher
from evals.world import make_scene, scene_batch
from evals.world.vocabulary import KINDS, NUMBERS
from tools.adapters.torch.open_clip import OpenClip
from train.loop.optimizers import muon_and_adamw
from train.loop.recipe import Recipe
from train.recipes.detect_recipe import NAMES, cells_of
from train.recipes.image_tensors import (
    plain_attention,
    read_weights,
    to_tensor,
    weather,
    write_state,
)

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SIZE = 64
WORDS = 32
"""The longest sentence of the world has 27 tokens, plus start and end."""
SCORED = 256
SPOKEN = 1_500
"""Enough scenes for every phrase to occur."""
FORGOTTEN = 0.02
"""Share of words replaced by the unknown token, to train for unknown words."""
PADDING, UNKNOWN, START, END = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
CONFIG, WEIGHTS, TOKENIZER = "config.json", "model.safetensors", "tokenizer.json"


def tokenizer() -> Tokenizer:
    """Build a word tokenizer with the end token last, as CLIP requires."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    said = chain.from_iterable(make_scene("train", 0, n).sentences for n in range(SPOKEN))
    named = chain.from_iterable(
        (kind.name, kind.plural, *kind.words, *kind.words.values()) for kind in KINDS.values()
    )
    spoken = chain(said, named, NUMBERS, map(str, range(10)))
    words = sorted({word for text in spoken for word in re.findall(r"\w+|[^\w\s]", text.lower())})
    vocabulary = {word: n for n, word in enumerate((PADDING, UNKNOWN, START, *words, END))}
    made = Tokenizer(models.WordLevel(vocabulary, UNKNOWN))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Split(Regex(r"\w+|[^\w\s]"), "removed", invert=True)
    made.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}",
        special_tokens=[(START, vocabulary[START]), (END, vocabulary[END])],
    )
    made.enable_padding(length=WORDS)
    made.enable_truncation(WORDS)
    return made


def clip_config(words: int) -> dict[str, Any]:
    """Return the configuration of open_clip: network and image preprocessing."""
    return {
        "model_cfg": {
            "embed_dim": 192,
            "vision_cfg": {
                "image_size": SIZE,
                "layers": [1, 1, 2, 1],
                "width": 24,
                "head_width": 32,
            },
            "text_cfg": {
                "context_length": WORDS,
                "vocab_size": words,
                "width": 160,
                "heads": 5,
                "layers": 3,
            },
        },
        "preprocess_cfg": {"mean": [0.0] * 3, "std": [1.0] * 3, "size": SIZE},
    }


class ClipInTraining(nn.Module):
    """CLIP, with a head that classifies each cell."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        self.clip = open_clip.CLIP(**config["model_cfg"])
        self.cells = nn.Conv2d(self.clip.visual.layer2[-1].bn3.num_features, len(NAMES) + 1, 1)


class ClipBatch(NamedTuple):
    pixels: Tensor
    """(B, 3, 64, 64), from 0 to 1."""
    cells: Tensor
    """(B, 8, 8): index of the object in front; the last index is the background."""
    words: Tensor
    """(B, WORDS)."""


class ClipRecipe(Recipe[ClipBatch]):
    """Contrastive loss over images and sentences, and cells by cross-entropy."""

    name: ClassVar[str] = "clip"
    model_id: ClassVar[str] = "classify/sprites"
    network: ClipInTraining
    batch_size = 96
    warmup_steps = 60
    averaging = 0.99

    def build(self) -> nn.Module:
        self.tokenizer = tokenizer()
        self.config = clip_config(self.tokenizer.get_vocab_size())
        return ClipInTraining(self.config).to(memory_format=torch.channels_last)

    def batch(self, number: int) -> ClipBatch:
        made = scene_batch("train", self.seed, number * self.batch_size, self.batch_size)
        said = torch.tensor([found.ids for found in self.tokenizer.encode_batch(made.sentences)])
        chance = torch.Generator().manual_seed(number)
        words = (said > 2) & (said < self.tokenizer.get_vocab_size() - 1)
        forgotten = torch.rand(said.shape, generator=chance) < FORGOTTEN
        said[words & forgotten] = self.tokenizer.token_to_id(UNKNOWN)
        cells = torch.from_numpy(np.stack([cells_of(scene) for scene in made.scenes]))
        return ClipBatch(
            to_tensor(made.pixels, self.device), cells.to(self.device), said.to(self.device)
        )

    def loss(self, batch: ClipBatch) -> Tensor:
        clip = self.network.clip
        eyes = clip.visual
        with plain_attention():
            near = eyes.layer2(eyes.layer1(eyes.stem(weather(batch.pixels))))
            seen = eyes.attnpool(eyes.layer4(eyes.layer3(near)))
            said = clip.encode_text(batch.words)
        cells = functional.cross_entropy(self.network.cells(near).float(), batch.cells)
        seen, said = (functional.normalize(vector.float(), dim=-1) for vector in (seen, said))
        fits = clip.logit_scale.exp().clamp(max=100) * seen @ said.T
        right = torch.arange(len(fits), device=self.device)
        matched = functional.cross_entropy(fits, right) + functional.cross_entropy(fits.T, right)
        return matched / 2 + 0.5 * cells

    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        return muon_and_adamw(self, lambda name: "resblocks" in name)

    def ship(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CONFIG).write_text(json.dumps(self.config, indent=1) + "\n")
        write_state(self.network.clip, folder / WEIGHTS)
        self.tokenizer.save(str(folder / TOKENIZER))

    def load_weights(self, folder: Path) -> None:
        read_weights(self.network.clip, folder)

    def score(self) -> Mapping[str, float]:
        def read(texts: Sequence[str]) -> Tensor:
            return torch.tensor([found.ids for found in self.tokenizer.encode_batch(list(texts))])

        model = OpenClip(self.network.clip, read, self.config["preprocess_cfg"])
        return {name: score.share for name, score in score_matcher(model, SCORED).items()}

    def about(self) -> Iterable[str]:
        return (
            "Scores how well a text matches a picture of the sprite world: a CLIP of open_clip, "
            "trained from scratch, with a ResNet a third as wide as CLIP's smallest and a text "
            "transformer of three layers with a vocabulary of some 400 words.",
            "It was trained on scenes of the sprite world (evals/world), each seen once with a "
            "sentence. The test split has combinations of objects, numbers, relations and "
            "backgrounds that are not in the training split. It does not work on photos, and "
            "distinguishes numbers less well than objects.",
        )
