"""The base class of recipes: network, data, loss and files.

class Colours(Recipe[tuple[Tensor, Tensor]]):
    name = "colours"

    def build(self): return nn.Linear(3, 8)
    def batch(self, number): return pixels, answers      # decided by self.seed and number alone
    def loss(self, batch): ...
    def ship(self, folder): ...                          # write the averaged weights
    def load_weights(self, folder): ...                  # read them back

train(Colours(seed=0), TrainingBudget(minutes=20))
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
"""The folder of the weights that ship with Batuta, with a subfolder for each recipe."""


class Recipe(ABC, Generic[Batch]):
    """A network, its training data, its loss and its scores."""

    name: ClassVar[str]
    """Also the name of the folder of its weights."""
    shipped: ClassVar[Path | None] = None
    """The folder of the folder of its weights, if it is not `SHIPPED`."""
    stage: ClassVar[int] = 0
    """The stage, from 1, of a model that is trained in stages."""
    model_id: ClassVar[str] = ""
    """The id of the card in the catalogue that is updated with the weights, if any."""
    source: ClassVar[str] = (
        "the sprites they learnt from, Noto Color Emoji, under the SIL Open Font License 1.1"
    )
    """Works of others that the weights were trained on, and their licence."""
    card: ClassVar[str] = ""
    """The first lines of its card, if the catalogue has none yet (`new_card`)."""
    shapes: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """The constructor arguments of each shape, by name; the first one ships."""
    reads_data: ClassVar[bool] = False
    """Whether it reads its data from the file `data` instead of generating it."""
    variant: str = ""
    """The shape of this recipe, if it is not the one that ships."""
    batch_size: int = 64
    learning_rate: float = 1e-3
    warmup_steps: int = 200
    decay_share: float = 0.4
    """The share of the training, at its end, in which the learning rate falls linearly to zero."""
    weight_decay: float = 0.01
    averaging: float = 0.999
    """The decay of the exponential moving average (EMA) of the weights, which is what ships."""
    bfloat16: bool = True
    """Whether to use autocast to bfloat16; weights stay in float32."""

    def __init__(self, seed: int = 0, device: str = "cpu") -> None:
        self.seed = seed
        self.device = torch.device(device)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.network = self.build().to(self.device)

    @abstractmethod
    def build(self) -> nn.Module:
        """Build the trained network with random weights."""

    @abstractmethod
    def batch(self, number: int) -> Batch:
        """Return a step's batch, determined by the seed and the number."""

    @abstractmethod
    def loss(self, batch: Batch) -> Tensor:
        """Compute the loss, with random numbers from torch's seeded generator."""

    @abstractmethod
    def ship(self, folder: Path) -> None:
        """Write the weights in half precision, in the layout of their adapter."""

    @abstractmethod
    def load_weights(self, folder: Path) -> None:
        """Load weights that `ship` wrote into the network."""

    def current_weight_names(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return a checkpoint's weights, which an earlier version named, under names of now."""
        return dict(weights)

    def tokens(self, batch: Batch) -> int:
        """Return the number of tokens of a text batch, else 0."""
        return 0

    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        """Create AdamW without weight decay on biases, norms and other vectors."""
        return [
            self.adamw([weight for weight in self.network.parameters() if weight.requires_grad])
        ]

    def adamw(self, weights: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
        """Create AdamW for these weights with the recipe's hyperparameters."""
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
        """Draw an image of current samples; None if the network generates none."""
        return None

    def score(self) -> Mapping[str, float]:
        """Score the network on the test split, by name of the measure."""
        return {}

    def own_card(self) -> str:
        """Return the card of a shape that does not ship."""
        return ""

    def about(self) -> Iterable[str]:
        """Return paragraphs of the model card: description, data and limitations."""
        return ()
