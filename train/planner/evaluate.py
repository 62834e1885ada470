"""Score the trained planner: greedy decoding, without grammar, repair or examples.

    python -m train.planner.evaluate --data plans.jsonl --adapter adapter.gguf --each 60

On held-out splits a plan is right if it has the dataflow of the reference plan; the project's own
requests (split=tune; the reported ones are never read) are judged as in `batuta eval`. Plans are
decoded in torch, in batches. Whether llama.cpp decodes the same has not been measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from agent.plan import Callee, CheckedPlan, PlanError
from agent.plan.compare.dataflow import same_dataflow
from agent.planner.planner import strip_fence
from agent.planner.prompts import ConversationTurn
from evals.harness.type_names import parse_type
from evals.request_samples import Request, is_right, requests
from evals.scoring.metrics import wilson_interval
from evals.user_catalogue import user_catalogue
from tools.errors import InputError
from tools.models.download import fetch
from tools.sdk.plan_types import Type
from train.planner.data.known_tools import known_tools
from train.planner.data.signatures import as_callees, parse_signature
from train.planner.data.training_example import check_plan
from train.planner.dataset import HELD_OUT, PlannedRequest, by_split, read_dataset
from train.planner.decode import open_plan_decoder

TUNE = "tune"
BATCH = 64

WritePlans = Callable[[Sequence[PlannedRequest]], Sequence[str]]


@dataclass(frozen=True)
class Verdict:
    """The judgement of one request's plan."""

    split: str
    kind: str
    request: str
    plan: str
    right: bool
    refused: str = ""
    """Why the checker refused the plan."""


def judge_held_out(request: PlannedRequest, text: str) -> Verdict:
    """Compare a plan with the reference plan of its request."""
    described = as_callees(map(parse_signature, request.tools))
    tools: dict[str, Callee] = {**known_tools(), **described}
    types = {name: parse_type(kind) for name, kind in request.types.items()}
    plan, refused = _check(text, tools, types)
    right = plan is not None and same_dataflow(plan, check_plan(request.plan, tools, types))
    return Verdict(request.split, request.kind, request.request, text, right, refused)


async def judge_own(request: Request, text: str) -> Verdict:
    """Judge a plan for the project's own request, as in `batuta eval`."""
    tools = known_tools()
    plan, refused = _check(text, tools, request.all_types)
    right = plan is not None and await is_right(plan, request, tools)
    return Verdict(TUNE, request.kind, request.request, text, right, refused)


def as_planned(request: Request) -> PlannedRequest:
    """Convert one of the project's requests to the training format."""
    turns = [ConversationTurn(turn.request, turn.plan, turn.answer) for turn in request.turns]
    return PlannedRequest(request=request.request, names=request.descriptions, turns=turns, plan="")


def _check(
    text: str, tools: Mapping[str, Callee], types: Mapping[str, Type]
) -> tuple[CheckedPlan | None, str]:
    try:
        return check_plan(text, tools, types), ""
    except (InputError, PlanError) as error:
        return None, str(error)


def table(verdicts: Iterable[Verdict]) -> str:
    """Format a line per split and kind: share, interval, refused plans."""
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(verdict.split, []).append(verdict)
        groups.setdefault(f"  {verdict.split} / {verdict.kind}", []).append(verdict)
    return "\n".join(f"{name}: {_line(group)}" for name, group in sorted(groups.items()))


def _line(group: Sequence[Verdict]) -> str:
    right = sum(verdict.right for verdict in group)
    low, high = wilson_interval(right, len(group))
    refused = sum(bool(verdict.refused) for verdict in group)
    return (
        f"{right} of {len(group)} ({right / len(group):.2f}, {low:.2f}–{high:.2f}), "
        f"{refused} refused"
    )


async def evaluate(
    write: WritePlans,
    held_out: Sequence[PlannedRequest],
    own: Sequence[Request],
    log: Callable[[Verdict], None] = lambda verdict: None,
) -> list[Verdict]:
    """Decode plans for all requests and judge them; `log` gets each verdict."""
    pairs = [(request, request) for request in held_out]
    pairs += [(as_planned(request), request) for request in own]
    pairs.sort(key=lambda pair: sum(map(len, pair[0].texts())))
    verdicts: list[Verdict] = []
    for start in range(0, len(pairs), BATCH):
        batch = pairs[start : start + BATCH]
        texts = write([request for request, _ in batch])
        for (_, request), text in zip(batch, map(strip_fence, texts), strict=True):
            if isinstance(request, Request):
                verdict = await judge_own(request, text)
            else:
                verdict = judge_held_out(request, text)
            verdicts.append(verdict)
            log(verdict)
    return verdicts


def scores(verdicts: Iterable[Verdict]) -> dict[str, float]:
    """Return the share of right plans of each split."""
    splits: dict[str, list[bool]] = {}
    for verdict in verdicts:
        splits.setdefault(verdict.split, []).append(verdict.right)
    return {
        f"{name} ({len(all_)} requests)": sum(all_) / len(all_) for name, all_ in splits.items()
    }


def own_requests(count: int) -> list[Request]:
    """Sample the project's requests of the tuning split."""
    tune = [request for request in requests() if request.split == TUNE]
    return random.Random(0).sample(tune, min(count, len(tune)))


def sample_held_out(
    requests: Sequence[PlannedRequest], per_split: int, seed: int = 0
) -> list[PlannedRequest]:
    """Sample `per_split` requests of every held-out split, reproducibly."""
    rng = random.Random(seed)
    splits = (by_split(requests, split) for split in HELD_OUT)
    return [
        request for split in splits for request in rng.sample(split, min(per_split, len(split)))
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Evaluate an adapter, or the base alone, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="data file with held-out splits")
    parser.add_argument("--adapter", type=Path, help="GGUF adapter; default: the base alone")
    parser.add_argument("--base", default="llm/qwen2.5-coder-0.5b", help="card of the base model")
    parser.add_argument("--each", type=int, default=60, help="requests of each held-out split")
    parser.add_argument("--own", type=int, default=1000, help="requests of the project's own")
    parser.add_argument("--log", type=Path, default=Path("verdicts.jsonl"), help="output file")
    options = parser.parse_args(arguments)
    held_out = sample_held_out(read_dataset(options.data), options.each) if options.data else []
    write = open_plan_decoder(fetch(user_catalogue()[options.base]), options.adapter)
    with options.log.open("a", encoding="utf-8") as lines:

        def log(verdict: Verdict) -> None:
            lines.write(json.dumps(asdict(verdict), ensure_ascii=False) + "\n")

        print(table(asyncio.run(evaluate(write, held_out, own_requests(options.own), log))))


if __name__ == "__main__":
    main()
