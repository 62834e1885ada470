"""The planner: a LoRA for a small language model, trained on requests with plans.

    batuta train planner --data plans.jsonl --minutes 110
    batuta train planner --data more.jsonl --minutes 110 --resume

On two cores that other programs use too, two processes of one thread learn faster than two
threads of one process, which wait for each other thousands of times a step:

    torchrun --nproc-per-node 2 .venv/bin/batuta train planner --device cpu --threads 1 …
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from agent.joint.network.base_language_model import UNPACKED, open_language_model
from agent.planner.llm.language_model_files import ADAPTER, KNOWN_TOOLS
from agent.planner.plan_examples import fixed_examples, retrievable_examples
from evals.user_catalogue import user_catalogue
from tools.home import home
from tools.models.download import fetch
from train.loop.recipe import Recipe
from train.planner.data.known_tools import known_tools
from train.planner.dataset import PlannedRequest, by_split, plan_ids, prompt_ids, read_dataset
from train.planner.lora import Adapters
from train.planner.network import Packed, loss_of, pack

WEIGHTS = Path(__file__).parents[2] / "tools" / "models" / "weights"

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

OTHER_TOKENS = 2_000
"""Random negative tokens in the softmax. All 152,000 tokens would cost an eighth of a step."""
SCORED_REQUESTS = 60
"""Scored requests of each held-out split, and of the project's own."""
SORTED_BATCHES = 32
"""Batches per window that is sorted by length; batches are shuffled afterwards."""


class PlannerRecipe(Recipe[Packed]):
    """LoRA adapters on the seven projections of each frozen layer."""

    name: ClassVar[str] = "planner"
    model_id: ClassVar[str] = "llm/planner-0.5b"
    shipped: ClassVar[Path | None] = WEIGHTS
    source: ClassVar[str] = (
        "the base, Qwen2.5-Coder-Instruct of Alibaba Cloud, is under Apache-2.0 too"
    )
    shapes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "0.5b": {"card": "llm/qwen2.5-coder-0.5b"},
        "1.5b": {"card": "llm/qwen2.5-coder-1.5b"},
    }
    reads_data: ClassVar[bool] = True
    batch_size = 8
    learning_rate = 8e-4
    warmup_steps = 20
    decay_share = 0.6
    averaging = 0.98
    bfloat16 = False
    """Autocast is off: the base is bfloat16 and the adapters cast their own products."""
    rank = 16
    scale = 2.0

    def __init__(
        self,
        seed: int = 0,
        device: str = "cpu",
        card: str = "llm/qwen2.5-coder-0.5b",
        data: Path | None = None,
        files: Mapping[str, Path] | None = None,
    ) -> None:
        self.base_id = card
        self.data = data
        self._files = files
        self._epoch_cache: tuple[int, Sequence[Sequence[int]]] = (-1, ())
        super().__init__(seed, device)

    def build(self) -> nn.Module:
        files = self._files or fetch(user_catalogue()[self.base_id])
        self.base: PreTrainedModel
        self.tokenizer: PreTrainedTokenizerBase
        self.base, self.tokenizer = open_language_model(
            files, str(self.device), unpack_folder=home() / UNPACKED
        )
        body: Any = self.base.model
        return Adapters(body.layers, self.rank, self.scale)

    @cached_property
    def requests(self) -> Sequence[PlannedRequest]:
        """All requests, for training and for scoring."""
        return read_dataset(self.data) if self.data else example_requests()

    @cached_property
    def training_requests(self) -> Sequence[PlannedRequest]:
        """The requests of the training split."""
        return by_split(self.requests, "train")

    @cached_property
    def vocabulary(self) -> Tensor:
        """The tokens that occur in plans."""
        plans = [request.plan for request in self.training_requests]
        ids = self.tokenizer(plans, add_special_tokens=False).input_ids
        return torch.tensor(sorted({token for plan in ids for token in plan}))

    def batch(self, number: int) -> Packed:
        members = self._members(number)
        prompts = [prompt_ids(request, self.tokenizer) for request in members]
        plans = [plan_ids(request, self.tokenizer) for request in members]
        return pack(prompts, plans)

    def loss(self, batch: Packed) -> Tensor:
        assert isinstance(self.network, Adapters)
        batch = batch.to(self.device)
        size = self.base.config.vocab_size
        others = torch.randint(size, (min(OTHER_TOKENS, size),), device=self.device)
        vocabulary = torch.cat([self.vocabulary.to(self.device), others, batch.answers]).unique()
        return loss_of(self.base, self.network, batch, vocabulary)

    def tokens(self, batch: Packed) -> int:
        return len(batch.ids)

    def ship(self, folder: Path) -> None:
        from train.planner.export import write_adapter

        assert isinstance(self.network, Adapters)
        write_adapter(self.network, folder / ADAPTER)
        signatures = sorted(tool.signature for tool in known_tools().values())
        (folder / KNOWN_TOOLS).write_text("".join(f"{line}\n" for line in signatures), "utf-8")

    def load_weights(self, folder: Path) -> None:
        from train.planner.export import read_adapter

        self.network.load_state_dict(read_adapter(folder / ADAPTER))

    def score(self) -> Mapping[str, float]:
        from train.planner.decode import adapted, decode_plans
        from train.planner.evaluate import evaluate, own_requests, sample_held_out, scores

        assert isinstance(self.network, Adapters)
        held_out = sample_held_out(self.requests, SCORED_REQUESTS)
        with adapted(self.base, self.network):
            verdicts = asyncio.run(
                evaluate(
                    lambda requests: decode_plans(self.base, self.tokenizer, requests),
                    held_out,
                    own_requests(SCORED_REQUESTS),
                )
            )
        return scores(verdicts)

    def about(self) -> Iterable[str]:
        return (
            f"A LoRA of rank {self.rank} for {self.base_id}, which makes it write plans from a "
            "short prompt (agent/planner/short_prompt.py) that lists no tools. llama.cpp loads it "
            "beside the GGUF file of its base.",
            f"It was trained on {len(self.training_requests):,} requests with plans that the plan "
            "checker accepts, generated and hand-written.",
        )

    def _members(self, number: int) -> Sequence[PlannedRequest]:
        """Return a batch's requests; an epoch has nearly all of them."""
        epoch, index = divmod(number, max(len(self.training_requests) // self.batch_size, 1))
        return [self.training_requests[member] for member in self._epoch(epoch)[index]]

    def _epoch(self, epoch: int) -> Sequence[Sequence[int]]:
        """Return the batches of an epoch, each of requests of similar length."""
        if self._epoch_cache[0] != epoch:
            rng = np.random.default_rng((self.seed, epoch))
            self._epoch_cache = epoch, shuffled_batches(self._lengths, self.batch_size, rng)
        return self._epoch_cache[1]

    @cached_property
    def _lengths(self) -> Sequence[int]:
        """Lengths in characters, precise enough for sorting without tokenizing."""
        return [sum(map(len, request.texts())) for request in self.training_requests]


def shuffled_batches(
    lengths: Sequence[int], size: int, rng: np.random.Generator
) -> list[list[int]]:
    """Return batches of indices of similar length, in random order.

    Neighbours of similar length stay together, so that two processes take about as long.
    """
    count = max(len(lengths) // size, 1)
    order = rng.permutation(len(lengths))[: count * size].tolist()
    batches: list[list[int]] = []
    for start in range(0, len(order), size * SORTED_BATCHES):
        window = sorted(order[start : start + size * SORTED_BATCHES], key=lengths.__getitem__)
        batches += [window[first : first + size] for first in range(0, len(window), size)]
    pairs = [batches[first : first + 2] for first in range(0, len(batches), 2)]
    full_pairs = [pairs[index] for index in rng.permutation(len(pairs)) if len(pairs[index]) == 2]
    single_pairs = [pair for pair in pairs if len(pair) == 1]
    return [batch for pair in [*full_pairs, *single_pairs] for batch in pair]


def example_requests() -> list[PlannedRequest]:
    """Return the examples of prompts/examples as training data."""
    return [
        PlannedRequest(request=example.request, names=example.names, plan=example.plan)
        for example in (*fixed_examples(), *retrievable_examples())
    ]
