"""Text → audio: generate a log-mel spectrogram of two seconds, then the waveform.

Each of 16 patches is all 80 bands of 128 ms; 192 components reconstruct it within 1.4 dB.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evals.scoring.audio_scores import ASPECTS, score_sound_maker, true_labels
from evals.user_catalogue import user_catalogue
from evals.world import make_sound, sounds
from evals.world.audio.instruments import INSTRUMENTS
from evals.world.audio.sound_sentences import EVENTS, NOISES
from evals.world.audio.sounds import SAMPLES
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.models.residency.card_loader import open_model
from tools.signal.spectrogram import MELS, log_mel, waveform
from tools.sprites.adapters.known_objects import OBJECTS_FILE
from tools.sprites.adapters.mel_diffusion import MelDiffusion
from train.loop.catalogue_card import new_card
from train.recipes.flow_recipe import FlowRecipe, LabelledSentences
from train.recipes.prx_recipe import GUIDANCE, STEPS

if TYPE_CHECKING:
    import PIL.Image

COLUMNS = 128
PATCH = 8
LABELS = tuple(label for labels in ASPECTS.values() for label in labels)
VOCABULARY_SOUNDS = 8_000
"""Enough sounds for every word to occur."""
JUDGE = "classify_sound/sprites"
SCORED_SOUNDS = 200
SETTINGS = {
    "rows": str(PATCH), "columns": str(COLUMNS), "steps": str(STEPS), "guidance": str(GUIDANCE)
}  # fmt: skip
"""The settings in the card."""
SHEET_SENTENCES = (
    "a soft piano playing a rising scale",
    "three loud knocks",
    "rain",
    "a violin playing a slow tune",
    "a siren getting louder",
    "two bells",
    "a flute chord",
    "play a loud trumpet note four times",
    "wind that starts halfway",
    "a fast falling scale on the guitar",
    "a whistle going up",
    "five quiet bird chirps",
)


def spectrogram_sheet(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compute a spectrogram, bands cut into rows of PATCH: (10, 8, 128)."""
    log_mels = log_mel(samples)
    padded = np.pad(log_mels, ((0, 0), (0, COLUMNS - log_mels.shape[1])), constant_values=-1)
    return padded.reshape(MELS // PATCH, PATCH, COLUMNS)


class SoundRecipe(FlowRecipe):
    """Generate the sound that a sentence of the sprite world describes."""

    source = "the notes they learnt from, FluidR3 GM, under the MIT License"
    name: ClassVar[str] = "sound"
    model_id: ClassVar[str] = "make_sound/sprites"
    card: ClassVar[str] = new_card(
        ["make_sound"],
        "tools.sprites.adapters.mel_diffusion:MelDiffusion",
        SETTINGS,
        "make sounds that are not of the sprite world, longer than two seconds, or of two things",
        "sound",
    )
    channels, rows, columns, patch = MELS // PATCH, PATCH, COLUMNS, PATCH
    labels = len(LABELS)
    max_tokens = 40
    vocabulary_size = 600
    shift = 12.0
    """As in `draw`: whether a patch is silent shows early through the noise."""
    time_shift = 2.5

    def sentences(self) -> Iterable[str]:
        return (make_sound("train", 0, number).speak() for number in range(VOCABULARY_SOUNDS))

    def values(self, first: int, count: int) -> Tensor:
        sampled_sounds = islice(sounds("train", self.seed, first), count)
        return torch.from_numpy(
            np.stack([spectrogram_sheet(sound.samples) for sound in sampled_sounds])
        )

    def reading(self, first: int, count: int) -> LabelledSentences:
        sampled_sounds = list(islice(sounds("train", self.seed, first), count))
        labels = torch.zeros(count, len(LABELS))
        for row, sound in zip(labels, sampled_sounds, strict=True):
            row[[LABELS.index(label) for label in true_labels(sound.content).values()]] = 1
        return LabelledSentences([sound.speak() for sound in sampled_sounds], labels)

    def score(self) -> Mapping[str, float]:
        """Score sounds of held-out sentences with the small audio classifier."""
        judge = open_model(user_catalogue()[JUDGE])
        maker = MelDiffusion(Pipeline(self.sampler, SETTINGS), SETTINGS, _object_list())
        return {
            name + suffix: score.share
            for phrasing, suffix in (("seen", ""), ("unseen", ", in unseen phrasing"))
            for name, score in score_sound_maker(maker, judge, SCORED_SOUNDS, phrasing).items()
        }

    def about(self) -> Iterable[str]:
        return (
            "Generates two seconds of the sound that a sentence describes: a PRXPixelPipeline of "
            "diffusers, trained from scratch, that generates a log-mel spectrogram of 80 bands; "
            "the phases come from the Griffin-Lim algorithm. It knows 14 instruments, which play "
            "notes, chords, scales and tunes, and 18 other sounds, as loud, fast and often as "
            "asked.",
            "It was trained on sounds of the sprite world (evals/world), each under four noises, "
            "with a sentence. The test split has combinations of sounds with patterns and numbers "
            "that are not in the training split; the small audio classifier, which was not trained "
            "on generated sounds, judges.",
            self.reading_sentence(),
        )

    def sheet(self) -> PIL.Image.Image:
        import PIL.Image

        from evals.world.contact_sheet import spectrogram

        columns = 3
        spectrograms = [
            self.sheet_for(text, seed=0).reshape(MELS, -1).numpy() for text in SHEET_SENTENCES
        ]
        pictures = [spectrogram(waveform(loudness)[:SAMPLES]) for loudness in spectrograms]
        height, width = pictures[0].shape[:2]
        contact_sheet = PIL.Image.new(
            "RGB", (columns * (width + 4), -(-len(SHEET_SENTENCES) // columns) * (height + 4))
        )
        for number, picture in enumerate(pictures):
            corner = (number % columns * (width + 4), number // columns * (height + 4))
            contact_sheet.paste(PIL.Image.fromarray(picture), corner)
        return contact_sheet

    def ship(self, folder: Path) -> None:
        super().ship(folder)
        (folder / OBJECTS_FILE).write_text(_object_list())


def _object_list() -> str:
    """List each sound with its synonyms, one sound a line."""
    synonyms = {name: (name, kind.plural, *kind.words) for name, kind in INSTRUMENTS.items()}
    synonyms |= {name: (name, *words) for name, words in NOISES.items()}
    synonyms |= {
        name: (name, *(word for pair in pairs for word in pair)) for name, pairs in EVENTS.items()
    }
    lines: list[str] = []
    for names in synonyms.values():
        plain_names = [name.removeprefix("a ").removeprefix("an ") for name in names]
        lines.append(", ".join(dict.fromkeys(plain_names)))
    return "\n".join(lines) + "\n"
