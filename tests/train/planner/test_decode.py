from pathlib import Path
from typing import Any

import pytest
import torch

from tests.train.planner.tiny import TinyPlanner, write_tiny
from train.planner.dataset import PlannedRequest, prompt_ids
from train.planner.decode import adapted, decode_plans, open_plan_decoder

pytestmark = pytest.mark.usefixtures("one_thread")

REQUESTS = [PlannedRequest(request=words, plan="") for words in ("Hi", "A longer request")]


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> TinyPlanner:
    recipe = TinyPlanner(files=write_tiny(tmp_path_factory.mktemp("tiny")))
    torch.manual_seed(0)
    for adapter in recipe.network.values():  # type: ignore[operator]
        torch.nn.init.normal_(adapter.b, std=0.1)
    return recipe


def test_a_batch_writes_what_each_request_alone_would(recipe: TinyPlanner) -> None:
    together = decode_plans(recipe.base, recipe.tokenizer, REQUESTS)
    alone = [decode_plans(recipe.base, recipe.tokenizer, [request])[0] for request in REQUESTS]

    # In bfloat16 a padded batch may differ late in a random text.
    assert [text[:8] for text in together] == [text[:8] for text in alone]


def test_the_adapters_are_in_use_only_while_asked(recipe: TinyPlanner) -> None:
    base: Any = recipe.base
    ids = torch.tensor([prompt_ids(REQUESTS[0], recipe.tokenizer)])
    before = base(ids).logits
    with adapted(recipe.base, recipe.network):  # type: ignore[arg-type]
        during = base(ids).logits

    assert not torch.equal(during, before)
    assert torch.equal(base(ids).logits, before)


def test_a_written_adapter_writes_the_same_plans(recipe: TinyPlanner, tmp_path: Path) -> None:
    recipe.ship(tmp_path)
    with adapted(recipe.base, recipe.network):  # type: ignore[arg-type]
        expected = decode_plans(recipe.base, recipe.tokenizer, REQUESTS)
    files = recipe._files
    assert files
    written = open_plan_decoder(files, tmp_path / "adapter.gguf")(REQUESTS)

    # The file has half precision, which a random text shows late.
    assert [text[:8] for text in written] == [text[:8] for text in expected]
