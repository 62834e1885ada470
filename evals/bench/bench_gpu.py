"""Measure residency and batching with a GPU's real memory.

    python -m evals.bench.bench_gpu

Needs CUDA and no downloads: its models are DINOv2 networks with random weights, loaded by a card.
Twenty of them share a budget for four. It compares the GPU's memory use with the residency's
account, the number of loads with the minimum, and batches of images with single ones.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evals.bench.bench_residency import min_loads
from evals.user_catalogue import user_catalogue
from tools import Image
from tools.adapters.transformers.image_features import ImageFeatures
from tools.home import home
from tools.models.catalogue import Catalogue
from tools.models.load_variant import LoadVariant
from tools.models.profile import Profile
from tools.models.residency.card_loader import CardLoader
from tools.models.residency.footprints import memory_in_use
from tools.models.residency.model_events import ModelEvent, ModelLoading
from tools.models.residency.residency import Residency
from tools.models.weight_uri import parse_folder

CARD = "compare/dinov2-base"
MODELS = 20
SLOTS = 4
LEASES = 200
CYCLES = 50
BATCH_SIZES = (1, 8, 32)
SEED = 2026
LARGE = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12}


@dataclass(frozen=True)
class LeaseCost:
    """The cost of a sequence of leases."""

    loads: int
    min_loads: int
    peak_bytes: int
    budget_bytes: int
    leaked_bytes: int
    """The increase of the device's memory use from start to end."""
    seconds: float


def write_checkpoint(folder: Path, sizes: dict[str, int]) -> None:
    """Write a randomly initialized checkpoint in the layout of the hub."""
    from transformers import BitImageProcessor, Dinov2Config, Dinov2Model

    Dinov2Model(Dinov2Config(**sizes)).save_pretrained(folder)
    BitImageProcessor(
        size={"shortest_edge": 224}, crop_size={"height": 224, "width": 224}
    ).save_pretrained(folder)


def profile_of(folder: Path, device: str, budget_bytes: int, model_bytes: int) -> Profile:
    """Return a profile with twenty models that share these weights."""
    catalogue = user_catalogue()
    card = catalogue[CARD]
    weights = replace(card.repositories[0], sources=(parse_folder(f"file:{folder}"),))
    cards = [
        replace(
            card,
            id=f"bench/model-{number}",
            repositories=(weights,),
            variants=(LoadVariant("float32", model_bytes),),
        )
        for number in range(MODELS)
    ]
    base = Profile.load("gpu-8gb", catalogue)
    return replace(
        base,
        device=device,
        memory_bytes=budget_bytes,
        models={},
        catalogue=Catalogue(cards, home()),
    )


async def measure_leases(profile: Profile, leases: Sequence[str]) -> LeaseCost:
    """Lease these models in sequence and measure the device's memory."""
    loads = 0

    def observe(event: ModelEvent) -> None:
        nonlocal loads
        loads += isinstance(event, ModelLoading)

    device = profile.device
    residency = Residency(CardLoader(profile), {device: profile.memory_bytes}, observe=observe)
    before = memory_in_use(device) or 0
    peak = 0
    start = time.perf_counter()
    residency.expect("bench", leases)
    for model in leases:
        async with residency.lease(model):
            residency.mark_used("bench", model)
            peak = max(peak, (memory_in_use(device) or 0) - before)
    await residency.close()
    return LeaseCost(
        loads=loads,
        min_loads=min_loads(leases),
        peak_bytes=peak,
        budget_bytes=profile.memory_bytes,
        leaked_bytes=(memory_in_use(device) or 0) - before,
        seconds=time.perf_counter() - start,
    )


def images_per_second(model: ImageFeatures, count: int, *, batched: bool) -> float:
    """Measure images per second, in one batch or one by one."""
    import PIL.Image

    pictures = [Image(PIL.Image.new("RGB", (224, 224), (number, 0, 0))) for number in range(count)]
    groups = [pictures] if batched else [[picture] for picture in pictures]
    for group in groups:  # the first call chooses kernels
        model.vectors(group)
    start = time.perf_counter()
    for group in groups:
        model.vectors(group)
    return count / (time.perf_counter() - start)


def plan_like_leases(models: int, leases: int) -> list[str]:
    """Generate leases as plans make them: few models, each several times."""
    rng = random.Random(SEED)
    model_ids: list[str] = []
    while len(model_ids) < leases:
        working_set = rng.sample(range(models), 6)
        model_ids += [f"bench/model-{rng.choice(working_set)}" for _ in range(12)]
    return model_ids[:leases]


def main() -> int:
    import torch

    if not torch.cuda.is_available():
        print("bench_gpu needs a GPU with CUDA; `python -m evals.bench.bench_residency` needs none")
        return 2
    device = "cuda"
    console = Console()
    with tempfile.TemporaryDirectory() as home:
        os.environ["BATUTA_HOME"] = home
        folder = Path(home, "checkpoint")
        write_checkpoint(folder, LARGE)
        model_bytes = round(1.02 * (folder / "model.safetensors").stat().st_size)
        profile = profile_of(
            folder, device, budget_bytes=SLOTS * model_bytes, model_bytes=model_bytes
        )
        cycles = [f"bench/model-{number % MODELS}" for number in range(CYCLES)]
        table = Table(title=f"{torch.cuda.get_device_name()}: {MODELS} models, room for {SLOTS}")
        for column in ("sequence", "leases", "loads", "minimum", "peak of budget", "leaked", "s"):
            table.add_column(column, justify="right")
        for name, leases in (("plans", plan_like_leases(MODELS, LEASES)), ("in a circle", cycles)):
            cost = asyncio.run(measure_leases(profile, leases))
            share = cost.peak_bytes / cost.budget_bytes
            row = (
                len(leases),
                cost.loads,
                cost.min_loads,
                f"{share:.0%}",
                f"{cost.leaked_bytes:,} B",
            )
            table.add_row(name, *map(str, row), f"{cost.seconds:.1f}")
        console.print(table)
        model = CardLoader(profile).load("bench/model-0", device).model
        assert isinstance(model, ImageFeatures)
        table = Table(title="images per second")
        for column in ("at once", "one by one", "together"):
            table.add_column(column, justify="right")
        for count in BATCH_SIZES:
            rates = [images_per_second(model, count, batched=batched) for batched in (False, True)]
            table.add_row(str(count), *(f"{rate:.0f}" for rate in rates))
        console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
