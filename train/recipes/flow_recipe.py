"""Shared recipe of the generators: sheets conditioned on sentences, with label losses.

Two auxiliary losses train both parts of the pipeline faster than the sheets alone: labels are
predicted from the pooled sentence, and from the hidden patches at half depth, which learn to attend
to the sentence where the input is mostly noise. The label heads do not ship.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from evals.user_catalogue import user_catalogue
from tools.sprites.adapters.language_model_encoder import (
    LANGUAGE_MODEL_FOLDER,
    LanguageModelEncoder,
    connect,
)
from train.loop.catalogue_card import file_tables
from train.loop.optimizers import muon_and_adamw
from train.recipes.piece_tokenizer import piece_tokenizer
from train.recipes.prx_recipe import (
    GUIDANCE,
    PARTS,
    STEPS,
    TEXT_DROPOUT,
    PipelineShape,
    PrxRecipe,
    is_layer_matrix,
    pool_text,
)
from train.recipes.sentence_features import (
    LANGUAGE_MODEL,
    LanguageModel,
    SentenceFeatures,
    open_language_model,
)
from train.recipes.subword_noise import tokenize_with_noise

if TYPE_CHECKING:
    from diffusers import PRXPixelPipeline, PRXTransformer2DModel

EXTRA_SENTENCES = 3
"""Extra sentences per sentence with a sheet: the label loss needs no sheet."""
EXTRA_OFFSET = 10_000_000
"""First sample number of the extra sentences."""
POOL_STEPS, POOL_USES = 400, 4
"""Steps that share a pool of extra sentences for a language model, and uses of each sentence."""
PCA_LAYER_RATE = 0.1
"""Learning rate of the PCA-initialized layers relative to the others."""
SENTENCE_LABEL_WEIGHT, PATCH_LABEL_WEIGHT = 0.02, 0.02
"""Weights of the label losses beside the flow loss: of the sentence, of the patches."""


class Sheets(NamedTuple):
    """Sheets with their sentences and labels."""

    values: Tensor
    """(B, channels, rows, columns), from -1 to 1."""
    text: Tensor
    """(T, W): subword tokens, first of the sentences about the sheets, then of the extra ones.
    For a recipe with a language model its features, (T, W, features)."""
    mask: Tensor
    """(T, W): the attention mask."""
    has_text: Tensor
    """(T): whether there is a sentence."""
    labels: Tensor
    """(T, labels): 1 where a label is true."""


class LabelledSentences(NamedTuple):
    """Sentences with their labels."""

    texts: Sequence[str]
    labels: Tensor
    """(texts, labels): 1 where a label is true."""


class FlowRecipe(PrxRecipe[Sheets]):
    """A flow matching generator of sheets from sentences."""

    shapes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "own": {},
        "pretrained": {"pretrained": True},
    }
    batch_size = 64
    learning_rate = 3e-3
    warmup_steps = 60
    averaging = 0.99
    channels: int
    rows: int
    columns: int
    patch: int
    labels: int
    max_tokens: int
    """Maximum subword tokens in a sentence."""
    vocabulary_size: int
    """Subwords in the vocabulary."""
    noises_per_sheet = 4
    time_shift = 0.8
    shift = 3.0
    """Time shift of the sampler; larger values spend more steps at high noise."""
    width = 192
    depth = 4
    text_width = 128
    text_depth = 2
    init_samples = 512
    """Samples whose patches initialize the input and output layers."""

    def __init__(self, seed: int = 0, device: str = "cpu", *, pretrained: bool = False) -> None:
        """`pretrained` reads with a frozen language model instead of an encoder of its own."""
        self.pretrained = pretrained
        super().__init__(seed, device)

    @cached_property
    def language_model(self) -> LanguageModel:
        """The language model that reads the sentences."""
        return open_language_model()

    @cached_property
    def sentence_features(self) -> SentenceFeatures:
        """The cached features of sentences."""
        return SentenceFeatures(self.language_model, self.max_tokens)

    @abstractmethod
    def sentences(self) -> Iterable[str]:
        """Return enough sentences for every word to occur."""

    @abstractmethod
    def values(self, first: int, count: int) -> Tensor:
        """Return the samples numbered from `first` as sheets."""

    @abstractmethod
    def reading(self, first: int, count: int) -> LabelledSentences:
        """Return a sentence about each of these samples."""

    def build(self) -> nn.Module:
        if self.pretrained:
            tokenizer = self.language_model.tokenizer
        else:
            tokenizer = piece_tokenizer(self.sentences(), self.max_tokens, self.vocabulary_size)
        shape = PipelineShape(
            channels=self.channels,
            rows=self.rows,
            patch=self.patch,
            width=self.width,
            depth=self.depth,
            text_width=self.text_width,
            text_inner=2 * self.text_width,
            text_depth=self.text_depth,
            max_tokens=self.max_tokens,
            shift=self.shift,
            features=self.sentence_features.width if self.pretrained else 0,
        )
        self.pipeline = self.make_pipeline(shape, tokenizer)
        self._initialize_layers(self.pipeline.transformer)
        heads = {
            "sentence_head": nn.Linear(self.text_width, self.labels),
            "patch_head": nn.Linear(self.width, self.labels),
        }
        for head in heads.values():
            # Most labels are false for most samples.
            nn.init.constant_(head.bias, -4)
        parts = {name: getattr(self.pipeline, name) for name in PARTS}
        return nn.ModuleDict({**parts, **heads})

    @torch.no_grad()
    def _initialize_layers(self, transformer: PRXTransformer2DModel) -> None:
        """Initialize the input and output layers with the patches' principal components."""
        patches = functional.unfold(
            self.values(0, self.init_samples), self.patch, stride=self.patch
        )
        vectors = patches.transpose(1, 2).flatten(0, 1)
        mean_vector = vectors.mean(dim=0)
        count = min(self.width, *vectors.shape)
        directions = torch.svd_lowrank(vectors - mean_vector, count)[2]
        transformer.img_in.weight[:count] = directions.T
        transformer.final_layer.linear.weight[:, :count] = directions / 2
        transformer.final_layer.linear.bias.copy_(mean_vector)

    def current_weight_names(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        heads = {"asked": "sentence_head", "shown": "patch_head"}
        return {
            ".".join([heads.get(head, head), *rest]): weight
            for name, weight in weights.items()
            for head, *rest in [name.split(".")]
        }

    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        transformer = self.pipeline.transformer
        prepared = [
            transformer.img_in.weight,
            transformer.final_layer.linear.weight,
            transformer.final_layer.linear.bias,
        ]
        slow = torch.optim.AdamW(
            prepared,
            lr=PCA_LAYER_RATE * self.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=0.0,
            fused=True,
        )
        return [*muon_and_adamw(self, is_layer_matrix, prepared), slow]

    def batch(self, number: int) -> Sheets:
        count = self.batch_size // self.noises_per_sheet
        rng = np.random.default_rng((self.seed, number))
        readings = self.reading(number * count, count)
        extra_readings = self._extra_readings(number, count * EXTRA_SENTENCES)
        texts = [
            "" if rng.random() < TEXT_DROPOUT else text
            for text in (*readings.texts, *extra_readings.texts)
        ]
        text, mask = self._encode(texts, rng)
        has_text = torch.tensor([bool(text) for text in texts])
        labels = torch.cat([readings.labels, extra_readings.labels])
        return Sheets(self.values(number * count, count), text, mask, has_text, labels)

    def _extra_readings(self, number: int, count: int) -> LabelledSentences:
        """Return a batch's sentences without a sheet.

        Their sample numbers are beyond those of any batch. A language model is slow, so its
        sentences come from pools, from which each is used several times.
        """
        if not self.pretrained:
            return self.reading(EXTRA_OFFSET + number * count, count)
        pool, step = divmod(number, POOL_STEPS)
        share = POOL_STEPS // POOL_USES
        order = np.random.default_rng((self.seed, pool, step // share)).permutation(share)
        return self.reading(EXTRA_OFFSET + (pool * share + int(order[step % share])) * count, count)

    def _encode(self, texts: Sequence[str], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        if self.pretrained:
            return self.sentence_features.encode(texts)
        return tokenize_with_noise(texts, self.pipeline.tokenizer, self.max_tokens, rng)

    def loss(self, batch: Sheets) -> Tensor:
        sheets = Sheets(*(tensor.to(self.device) for tensor in batch))
        encoder = self.network["text_encoder"]
        text = (
            connect(encoder, sheets.text, sheets.mask)
            if self.pretrained
            else encoder(input_ids=sheets.text, attention_mask=sheets.mask).last_hidden_state
        )
        count = len(sheets.values)
        visible = slice(0, int(sheets.mask[:count].sum(dim=1).max()))
        output = self.predict_sheets(
            sheets.values, text[:count, visible], sheets.mask[:count, visible]
        )
        sentence_logits = self.network["sentence_head"](pool_text(text, sheets.mask))
        patch_logits = self.network["patch_head"](output.hidden_states.mean(dim=1))
        labels = sheets.labels[:count].repeat(self.noises_per_sheet, 1)
        has_text = sheets.has_text[:count].repeat(self.noises_per_sheet)
        return (
            output.loss
            + SENTENCE_LABEL_WEIGHT * _label_loss(sentence_logits, sheets.labels, sheets.has_text)
            + PATCH_LABEL_WEIGHT * _label_loss(patch_logits, labels, has_text)
        )

    @cached_property
    def sampler(self) -> PRXPixelPipeline:
        """The pipeline that generates sheets, with the language model if it reads with one."""
        if not self.pretrained:
            return self.pipeline
        network = self.language_model.network.to(self.device)
        sampler = copy.copy(self.pipeline)
        sampler.text_encoder = LanguageModelEncoder(network, self.pipeline.text_encoder)
        return sampler

    def ship(self, folder: Path) -> None:
        super().ship(folder)
        if self.pretrained:
            self.language_model.network.config.save_pretrained(folder / LANGUAGE_MODEL_FOLDER)

    def own_card(self) -> str:
        """Return the card of a shape that does not ship, with the language model's weights."""
        weights = [
            file
            for file in user_catalogue()[LANGUAGE_MODEL].files
            if self.pretrained and file.name.endswith(".safetensors")
        ]
        return self.card + file_tables(weights, LANGUAGE_MODEL_FOLDER)

    def reading_sentence(self) -> str:
        """Return the sentence of the model card about how the generator reads."""
        if not self.pretrained:
            return "Its text encoder was trained with it, from scratch."
        return (
            f"It reads with {LANGUAGE_MODEL}, frozen, through a connector of {self.text_depth} "
            "layers that was trained with it."
        )

    def sheet_for(self, text: str, seed: int) -> Tensor:
        """Generate the sheet of a sentence: (channels, rows, columns)."""
        output = self.sampler(
            text,
            height=self.rows,
            width=self.columns,
            num_inference_steps=STEPS,
            guidance_scale=GUIDANCE,
            generator=torch.Generator().manual_seed(seed),
            use_resolution_binning=False,
            output_type="latent",
        )
        return output.images[0]


def _label_loss(logits: Tensor, labels: Tensor, has_text: Tensor) -> Tensor:
    """Return the binary cross-entropy of the labels, where there is a sentence."""
    losses = functional.binary_cross_entropy_with_logits(logits.float(), labels, reduction="none")
    return (losses.sum(dim=1) * has_text).mean()
