"""Text → picture, seen as 64 patches of 4×4 pixels.

Two more losses, from the truth of the world, teach it what to learn the pictures for: halfway up,
each patch must tell what will stand there and how far it reaches, and the read sentence how many
of each thing it asks for. The heads that tell do not ship.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from evals.world.drawings import DrawingScore, score_drawing
from evals.world.reading import read_sentence
from evals.world.scenes import Scene, make_scene, scene_batch
from evals.world.vocabulary import KINDS
from tools import Image
from tools.adapters.diffusers import THINGS
from tools.adapters.rt_detr import RtDetr
from tools.cards import Catalogue
from tools.sources import fetch
from train.prx import GUIDANCE, PARTS, STEPS, UNTOLD, PrxRecipe, Shape, read_whole
from train.words import word_tokenizer

if TYPE_CHECKING:
    import PIL.Image

SIZE = 32
"""Half of what the world paints: the detector finds as much in pictures of 32 pixels, enlarged, and
they have a quarter of the detail to learn."""
WORLD = 64
PATCHES = 8
"""On each side."""
NAMES = tuple(KINDS)
MOST = 9
"""As many things of a kind as a scene can have."""
WORDS = 28
"""The longest sentence of the world has 27."""
BLURRED = 0.1
"""How many sentences have unknown words put in, so that unknown words do no harm later."""
TEXT_WIDTH = 192
SEEN, READ = 0.1, 0.05
"""How much the two losses from the truth count beside that of the picture, which is about 0.1."""
JUDGE = "detect/sprites"
JUDGED = 200
FEW = 6
"""Up to here a person counts at a glance."""
COLUMNS = 4
SHOWN = (
    "an apple",
    "draw six apples",
    "three dogs",
    "nine hearts on a blue background",
    "a cat to the left of a house",
    "two bananas above a car",
    "five bees",
    "a frog inside a red square",
    "a small owl in the top left corner",
    "half a dozen stars on a black background",
    "7 minus 3 pears",
    "a fish between a tree and a rocket",
)


class Pictures(NamedTuple):
    """Pictures with what is said of them and what is true of them."""

    pixels: Tensor
    """(B, 3, SIZE, SIZE), from -1 to 1."""
    words: Tensor
    """(B, W): as many as the longest sentence has."""
    spoken: Tensor
    """(B, W): where there is a word."""
    told: Tensor
    """(B): whether there is a sentence at all."""
    things: Tensor
    """(B, 64): the number of the thing in each patch, the last one for none."""
    reach: Tensor
    """(B, 64, 4): how far that thing reaches from the patch's middle, in pictures."""
    counts: Tensor
    """(B, things): how many there are of each."""


class Draw(PrxRecipe[Pictures]):
    """Draws a sentence of the sprite world as a picture of 32×32 pixels."""

    name = "draw"
    model_id = "draw/sprites"
    batch_size = 32
    learning_rate = 2e-3
    warmup_steps = 100
    averaging = 0.995
    looks = 2
    harder = 0.7
    """More than nothing: on flat backgrounds the layout shows early."""
    width = 192
    depth = 6

    def build(self) -> nn.Module:
        shape = Shape(
            channels=3,
            rows=SIZE,
            patch=SIZE // PATCHES,
            width=self.width,
            depth=self.depth,
            text_width=TEXT_WIDTH,
            text_inner=4 * TEXT_WIDTH,
            text_depth=3,
            longest=WORDS,
            shift=1.5,
        )
        self.pipeline = self.make_pipeline(shape, word_tokenizer(WORDS))
        last = self.pipeline.transformer.final_layer.linear
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        parts = {name: getattr(self.pipeline, name) for name in PARTS}
        heads = {
            "tell_things": nn.Linear(self.width, len(NAMES) + 1),
            "tell_reach": nn.Linear(self.width, 4),
            "tell_counts": nn.Linear(TEXT_WIDTH, len(NAMES) * (MOST + 1)),
        }
        return nn.ModuleDict({**parts, **heads})

    def batch(self, number: int) -> Pictures:
        amount = self.batch_size // self.looks
        found = scene_batch("train", self.seed, number * amount, amount, WORLD, "clear")
        chance = np.random.default_rng((self.seed, number))
        texts = [self._heard(text, chance) for text in found.sentences]
        painted = torch.from_numpy(found.pixels).permute(0, 3, 1, 2)
        pixels = functional.avg_pool2d(painted.float(), WORLD // SIZE)
        things, reach = zip(*map(_patches, found.scenes), strict=True)
        counts = [[scene.counts.get(name, 0) for name in NAMES] for scene in found.scenes]
        return Pictures(
            pixels / 127.5 - 1,
            *self.read(texts),
            told=torch.tensor([bool(text) for text in texts]),
            things=torch.from_numpy(np.stack(things)),
            reach=torch.from_numpy(np.stack(reach)),
            counts=torch.tensor(counts),
        )

    def _heard(self, text: str, chance: np.random.Generator) -> str:
        """The sentence; sometimes nothing, sometimes with words that nobody knows."""
        throw = chance.random()
        if throw < UNTOLD:
            return ""
        if throw > UNTOLD + BLURRED:
            return text
        words = text.split()
        for _ in range(chance.integers(1, 4)):
            words.insert(int(chance.integers(0, len(words) + 1)), "[UNK]")
        return " ".join(words)

    def read(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """The sentences as numbers of words, and where there are any."""
        found = self.pipeline.tokenizer(
            list(texts),
            padding=True,
            max_length=WORDS,
            truncation=True,
            return_tensors="pt",
        )
        return found["input_ids"], found["attention_mask"].bool()

    def loss(self, batch: Pictures) -> Tensor:
        batch = Pictures(*(tensor.to(self.device) for tensor in batch))
        text = self.network["text_encoder"](
            input_ids=batch.words, attention_mask=batch.spoken
        ).last_hidden_state
        seen = self.look(batch.pixels, text, batch.spoken)
        return (
            seen.wrong
            + SEEN * self._wrongly_seen(batch, seen.halfway)
            + READ * self._wrongly_read(batch, text)
        )

    def _wrongly_seen(self, batch: Pictures, halfway: Tensor) -> Tensor:
        """How wrong the transformer is, halfway up, about what stands in each patch."""
        things = self.network["tell_things"](halfway).float()
        wrong = functional.cross_entropy(things.transpose(1, 2), batch.things.repeat(self.looks, 1))
        reach = self.network["tell_reach"](halfway).float()
        there = (batch.things < len(NAMES)).repeat(self.looks, 1)
        far = (reach - batch.reach.repeat(self.looks, 1, 1)).abs().mean(dim=2)
        return wrong + (far * there).sum() / there.sum().clamp(min=1)

    def _wrongly_read(self, batch: Pictures, text: Tensor) -> Tensor:
        """How wrong the text encoder is about how many of each thing a sentence asks for."""
        whole = read_whole(text, batch.spoken)
        counts = self.network["tell_counts"](whole).float().unflatten(1, (MOST + 1, len(NAMES)))
        wrong = functional.cross_entropy(counts, batch.counts, reduction="none").sum(dim=1)
        return (wrong * batch.told).mean()

    def score(self) -> Mapping[str, float]:
        """What the small detector finds in drawings of sentences and things never seen together."""
        import PIL.Image

        card = Catalogue.load()[JUDGE]
        judge = RtDetr.load(fetch(card), card.settings, "cpu")
        told: list[tuple[int, DrawingScore]] = []
        for number in range(JUDGED):
            words = make_scene("test", 0, number, WORLD, "clear").speak(0, "unseen")
            asked = read_sentence(words)
            small = self.picture(words, seed=number)
            drawn = Image(small.resize((WORLD, WORLD), PIL.Image.Resampling.BICUBIC))
            most = max((count or 1 for count in asked.counts.values()), default=1)
            told.append((most, score_drawing(asked, judge.find(drawn))))
        few = [score.counts for most, score in told if most <= FEW]
        many = [score.counts for most, score in told if most > FEW]
        placed = [score.relations for _, score in told if score.relations is not None]
        return {
            "the things asked for, no others": _share(score.things for _, score in told),
            f"as many as asked for, up to {FEW}": _share(few),
            f"as many as asked for, {FEW + 1} to 9": _share(many),
            "everything where it was asked for": _share(placed),
        }

    def about(self) -> Sequence[str]:
        return (
            "Draws what a sentence says as a picture of 32×32 pixels: a PRXPixelPipeline of "
            "diffusers, made from scratch. It knows the things of the sprite world only, one to "
            "nine of them, beside, above and inside each other, on plain or fading backgrounds.",
            "It learnt from scenes of the sprite world (evals/world), each seen under two "
            "noises, with its sentence. The test draws combinations of things, numbers, places "
            "and backgrounds, in phrasings, that it never saw; the small detector judges.",
            "Its first third was learnt at 64×64 pixels, where the same hour gave mere blots. It "
            "learns colours and backgrounds first, then where things stand and how many, and last "
            "what they look like; longer training, best on a GPU, is what it lacks. Numbers are "
            "its weakest side: it likes to fill its rows.",
        )

    def sheet(self) -> PIL.Image.Image:
        import PIL.Image

        sheet = PIL.Image.new("RGB", (COLUMNS * SIZE, -(-len(SHOWN) // COLUMNS) * SIZE))
        for number, text in enumerate(SHOWN):
            place = (number % COLUMNS * SIZE, number // COLUMNS * SIZE)
            sheet.paste(self.picture(text, seed=0), place)
        return sheet.resize((sheet.width * 6, sheet.height * 6), PIL.Image.Resampling.BICUBIC)

    def picture(self, text: str, seed: int) -> PIL.Image.Image:
        """What the network draws for a sentence now."""
        chance = torch.Generator().manual_seed(seed)
        drawn = self.pipeline(
            text,
            num_inference_steps=STEPS,
            guidance_scale=GUIDANCE,
            generator=chance,
            use_resolution_binning=False,
        )
        return drawn.images[0]

    def ship(self, folder: Path) -> None:
        super().ship(folder)
        (folder / THINGS).write_text("".join(f"{', '.join(names)}\n" for names in _names()))


def _patches(scene: Scene) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Each patch's thing in front, the last number for none; how far it reaches on each side."""
    things = np.full((PATCHES, PATCHES), len(NAMES))
    reach = np.zeros((PATCHES, PATCHES, 4), dtype=np.float32)
    middle = (np.arange(PATCHES) + 0.5) / PATCHES
    for thing in scene.things:
        sides = np.array(thing.box) / scene.size
        left, top, right, bottom = (round(side * PATCHES) for side in sides)
        over = np.s_[top:bottom, left:right]
        things[over] = NAMES.index(thing.name)
        reach[over] = sides
        reach[over][..., 0::2] -= middle[None, left:right, None]
        reach[over][..., 1::2] -= middle[top:bottom, None, None]
    return things.reshape(-1), reach.reshape(-1, 4)


def _names() -> list[list[str]]:
    """Each thing's name with its others, in the singular and plural."""
    return [
        list(dict.fromkeys([name, kind.plural, *kind.words, *kind.words.values()]))
        for name, kind in KINDS.items()
    ]


def _share(right: Iterable[bool]) -> float:
    every = list(right)
    return sum(every) / len(every) if every else 0.0
