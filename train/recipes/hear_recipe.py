"""The small audio classifier: what sounds, how, how often and how loudly.

A small ResNet classifies the spectrogram as an image. Its labels are the 32 sounds and their
attributes, each an independent binary output. It takes a fifth of the computation of an Audio
Spectrogram Transformer of the same size.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from transformers import ASTFeatureExtractor, ResNetConfig, ResNetForImageClassification

from evals.scoring.audio_scores import ASPECTS, score_classifier, true_labels
from evals.world import sound_batch
from evals.world.audio.instruments import RATE
from tools.adapters.transformers.audio_classification import AudioClassification
from tools.adapters.transformers.pretrained import Pretrained
from train.loop.catalogue_card import new_card
from train.loop.recipe import Recipe
from train.recipes.image_tensors import read_weights, write_weights

MELS, FRAMES = 64, 198
"""Two seconds in frames of 25 ms, 10 ms apart."""
MEAN, DEVIATION = -9.0, 4.0
"""Approximate mean and deviation of the log spectrograms of the world's sounds."""
MIN_POWER = 1.192092955078125e-07
"""The feature extractor's lower bound of power."""
LABELS = tuple(label for labels in ASPECTS.values() for label in labels)
SCORED_SOUNDS = 300
EXTRACTOR = "preprocessor_config.json"
SETTINGS = {"network": "ResNetForImageClassification", "window": "2", "step": "1"}


@cache
def extractor() -> ASTFeatureExtractor:
    return ASTFeatureExtractor(
        num_mel_bins=MELS, max_length=FRAMES, mean=MEAN, std=DEVIATION, sampling_rate=RATE
    )


def log_spectrograms(samples: NDArray[np.float32]) -> Tensor:
    """Compute log mel spectrograms (B, frames, mels) of sounds (B, samples).

    Equals the extractor's output before normalization, at a twentieth of its time for a batch. The
    frames keep their mean, which the pre-emphasis all but removes.
    """
    ast_extractor = extractor()
    waves = torch.from_numpy(samples)
    emphasized = torch.cat([0.03 * waves[:, :1], waves[:, 1:] - 0.97 * waves[:, :-1]], dim=1)
    frames = emphasized.unfold(1, 400, 160) * torch.from_numpy(ast_extractor.window).float()
    power = torch.view_as_real(torch.fft.rfft(frames, 512)).square().sum(dim=3)
    return (power @ torch.from_numpy(ast_extractor.mel_filters).float()).clamp(min=MIN_POWER).log()


def augment_spectrograms(spectrograms: Tensor) -> Tensor:
    """Augment spectrograms with a noise floor, spectral tilt and Gaussian noise."""
    count, _, mels = spectrograms.shape

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, 1, 1, device=spectrograms.device)

    hum = uniform(-16, -9) + 0.5 * torch.randn_like(spectrograms)
    tilt = uniform(-0.5, 0.5) * torch.linspace(-1, 1, mels, device=spectrograms.device)
    return (
        torch.logaddexp(spectrograms, hum) + tilt + uniform(0, 0.5) * torch.randn_like(spectrograms)
    )


class LabelledAudioBatch(NamedTuple):
    spectrograms: Tensor
    """(B, frames, mels): log power."""
    labels: Tensor
    """(B, labels): 1 where a label is true."""


class HearRecipe(Recipe[LabelledAudioBatch]):
    """Each label independently, by binary cross-entropy."""

    source = "the notes they learnt from, FluidR3 GM, under the MIT License"
    name: ClassVar[str] = "hear"
    model_id: ClassVar[str] = "classify_sound/sprites"
    card: ClassVar[str] = new_card(
        ["classify_sound", "describe_sound"],
        "tools.sprites.adapters.audio_labels:SoundLabels",
        SETTINGS,
        "tell what is heard in a recording: it knows the sounds of the sprite world only",
        "hear",
    )
    network: ResNetForImageClassification
    batch_size = 16
    learning_rate = 3e-3
    warmup_steps = 50
    averaging = 0.99

    def build(self) -> nn.Module:
        network = ResNetForImageClassification(
            ResNetConfig(
                num_channels=1,
                embedding_size=32,
                hidden_sizes=[32, 64, 128],
                depths=[1, 1, 1],
                layer_type="basic",
                id2label=dict(enumerate(LABELS)),
                label2id={label: number for number, label in enumerate(LABELS)},
                problem_type="multi_label_classification",
            )
        )
        return network.to(memory_format=torch.channels_last)

    def batch(self, number: int) -> LabelledAudioBatch:
        world_batch = sound_batch("train", self.seed, number * self.batch_size, self.batch_size)
        labels = torch.zeros(self.batch_size, len(LABELS))
        for row, sound in zip(labels, world_batch.sounds, strict=True):
            for label in true_labels(sound.content).values():
                row[LABELS.index(label)] = 1
        return LabelledAudioBatch(log_spectrograms(world_batch.samples), labels)

    def loss(self, batch: LabelledAudioBatch) -> Tensor:
        inputs = (augment_spectrograms(batch.spectrograms.to(self.device)) - MEAN) / (2 * DEVIATION)
        logits = self.network(inputs[:, None]).logits.float()
        losses = functional.binary_cross_entropy_with_logits(
            logits, batch.labels.to(self.device), reduction="none"
        )
        return losses.sum(dim=1).mean()

    def ship(self, folder: Path) -> None:
        write_weights(self.network, folder)
        extractor().to_json_file(folder / EXTRACTOR)

    def load_weights(self, folder: Path) -> None:
        read_weights(self.network, folder)

    def score(self) -> Mapping[str, float]:
        loaded = Pretrained(self.network, extractor(), str(self.device), torch.float32)
        model = AudioClassification(loaded, SETTINGS)
        return {name: score.share for name, score in score_classifier(model, SCORED_SOUNDS).items()}

    def about(self) -> Iterable[str]:
        return (
            "Classifies two seconds of sound: which of 14 instruments or 18 other sounds, what "
            "is played, how often, how loudly, how fast and how high. A "
            "ResNetForImageClassification of transformers, trained from scratch, on the "
            "spectrogram of an ASTFeatureExtractor.",
            "It was trained on sounds of the sprite world (evals/world), each heard once, with "
            "noise and filtering. The test split has combinations of sounds with patterns and "
            "numbers that are not in the training split. It does not work on real recordings. It "
            "also judges the small sound generator, whose sounds are not in its training data.",
        )
