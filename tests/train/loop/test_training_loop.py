import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from train.loop.model_card import ship_weights
from train.loop.recipe import Recipe
from train.loop.training_loop import (
    CHECKPOINT,
    Training,
    TrainingBudget,
    TrainingProgress,
    rate_share,
    train,
)


class Doubling(Recipe[Tensor]):
    """Learns to double a number, from noisy answers."""

    name = "doubling"
    batch_size = 4
    learning_rate = 0.05
    warmup_steps = 5
    averaging = 0.9
    bfloat16 = False

    def build(self) -> nn.Module:
        return nn.Linear(1, 1)

    def batch(self, number: int) -> Tensor:
        chance = torch.Generator().manual_seed(self.seed * 1000 + number)
        return torch.rand(self.batch_size, 1, generator=chance)

    def loss(self, batch: Tensor) -> Tensor:
        noise = 0.1 * torch.randn_like(batch)
        return (self.network(batch) - 2 * batch + noise).square().mean()

    def ship(self, folder: Path) -> None:
        torch.save(self.network.state_dict(), folder / "weights.pt")

    def load_weights(self, folder: Path) -> None:
        self.network.load_state_dict(torch.load(folder / "weights.pt"))

    def score(self) -> dict[str, float]:
        return {"error at one": abs(float(self.network(torch.ones(1, 1)).detach()) - 2)}

    def about(self) -> list[str]:
        return ["It doubles."]


def weights(training: Training) -> list[Tensor]:
    return [*training.recipe.network.state_dict().values(), *training.average.values()]


def test_a_training_that_was_stopped_ends_with_the_very_weights_of_one_that_was_not(
    tmp_path: Path,
) -> None:
    whole = Training(Doubling(seed=3), tmp_path / "whole")
    train(whole, TrainingBudget(steps=40))

    def stop_at_17(progress: TrainingProgress, spent: float) -> None:
        if progress.steps == 17:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(
            Training(Doubling(seed=3), tmp_path / "cut"),
            TrainingBudget(steps=40),
            observe=stop_at_17,
        )
    resumed = Training(Doubling(seed=3), tmp_path / "cut")
    assert resumed.restore()
    assert resumed.progress.steps == 17
    train(resumed, TrainingBudget(steps=40))

    assert resumed.progress.samples == 160
    for ours, theirs in zip(weights(resumed), weights(whole), strict=True):
        assert torch.equal(ours, theirs)


def test_a_checkpoint_with_the_weight_names_of_an_earlier_version_is_resumed(
    tmp_path: Path,
) -> None:
    class Renamed(Doubling):
        def build(self) -> nn.Module:
            return nn.ModuleDict({"head": super().build()})

        def current_weight_names(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
            return {f"head.{name.removeprefix('head.')}": value for name, value in weights.items()}

    earlier = Training(Doubling(), tmp_path)
    train(earlier, TrainingBudget(steps=5))
    earlier.save()
    resumed = Training(Renamed(), tmp_path)

    assert resumed.restore()
    assert resumed.recipe.network.state_dict().keys() == resumed.average.keys()
    for ours, theirs in zip(weights(resumed), weights(earlier), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("slip", [float("nan"), float("inf"), 1e6])
def test_a_step_whose_loss_is_absurd_is_left_out(tmp_path: Path, slip: float) -> None:
    training = Training(Doubling(), tmp_path)
    train(training, TrainingBudget(steps=10))
    before, loss = [value.clone() for value in weights(training)], training.progress.loss

    training.step(torch.full((4, 1), slip), spent=0.5)

    assert all(map(torch.equal, weights(training), before))
    assert training.progress.steps == 11
    assert loss < training.progress.loss < 2 * loss


def test_processes_that_make_the_batches_change_nothing(tmp_path: Path) -> None:
    alone = Training(Doubling(), tmp_path / "alone")
    train(alone, TrainingBudget(steps=10))
    helped = Training(Doubling(), tmp_path / "helped")
    train(helped, TrainingBudget(steps=10), workers=2)

    for ours, theirs in zip(weights(helped), weights(alone), strict=True):
        assert torch.equal(ours, theirs)


def test_another_seed_trains_to_other_weights(tmp_path: Path) -> None:
    found: list[Tensor] = []
    for seed in (1, 2):
        training = Training(Doubling(seed=seed), tmp_path / str(seed))
        train(training, TrainingBudget(steps=3))
        found.append(training.recipe.network.state_dict()["weight"])

    assert not torch.equal(*found)


def test_the_learning_rate_rises_stays_and_falls_to_zero() -> None:
    recipe = Doubling()  # 5 steps of warm-up; the last 40 % fall

    assert rate_share(recipe, steps=0, spent=0.0) == pytest.approx(0.2)
    assert rate_share(recipe, steps=100, spent=0.5) == 1.0
    assert rate_share(recipe, steps=100, spent=0.8) == pytest.approx(0.5)
    assert rate_share(recipe, steps=100, spent=1.0) == 0.0


def test_a_budget_of_minutes_is_spent_by_time_alone() -> None:
    budget = TrainingBudget(minutes=10)

    assert budget.spent(TrainingProgress(steps=10**6, seconds=150)) == 0.25
    assert budget.spent(TrainingProgress(steps=1, seconds=6000)) == 1.0


def test_without_a_checkpoint_there_is_nothing_to_restore(tmp_path: Path) -> None:
    assert not Training(Doubling(), tmp_path).restore()


def test_a_checkpoint_is_written_in_one_piece(tmp_path: Path) -> None:
    training = Training(Doubling(), tmp_path)
    train(training, TrainingBudget(steps=2))

    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]


def test_shipped_weights_are_the_average_and_come_with_a_card(tmp_path: Path) -> None:
    training = Training(Doubling(), tmp_path / "work")
    train(training, TrainingBudget(steps=300))
    trained = training.recipe.network.state_dict()["weight"].clone()
    scores = ship_weights(training, tmp_path / "small")

    shipped = torch.load(tmp_path / "small" / "weights.pt")
    assert torch.equal(shipped["weight"], training.average["weight"])
    assert torch.equal(training.recipe.network.state_dict()["weight"], trained)
    assert scores["error at one"] < 0.1
    card = (tmp_path / "small" / "README.md").read_text()
    assert card.startswith("# doubling\n\nIt doubles.\n\nIt has 0.0 million weights and saw 1,200 ")
    assert "| error at one | 0.0" in card
    assert "Apache-2.0" in card


def test_going_on_from_shipped_weights_counts_what_they_had_seen(tmp_path: Path) -> None:
    first = Training(Doubling(), tmp_path / "work")
    train(first, TrainingBudget(steps=10))
    ship_weights(first, tmp_path / "small")
    second = Training(Doubling(seed=1), tmp_path / "more")
    second.start_from(tmp_path / "small")

    assert torch.equal(second.average["weight"], first.average["weight"])
    train(second, TrainingBudget(steps=5))
    ship_weights(second, tmp_path / "small")
    assert json.loads((tmp_path / "small" / "training.json").read_text())["samples"] == 60
