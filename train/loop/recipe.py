"""What one small model's training consists of; the loop around it is the same for all.

class Colours(Recipe[tuple[Tensor, Tensor]]):
    name = "colours"

    def build(self): return nn.Linear(3, 8)
    def batch(self, number): return pixels, answers      # decided by self.seed and number alone
    def loss(self, batch): ...
    def ship(self, folder): ...                          # the averaged weights, as files
    def take(self, folder): ...                          # read them back

train(Colours(seed=0), Budget(minutes=20))
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    import PIL.Image

Batch = TypeVar("Batch")

SHIPPED = Path(__file__).parents[2] / "tools" / "sprites" / "weights"
"""Where the weights that come with Batuta are, a folder for each recipe."""


class Recipe(ABC, Generic[Batch]):
    """A network, what it learns from and how it is scored."""

    name: ClassVar[str]
    """Also that of its folder under tools/sprites/weights/."""
    stage: ClassVar[int] = 0
    """Of what is trained in stages, from 1."""
    model_id: ClassVar[str] = ""
    """The id of its card in the catalogue, if that is to be kept up with what ships."""
    source: ClassVar[str] = (
        "the sprites they learnt from, Noto Color Emoji, under the SIL Open Font License 1.1"
    )
    """What they are made of that others made, and under which licence."""
    card: ClassVar[str] = ""
    """The lines that its card begins with, where the catalogue has none yet (`new_card`)."""
    shapes: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """What it is told to be made of other parts, by a name; the first is what ships."""
    reads_data: ClassVar[bool] = False
    """Whether it learns from a file that `data` names, instead of making its data itself."""
    batch_size: int = 64
    learning_rate: float = 1e-3
    warmup_steps: int = 200
    decay_share: float = 0.4
    """The last part of the training, in which the learning rate falls to zero in a line."""
    weight_decay: float = 0.01
    averaging: float = 0.999
    """How slowly the shipped weights, an average over steps, follow the trained ones."""
    bfloat16: bool = True
    """Whether to compute in bfloat16 where that loses nothing; weights stay in float32."""

    def __init__(self, seed: int = 0, device: str = "cpu") -> None:
        self.seed = seed
        self.device = torch.device(device)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.network = self.build().to(self.device)

    @abstractmethod
    def build(self) -> nn.Module:
        """Everything that is trained, at its random start."""

    @abstractmethod
    def batch(self, number: int) -> Batch:
        """What step `number` learns from: the same for the same seed and number."""

    @abstractmethod
    def loss(self, batch: Batch) -> Tensor:
        """How wrong the network is. Its chance is torch's own generator, seeded for each step."""

    @abstractmethod
    def ship(self, folder: Path) -> None:
        """Write the network's weights in half precision, in the layout of its own classes."""

    @abstractmethod
    def take(self, folder: Path) -> None:
        """Read weights that `ship` wrote into the network."""

    def tokens(self, batch: Batch) -> int:
        """Return how many tokens a batch has, where it is text: what its speed is told in."""
        return 0

    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        """AdamW without decay on biases, norms and other vectors."""
        return [
            self.adamw([weight for weight in self.network.parameters() if weight.requires_grad])
        ]

    def adamw(self, weights: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
        """AdamW for these weights, as the recipe's numbers say."""
        return torch.optim.AdamW(
            [
                {"params": [weight for weight in weights if weight.ndim >= 2]},
                {"params": [weight for weight in weights if weight.ndim < 2], "weight_decay": 0.0},
            ],
            lr=self.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=self.weight_decay,
            fused=True,
        )

    def sheet(self) -> PIL.Image.Image | None:
        """What the network makes now, as a picture to look at; None if there is nothing to see."""
        return None

    def score(self) -> Mapping[str, float]:
        """How well the network does on the test split, by name of the measure."""
        return {}

    def own_card(self) -> str:
        """The lines of a card of the person's own, for a shape that does not ship."""
        return ""

    def about(self) -> Iterable[str]:
        """Paragraphs of the model card: what it is, its data, where it fails."""
        return ()
