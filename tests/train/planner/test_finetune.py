import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.train.planner.tiny import TinyPlanner, write_tiny
from tools.errors import InputError
from train.loop.training_loop import (
    LOG,
    Training,
    TrainingBudget,
    TrainingProgress,
    append_log,
    train,
)
from train.planner.dataset import by_split, read_dataset
from train.planner.finetune import shuffled_batches
from train.train_command import train as batuta_train

pytestmark = pytest.mark.usefixtures("one_thread")

REQUESTS = [
    {"request": "Hello", "plan": 'say("Hi!")'},
    {"request": "Say hello", "plan": 'say("Hello!")'},
    {"request": "How many cups?", "names": {"image1": "a picture"}, "plan": "n = count(image1)"},
    {"request": "Grey", "names": {"image1": "a picture"}, "plan": "grey = grayscale(image1)"},
    {"request": "Bye", "plan": 'say("Bye!")', "split": "held_wording"},
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    return write_tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(request) + "\n" for request in REQUESTS))
    return path


def new_training(files: Mapping[str, Path], data: Path, folder: Path) -> Training:
    return Training(TinyPlanner(3, data=data, files=files), folder)


@pytest.mark.slow
def test_a_training_that_was_stopped_ends_with_the_very_loss_of_one_that_was_not(
    files: Mapping[str, Path], data: Path, tmp_path: Path
) -> None:
    whole = new_training(files, data, tmp_path / "whole")
    train(whole, TrainingBudget(steps=6))

    def stop_at_3(progress: TrainingProgress, spent: float) -> None:
        if progress.steps == 3:
            raise KeyboardInterrupt

    cut = new_training(files, data, tmp_path / "cut")
    with pytest.raises(KeyboardInterrupt):
        train(cut, TrainingBudget(steps=6), observe=stop_at_3)
    resumed = new_training(files, data, tmp_path / "cut")
    assert resumed.restore()
    train(resumed, TrainingBudget(steps=6))

    assert resumed.progress.loss == whole.progress.loss
    assert resumed.progress.tokens == whole.progress.tokens
    for name, value in whole.recipe.network.state_dict().items():
        assert torch.equal(resumed.recipe.network.state_dict()[name], value)


@pytest.mark.slow
def test_training_lowers_the_loss_of_a_batch(
    files: Mapping[str, Path], data: Path, tmp_path: Path
) -> None:
    training = new_training(files, data, tmp_path)
    batch = training.recipe.batch(0)
    before = training.recipe.loss(batch).item()
    train(training, TrainingBudget(steps=20))

    assert training.recipe.loss(batch).item() < before


def test_the_base_is_neither_trained_nor_saved(files: Mapping[str, Path], data: Path) -> None:
    recipe = TinyPlanner(data=data, files=files)

    assert len(recipe.network.state_dict()) == 2 * 7 * 2
    assert not any(weight.requires_grad for weight in recipe.base.parameters())


@pytest.mark.slow
def test_a_training_that_is_extended_after_its_end_warms_up_again(
    files: Mapping[str, Path], data: Path, tmp_path: Path
) -> None:
    training = new_training(files, data, tmp_path)
    train(training, TrainingBudget(steps=8))
    training.step(training.recipe.batch(8), spent=1.0)
    rates: list[float] = []
    train(
        training,
        TrainingBudget(steps=40),
        observe=lambda progress, spent: rates.append(progress.rate),
    )

    assert rates[:3] == [0.5, 1.0, 1.0]


def test_held_out_requests_are_not_learnt(files: Mapping[str, Path], data: Path) -> None:
    recipe = TinyPlanner(data=data, files=files)

    learnt = [request.request for request in recipe.training_requests]
    assert learnt == ["Hello", "Say hello", "How many cups?", "Grey"]
    assert [each.plan for each in by_split(recipe.requests, "held_wording")] == ['say("Bye!")']


def test_an_epoch_has_each_request_once_in_batches_of_similar_length() -> None:
    lengths = [1, 9, 2, 8, 1, 9, 2, 8]
    batches = shuffled_batches(lengths, 2, np.random.default_rng(0))

    assert sorted(member for batch in batches for member in batch) == list(range(8))
    assert all(abs(lengths[one] - lengths[other]) <= 1 for one, other in batches)


def test_the_log_has_a_line_with_steps_tokens_and_loss(
    files: Mapping[str, Path], data: Path, tmp_path: Path
) -> None:
    training = new_training(files, data, tmp_path)
    train(training, TrainingBudget(steps=1))
    append_log(training)

    line = json.loads((tmp_path / LOG).read_text())
    assert line["steps"] == 1
    assert line["tokens"] > 100
    assert line["loss"] == pytest.approx(training.progress.loss)


def test_a_line_that_is_no_request_is_refused_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text('{"request": "Hi", "plan": "say(1)"}\n{"request": "Hi"}\n')

    with pytest.raises(InputError, match=r"line 2 of 'data\.jsonl' .* plan: Field required"):
        read_dataset(path)


def test_data_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no data file"):
        read_dataset(tmp_path / "none.jsonl")


def test_a_recipe_that_makes_its_data_takes_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'draw' generates its own data"):
        batuta_train("draw", data=tmp_path / "data.jsonl")
