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
from train.recipes.detect_recipe import NAMES, backbone_config, cell_targets
from train.recipes.image_tensors import (
    augment_images,
    plain_attention,
    read_weights,
    to_tensor,
    write_weights,
)

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

SIZE = 64
WIDTH = 128
MAX_TOKENS = 40
"""Fits the longest question and the longest caption, which has 18 words."""
QUESTIONS_PER_SCENE = 3
"""Questions per scene, beside its caption."""
UNKNOWN_RATE = 0.05
"""Share of question words replaced by the unknown token, to train for unknown words."""
VOCABULARY_SCENES = 1_000
"""Enough scenes for every question phrase to occur."""
CAPTIONS = ("a circle left of an egg above the square on a black and white background inside",)
SCORED_SCENES = 100
IGNORE_INDEX = -100
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
    question_texts = (
        f"{question.text} {question.answer}"
        for number in range(VOCABULARY_SCENES)
        for question in make_scene("train", 0, number).questions
    )
    texts = chain(names, question_texts, NUMBERS, map(str, range(10)), COLOURS, CAPTIONS)
    words = sorted({word for text in texts for word in re.findall(r"\w+|[^\w\s]", text.lower())})
    vocabulary = {
        word: number for number, word in enumerate((PADDING, UNKNOWN, START, END, *words))
    }
    word_tokenizer = Tokenizer(models.WordLevel(vocabulary, UNKNOWN))
    word_tokenizer.normalizer = normalizers.Lowercase()
    word_tokenizer.pre_tokenizer = pre_tokenizers.Split(
        Regex(r"\w+|[^\w\s]"), "removed", invert=True
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer,
        model_max_length=MAX_TOKENS,
        bos_token=START,
        eos_token=END,
        unk_token=UNKNOWN,
        pad_token=PADDING,
    )


def captioner_config(words: int) -> VisionEncoderDecoderConfig:
    backbone = backbone_config(("stem", "stage1", "stage2"))
    encoder = DPTConfig(
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
    decoder = GPT2Config(
        vocab_size=words,
        n_positions=MAX_TOKENS,
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
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(encoder, decoder)
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
        _copy_backbone(network.captioner)
        return network.to(memory_format=torch.channels_last)

    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        return muon_and_adamw(self, _is_inner_weight)

    def batch(self, number: int) -> CaptionBatch:
        world_batch = scene_batch("train", self.seed, number * self.batch_size, self.batch_size)
        rng = np.random.default_rng((self.seed, number))
        texts = [
            (scene_index, question, answer)
            for scene_index, scene in enumerate(world_batch.scenes)
            for question, answer in _caption_and_questions(scene, rng)
        ]
        words, answers = self._encode_texts(
            [(question, answer) for _, question, answer in texts], rng
        )
        return CaptionBatch(
            pixels=to_tensor(world_batch.pixels, self.device),
            cells=torch.from_numpy(
                np.stack([cell_targets(scene) for scene in world_batch.scenes])
            ).to(self.device),
            scenes=torch.tensor([scene_index for scene_index, _, _ in texts], device=self.device),
            words=words.to(self.device),
            answers=answers.to(self.device),
        )

    def _encode_texts(
        self, texts: Sequence[tuple[str, str]], rng: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return input tokens, and target tokens of the answers only."""
        tokens = self.tokenizer
        begin, end, unknown = (tokens.convert_tokens_to_ids(word) for word in (START, END, UNKNOWN))
        questions = tokens([question for question, _ in texts], add_special_tokens=False).input_ids
        replies = tokens([answer for _, answer in texts], add_special_tokens=False).input_ids
        max_length = max(len(q) + len(r) for q, r in zip(questions, replies, strict=True)) + 2
        words = torch.full((len(texts), max_length), tokens.convert_tokens_to_ids(PADDING))
        answers = torch.full((len(texts), max_length), IGNORE_INDEX)
        for row, (question, reply) in enumerate(zip(questions, replies, strict=True)):
            unknown_mask = rng.random(len(question)) < UNKNOWN_RATE
            question_ids = [
                unknown if is_unknown else w
                for w, is_unknown in zip(question, unknown_mask, strict=True)
            ]
            text = [begin, *question_ids, end, *reply, end]
            words[row, : len(text) - 1] = torch.tensor(text[:-1])
            answers[row, len(question_ids) + 1 : len(text) - 1] = torch.tensor(
                text[len(question_ids) + 2 :]
            )
        return words, answers

    def loss(self, batch: CaptionBatch) -> Tensor:
        captioner = self.network.captioner
        backbone = captioner.encoder.embeddings.backbone
        # A frozen backbone keeps its batch norm statistics as well.
        backbone.train(next(backbone.parameters()).requires_grad)
        with plain_attention():
            features = captioner.encoder(augment_images(batch.pixels)).last_hidden_state
            logits = captioner(
                encoder_outputs=(features[batch.scenes],),
                decoder_input_ids=batch.words,
                use_cache=False,
            ).logits.float()
        cell_logits = (
            self.network.cells(features[:, 1:]).float().transpose(1, 2).unflatten(2, (8, 8))
        )
        cells = functional.cross_entropy(cell_logits, batch.cells)
        words = functional.cross_entropy(
            logits.flatten(0, 1), batch.answers.flatten(), ignore_index=IGNORE_INDEX
        )
        return words + 0.3 * cells

    def ship(self, folder: Path) -> None:
        write_weights(self.network.captioner, folder)
        self.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))

    def load_weights(self, folder: Path) -> None:
        """Load shipped weights; words they do not know stay randomly initialized."""
        from tokenizers import Tokenizer

        shipped_vocabulary = Tokenizer.from_file(str(folder / TOKENIZER)).get_vocab()
        shipped = VisionEncoderDecoderModel(captioner_config(len(shipped_vocabulary)))
        read_weights(shipped, folder)
        state = self.network.captioner.state_dict()
        shared_words = [word for word in self.tokenizer.get_vocab() if word in shipped_vocabulary]
        own_ids = [self.tokenizer.get_vocab()[word] for word in shared_words]
        shipped_ids = [shipped_vocabulary[word] for word in shared_words]
        for name, value in shipped.state_dict().items():
            if value.shape == state[name].shape and len(shipped_vocabulary) not in value.shape:
                state[name].copy_(value)
            else:
                state[name][own_ids] = value[shipped_ids].to(state[name].device)

    def score(self) -> Mapping[str, float]:
        model = VisionEncoderDecoder(
            self.network.captioner, self.tokenizer.backend_tokenizer, SETTINGS
        )
        scores = {
            **score_captioner(model, SCORED_SCENES),
            **{
                f"ask: {kind}": score for kind, score in score_answers(model, SCORED_SCENES).items()
            },
            **{
                f"ask, in unseen phrasing: {kind}": score
                for kind, score in score_answers(model, SCORED_SCENES, "unseen").items()
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


def _caption_and_questions(scene: Scene, rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """Yield the caption, then questions with answers, all kinds equally often."""
    yield "", scene.caption
    kinds: dict[str, list[tuple[str, str]]] = {}
    for question in scene.questions:
        kinds.setdefault(question.kind, []).append((question.text, question.answer))
    for kind in rng.choice(sorted(kinds), QUESTIONS_PER_SCENE):
        yield kinds[kind][rng.integers(len(kinds[kind]))]


def _is_inner_weight(name: str) -> bool:
    """Return whether a weight belongs to the inner transformer layers."""
    outer = ("embeddings", ".wte.", ".wpe.", "head", "cells")
    return not any(part in name for part in outer)


def _copy_backbone(captioner: VisionEncoderDecoderModel) -> None:
    """Copy and freeze the backbone of the shipped detector.

    It was trained on the same objects. Without a shipped detector the backbone is trained here.
    """
    from safetensors.torch import load_file

    weights = SHIPPED / "detect" / "model.safetensors"
    if weights.exists():
        prefix = "model.backbone.model."
        backbone_weights = {
            name.removeprefix(prefix): value.float()
            for name, value in load_file(weights).items()
            if name.startswith(prefix)
        }
        backbone = captioner.encoder.embeddings.backbone
        backbone.load_state_dict(backbone_weights)
        backbone.requires_grad_(False)
