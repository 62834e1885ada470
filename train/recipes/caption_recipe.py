"""The small captioner: describes a scene and answers questions about it.

The encoder is a ResNet with a small vision transformer, the decoder a GPT-2 of three layers. A
question is the prefix of its output: `[CLS] how many dogs are there ? [SEP] 3 [SEP]`; without one
it writes the caption.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import (
    DPTConfig,
    GPT2Config,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
)

from evals.scoring.vision_scores import score_answers, score_captioner
from evals.world import Scene, make_scene, scene_batch
from evals.world.images.scene_content import COLOURS
from evals.world.vocabulary import KINDS, NUMBERS
from tools.adapters.transformers.vision_encoder_decoder import VisionEncoderDecoder
from train.loop.optimizers import muon_and_adamw
from train.loop.recipe import SHIPPED, Recipe
from train.recipes.detect_recipe import NAMES, backbone_config, cells_of
from train.recipes.image_tensors import (
    plain_attention,
    read_weights,
    to_tensor,
    weather,
    write_weights,
)

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

SIZE = 64
WIDTH = 128
WORDS = 40
"""Fits the longest question and the longest caption, which has 18 words."""
QUESTIONS = 3
"""Questions per scene, beside its caption."""
FORGOTTEN = 0.05
"""Share of question words replaced by the unknown token, to train for unknown words."""
SPOKEN = 1_000
"""Enough scenes for every question phrase to occur."""
CAPTIONS = ("a circle left of an egg above the square on a black and white background inside",)
SCORED = 100
IGNORED = -100
PADDING, UNKNOWN, START, END = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
TOKENIZER = "tokenizer.json"
SETTINGS = {
    "size": str(SIZE),
    "mean": "0",
    "deviation": "1",
    "caption": f"{START}{END}",
    "question": f"{START}{{question}}{END}",
}
"""The settings in the card."""


def tokenizer() -> PreTrainedTokenizerFast:
    """Build a word tokenizer for every caption, question and answer."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    names = chain.from_iterable(
        (kind.name, kind.plural, *kind.words, *kind.words.values()) for kind in KINDS.values()
    )
    asked = (
        f"{question.text} {question.answer}"
        for number in range(SPOKEN)
        for question in make_scene("train", 0, number).questions
    )
    spoken = chain(names, asked, NUMBERS, map(str, range(10)), COLOURS, CAPTIONS)
    words = sorted({word for text in spoken for word in re.findall(r"\w+|[^\w\s]", text.lower())})
    vocabulary = {
        word: number for number, word in enumerate((PADDING, UNKNOWN, START, END, *words))
    }
    made = Tokenizer(models.WordLevel(vocabulary, UNKNOWN))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Split(Regex(r"\w+|[^\w\s]"), "removed", invert=True)
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        model_max_length=WORDS,
        bos_token=START,
        eos_token=END,
        unk_token=UNKNOWN,
        pad_token=PADDING,
    )


def captioner_config(words: int) -> VisionEncoderDecoderConfig:
    backbone = backbone_config(("stem", "stage1", "stage2"))
    seeing = DPTConfig(
        is_hybrid=True,
        backbone_config=backbone,
        backbone_featmap_shape=[1, backbone.hidden_sizes[-1], 8, 8],
        image_size=SIZE,
        patch_size=8,
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=4 * WIDTH,
        layer_norm_eps=1e-6,
    )
    writing = GPT2Config(
        vocab_size=words,
        n_positions=WORDS,
        n_embd=WIDTH,
        n_layer=3,
        n_head=4,
        activation_function="gelu",
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        bos_token_id=2,
        eos_token_id=3,
        pad_token_id=0,
        is_decoder=True,
        add_cross_attention=True,
    )
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(seeing, writing)
    config.decoder_start_token_id = 2
    config.eos_token_id = 3
    config.pad_token_id = 0
    return config


class CaptionerInTraining(nn.Module):
    """The captioner, with a head that classifies each cell."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.captioner = VisionEncoderDecoderModel(captioner_config(words))
        self.cells = nn.Linear(WIDTH, len(NAMES) + 1)


class CaptionBatch(NamedTuple):
    pixels: Tensor
    """(B, 3, 64, 64), from 0 to 1."""
    cells: Tensor
    """(B, 8, 8): index of the object in front; the last index is the background."""
    scenes: Tensor
    """(T,): the scene index of each text."""
    words: Tensor
    """(T, L): input tokens."""
    answers: Tensor
    """(T, L): next tokens; IGNORE_INDEX within the question."""


class CaptionRecipe(Recipe[CaptionBatch]):
    """Next tokens by cross-entropy, for one caption and some questions per scene."""

    name: ClassVar[str] = "caption"
    model_id: ClassVar[str] = "caption/sprites"
    network: CaptionerInTraining
    batch_size = 32
    warmup_steps = 100
    averaging = 0.995

    def build(self) -> nn.Module:
        self.tokenizer = tokenizer()
        network = CaptionerInTraining(len(self.tokenizer))
        nn.init.trunc_normal_(network.captioner.encoder.embeddings.position_embeddings, std=0.02)
        _open_eyes(network.captioner)
        return network.to(memory_format=torch.channels_last)

    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        return muon_and_adamw(self, _is_within)

    def batch(self, number: int) -> CaptionBatch:
        made = scene_batch("train", self.seed, number * self.batch_size, self.batch_size)
        chance = np.random.default_rng((self.seed, number))
        said = [
            (scene_index, question, answer)
            for scene_index, scene in enumerate(made.scenes)
            for question, answer in _texts(scene, chance)
        ]
        words, answers = self._written([(question, answer) for _, question, answer in said], chance)
        return CaptionBatch(
            pixels=to_tensor(made.pixels, self.device),
            cells=torch.from_numpy(np.stack([cells_of(scene) for scene in made.scenes])).to(
                self.device
            ),
            scenes=torch.tensor([scene_index for scene_index, _, _ in said], device=self.device),
            words=words.to(self.device),
            answers=answers.to(self.device),
        )

    def _written(
        self, texts: Sequence[tuple[str, str]], chance: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return input tokens, and target tokens of the answers only."""
        tokens = self.tokenizer
        begin, end, unknown = (tokens.convert_tokens_to_ids(word) for word in (START, END, UNKNOWN))
        questions = tokens([question for question, _ in texts], add_special_tokens=False).input_ids
        replies = tokens([answer for _, answer in texts], add_special_tokens=False).input_ids
        longest = max(len(q) + len(r) for q, r in zip(questions, replies, strict=True)) + 2
        words = torch.full((len(texts), longest), tokens.convert_tokens_to_ids(PADDING))
        answers = torch.full((len(texts), longest), IGNORED)
        for row, (question, reply) in enumerate(zip(questions, replies, strict=True)):
            forgotten = chance.random(len(question)) < FORGOTTEN
            asked = [unknown if gone else w for w, gone in zip(question, forgotten, strict=True)]
            text = [begin, *asked, end, *reply, end]
            words[row, : len(text) - 1] = torch.tensor(text[:-1])
            answers[row, len(asked) + 1 : len(text) - 1] = torch.tensor(text[len(asked) + 2 :])
        return words, answers

    def loss(self, batch: CaptionBatch) -> Tensor:
        captioner = self.network.captioner
        eyes = captioner.encoder.embeddings.backbone
        # A frozen backbone keeps its batch norm statistics as well.
        eyes.train(next(eyes.parameters()).requires_grad)
        with plain_attention():
            seen = captioner.encoder(weather(batch.pixels)).last_hidden_state
            found = captioner(
                encoder_outputs=(seen[batch.scenes],),
                decoder_input_ids=batch.words,
                use_cache=False,
            ).logits.float()
        covered = self.network.cells(seen[:, 1:]).float().transpose(1, 2).unflatten(2, (8, 8))
        cells = functional.cross_entropy(covered, batch.cells)
        words = functional.cross_entropy(
            found.flatten(0, 1), batch.answers.flatten(), ignore_index=IGNORED
        )
        return words + 0.3 * cells

    def ship(self, folder: Path) -> None:
        write_weights(self.network.captioner, folder)
        self.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))

    def load_weights(self, folder: Path) -> None:
        """Load shipped weights; words they do not know stay randomly initialized."""
        from tokenizers import Tokenizer

        theirs = Tokenizer.from_file(str(folder / TOKENIZER)).get_vocab()
        shipped = VisionEncoderDecoderModel(captioner_config(len(theirs)))
        read_weights(shipped, folder)
        ours = self.network.captioner.state_dict()
        known = [word for word in self.tokenizer.get_vocab() if word in theirs]
        here = [self.tokenizer.get_vocab()[word] for word in known]
        there = [theirs[word] for word in known]
        for name, value in shipped.state_dict().items():
            if value.shape == ours[name].shape and len(theirs) not in value.shape:
                ours[name].copy_(value)
            else:
                ours[name][here] = value[there].to(ours[name].device)

    def score(self) -> Mapping[str, float]:
        model = VisionEncoderDecoder(
            self.network.captioner, self.tokenizer.backend_tokenizer, SETTINGS
        )
        scores = {
            **score_captioner(model, SCORED),
            **{f"ask: {kind}": score for kind, score in score_answers(model, SCORED).items()},
            **{
                f"ask, in unseen phrasing: {kind}": score
                for kind, score in score_answers(model, SCORED, "unseen").items()
            },
        }
        return {name: score.share for name, score in scores.items()}

    def about(self) -> Iterable[str]:
        return (
            "Describes pictures of the sprite world in a sentence and answers questions about "
            "them: a VisionEncoderDecoderModel of transformers, trained from scratch. Its encoder "
            "is the ResNet of the small detector, which is frozen, with two transformer layers; "
            "its decoder is a GPT-2 of three layers with a vocabulary of some 350 words.",
            "It was trained on scenes of the sprite world (evals/world), each seen once with its "
            "caption and three questions. The test split has combinations of objects, numbers, "
            "relations and backgrounds that are not in the training split. It does not work on "
            "photos. Its most frequent errors are the colours of gradient backgrounds and the "
            "numbers of overlapping objects; it does not understand words outside its vocabulary.",
        )


def _texts(scene: Scene, chance: np.random.Generator) -> Iterator[tuple[str, str]]:
    """Yield the caption, then questions with answers, all kinds equally often."""
    yield "", scene.caption
    kinds: dict[str, list[tuple[str, str]]] = {}
    for question in scene.questions:
        kinds.setdefault(question.kind, []).append((question.text, question.answer))
    for kind in chance.choice(sorted(kinds), QUESTIONS):
        yield kinds[kind][chance.integers(len(kinds[kind]))]


def _is_within(name: str) -> bool:
    """Return whether a weight belongs to the inner transformer layers."""
    outer = ("embeddings", ".wte.", ".wpe.", "head", "cells")
    return not any(part in name for part in outer)


def _open_eyes(captioner: VisionEncoderDecoderModel) -> None:
    """Copy and freeze the backbone of the shipped detector.

    It was trained on the same objects. Without a shipped detector the backbone is trained here.
    """
    from safetensors.torch import load_file

    weights = SHIPPED / "detect" / "model.safetensors"
    if weights.exists():
        eyes = "model.backbone.model."
        found = {
            name.removeprefix(eyes): value.float()
            for name, value in load_file(weights).items()
            if name.startswith(eyes)
        }
        backbone = captioner.encoder.embeddings.backbone
        backbone.load_state_dict(found)
        backbone.requires_grad_(False)
