"""Two processes on this machine's processor, joined by gloo, learn as one."""

from pathlib import Path

import pytest
import torch
from accelerate import debug_launcher
from torch import Tensor, nn

from tests.train.loop.test_training_loop import Doubling, weights
from train.loop.processes import Processes
from train.loop.training_loop import CHECKPOINT, Training, TrainingBudget, TrainingProgress, train

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.slow]


class Sure(Doubling):
    """Learns from right answers; its second weight only from odd batches."""

    def build(self) -> nn.Module:
        network = nn.Linear(1, 1)
        network.register_parameter("odd", nn.Parameter(torch.zeros(1)))
        network.register_parameter("never", nn.Parameter(torch.ones(1)))
        return network

    def batch(self, number: int) -> Tensor:
        self.number = number
        return super().batch(number)

    def loss(self, batch: Tensor) -> Tensor:
        missed = (self.network(batch) - 2 * batch).square().mean()
        return missed + (self.network.odd - 1).square().sum() if self.number % 2 else missed


class Twofold(Sure):
    """Learns in one step from two batches of the other, one after another."""

    def batch(self, number: int) -> Tensor:
        return torch.cat([super(Twofold, self).batch(2 * number + each) for each in (0, 1)])

    def loss(self, batch: Tensor) -> Tensor:
        self.number = 0
        even = super().loss(batch[:4])
        self.number = 1
        return (even + super().loss(batch[4:])) / 2


def learn_together(folder: str) -> None:
    """What each of the two does."""
    processes = Processes.join("cpu")
    seen: list[int] = []
    recipe = Sure(seed=3)
    training = Training(recipe, Path(folder, str(processes.number)), processes)

    def note(progress: TrainingProgress, spent: float) -> None:
        seen.append(recipe.number)

    train(training, TrainingBudget(steps=12), observe=note)
    kept = {"seen": seen, "weights": weights(training), "samples": training.samples}
    timed = Training(Sure(), Path(folder, f"timed{processes.number}"), processes)
    # What one process thinks of the time must not stop it while the other goes on.
    train(timed, TrainingBudget(minutes=0.002 + 0.002 * processes.number))
    kept["timed steps"] = timed.progress.steps
    torch.save(kept, Path(folder, f"{processes.number}.pt"))
    processes.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("together")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        debug_launcher(learn_together, (str(place),), num_processes=2)
    return place


@pytest.fixture(scope="module")
def both(folder: Path) -> list[dict]:
    return [torch.load(folder / f"{number}.pt") for number in (0, 1)]


def test_each_process_learns_from_batches_of_its_own(both: list[dict]) -> None:
    assert both[0]["seen"] == list(range(0, 24, 2))
    assert both[1]["seen"] == list(range(1, 24, 2))
    assert [each["samples"] for each in both] == [96, 96]


def test_all_processes_have_the_same_weights(both: list[dict]) -> None:
    for ours, theirs in zip(both[0]["weights"], both[1]["weights"], strict=True):
        assert torch.equal(ours, theirs)


def test_two_processes_learn_what_one_learns_from_batches_twice_as_large(
    both: list[dict], tmp_path: Path
) -> None:
    alone = Training(Twofold(seed=3), tmp_path)
    train(alone, TrainingBudget(steps=12))

    for ours, theirs in zip(weights(alone), both[0]["weights"], strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6)


def test_the_first_process_alone_keeps_checkpoints(folder: Path) -> None:
    assert [path.parent.name for path in sorted(folder.rglob(CHECKPOINT))] == ["0", "timed0"]


def test_time_is_up_for_all_at_the_same_step(both: list[dict]) -> None:
    assert both[0]["timed steps"] == both[1]["timed steps"] > 0


def test_one_process_alone_is_the_first_and_learns_from_every_batch() -> None:
    alone = Processes.join("cpu")

    assert alone == Processes(count=1, number=0, device="cpu")
    assert alone.first
    assert [alone.batch_number(step) for step in range(3)] == [0, 1, 2]
