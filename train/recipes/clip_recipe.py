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
from train.recipes.detect_recipe import NAMES, cell_targets
from train.recipes.image_tensors import (
    augment_images,
    plain_attention,
    read_weights,
    to_tensor,
    write_state,
)

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SIZE = 64
MAX_TOKENS = 32
"""The longest sentence of the world has 27 tokens, plus start and end."""
SCORED_SCENES = 256
VOCABULARY_SCENES = 1_500
"""Enough scenes for every phrase to occur."""
UNKNOWN_RATE = 0.02
"""Share of words replaced by the unknown token, to train for unknown words."""
PADDING, UNKNOWN, START, END = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
CONFIG, WEIGHTS, TOKENIZER = "config.json", "model.safetensors", "tokenizer.json"


def tokenizer() -> Tokenizer:
    """Build a word tokenizer with the end token last, as CLIP requires."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    sentences = chain.from_iterable(
        make_scene("train", 0, n).sentences for n in range(VOCABULARY_SCENES)
    )
    object_names = chain.from_iterable(
        (kind.name, kind.plural, *kind.words, *kind.words.values()) for kind in KINDS.values()
    )
    texts = chain(sentences, object_names, NUMBERS, map(str, range(10)))
    words = sorted({word for text in texts for word in re.findall(r"\w+|[^\w\s]", text.lower())})
    vocabulary = {word: n for n, word in enumerate((PADDING, UNKNOWN, START, *words, END))}
    word_tokenizer = Tokenizer(models.WordLevel(vocabulary, UNKNOWN))
    word_tokenizer.normalizer = normalizers.Lowercase()
    word_tokenizer.pre_tokenizer = pre_tokenizers.Split(
        Regex(r"\w+|[^\w\s]"), "removed", invert=True
    )
    word_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}",
        special_tokens=[(START, vocabulary[START]), (END, vocabulary[END])],
    )
    word_tokenizer.enable_padding(length=MAX_TOKENS)
    word_tokenizer.enable_truncation(MAX_TOKENS)
    return word_tokenizer


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
                "context_length": MAX_TOKENS,
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
        world_batch = scene_batch("train", self.seed, number * self.batch_size, self.batch_size)
        token_ids = torch.tensor(
            [encoding.ids for encoding in self.tokenizer.encode_batch(world_batch.sentences)]
        )
        generator = torch.Generator().manual_seed(number)
        is_word = (token_ids > 2) & (token_ids < self.tokenizer.get_vocab_size() - 1)
        unknown_mask = torch.rand(token_ids.shape, generator=generator) < UNKNOWN_RATE
        token_ids[is_word & unknown_mask] = self.tokenizer.token_to_id(UNKNOWN)
        cells = torch.from_numpy(np.stack([cell_targets(scene) for scene in world_batch.scenes]))
        return ClipBatch(
            to_tensor(world_batch.pixels, self.device),
            cells.to(self.device),
            token_ids.to(self.device),
        )

    def loss(self, batch: ClipBatch) -> Tensor:
        clip = self.network.clip
        visual = clip.visual
        with plain_attention():
            cell_features = visual.layer2(visual.layer1(visual.stem(augment_images(batch.pixels))))
            image_features = visual.attnpool(visual.layer4(visual.layer3(cell_features)))
            text_features = clip.encode_text(batch.words)
        cell_loss = functional.cross_entropy(self.network.cells(cell_features).float(), batch.cells)
        image_features, text_features = (
            functional.normalize(vector.float(), dim=-1)
            for vector in (image_features, text_features)
        )
        logits = clip.logit_scale.exp().clamp(max=100) * image_features @ text_features.T
        targets = torch.arange(len(logits), device=self.device)
        contrastive_loss = functional.cross_entropy(logits, targets) + functional.cross_entropy(
            logits.T, targets
        )
        return contrastive_loss / 2 + 0.5 * cell_loss

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
        def encode_texts(texts: Sequence[str]) -> Tensor:
            return torch.tensor(
                [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts))]
            )

        model = OpenClip(self.network.clip, encode_texts, self.config["preprocess_cfg"])
        return {name: score.share for name, score in score_matcher(model, SCORED_SCENES).items()}

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
