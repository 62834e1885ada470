"""How often the trained planner plans rightly, in llama.cpp as it is used: greedy, no grammar.

    python -m train.planner.evaluate --data plans.jsonl --adapter adapter.gguf --each 60

On held-out splits a plan is right if it has the dataflow of the plan it was generated with, on the
project's own requests (split=tune; the reported ones are never read) as `batuta eval` judges.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from pathlib import Path

from agent.language_models.llama_server import LlamaServer
from agent.plan import Callee, CheckedPlan, PlanError
from agent.plan.meaning import same_dataflow
from agent.planner import strip_fence
from agent.prompts import Turn
from evals.metrics import wilson
from evals.requests import Request, is_right, requests
from evals.types import type_named
from tools.cards import Catalogue
from tools.errors import InputError
from tools.sources import fetch
from train.planner.dataset import HELD_OUT, PlannedRequest, by_split, read_dataset
from train.planner.example import check_plan
from train.planner.known_tools import known_tools
from train.planner.signatures import as_callees, parse_signature

PLAN_TOKENS = 400
TUNE = "tune"


@dataclass(frozen=True)
class Verdict:
    """What came of one request."""

    split: str
    kind: str
    request: str
    plan: str
    right: bool
    refused: str = ""
    """Why the checker refused the plan."""
    seconds: float = 0.0
    first_word_s: float = 0.0


@dataclass(frozen=True)
class Written:
    """A plan as it was written, and how long that took."""

    text: str
    seconds: float
    first_word_s: float


async def write_plan(server: LlamaServer, prompt: Sequence[Mapping[str, str]]) -> Written:
    """Have llama.cpp write a plan greedily."""
    body = {"messages": list(prompt), "max_tokens": PLAN_TOKENS, "temperature": 0.0}
    started = time.monotonic()
    text, first = "", 0.0
    async with aclosing(server.stream({**body, "cache_prompt": True})) as stream:
        async for delta in stream:
            if delta.text and not text:
                first = time.monotonic() - started
            text += delta.text
    return Written(strip_fence(text), time.monotonic() - started, first)


async def judge_held_out(server: LlamaServer, request: PlannedRequest) -> Verdict:
    """Plan a generated request and compare with its plan."""
    written = await write_plan(server, request.prompt())
    described = as_callees(map(parse_signature, request.tools))
    tools: dict[str, Callee] = {**known_tools(), **described}
    types = {name: type_named(kind) for name, kind in request.types.items()}
    plan, refused = _checked(written.text, lambda text: check_plan(text, tools, types))
    reference = check_plan(request.plan, tools, types)
    return Verdict(
        request.split,
        request.kind,
        request.request,
        written.text,
        plan is not None and same_dataflow(plan, reference),
        refused,
        written.seconds,
        written.first_word_s,
    )


async def judge_own(server: LlamaServer, request: Request) -> Verdict:
    """Plan one of the project's requests and judge it as `batuta eval requests` does."""
    turns = [Turn(turn.request, turn.plan, turn.answer) for turn in request.turns]
    asked = PlannedRequest(request=request.request, names=request.told, turns=turns, plan="")
    written = await write_plan(server, asked.prompt())
    tools = known_tools()
    plan, refused = _checked(written.text, lambda text: check_plan(text, tools, request.all_types))
    right = plan is not None and await is_right(plan, request, tools)
    return Verdict(
        TUNE,
        request.kind,
        request.request,
        written.text,
        right,
        refused,
        written.seconds,
        written.first_word_s,
    )


def _checked(text: str, check: Callable[[str], CheckedPlan]) -> tuple[CheckedPlan | None, str]:
    try:
        return check(text), ""
    except (InputError, PlanError) as error:
        return None, str(error)


def table(verdicts: Iterable[Verdict]) -> str:
    """Return a line for each split and kind: share, interval, refused plans, median seconds."""
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(verdict.split, []).append(verdict)
        groups.setdefault(f"  {verdict.split} / {verdict.kind}", []).append(verdict)
    return "\n".join(f"{name}: {_line(group)}" for name, group in sorted(groups.items()))


def _line(group: Sequence[Verdict]) -> str:
    right = sum(verdict.right for verdict in group)
    low, high = wilson(right, len(group))
    refused = sum(bool(verdict.refused) for verdict in group)
    seconds = sorted(verdict.seconds for verdict in group)[len(group) // 2]
    return (
        f"{right} of {len(group)} ({right / len(group):.2f}, {low:.2f}–{high:.2f}), "
        f"{refused} refused, median {seconds:.1f} s"
    )


async def evaluate(
    server: LlamaServer, held_out: Sequence[PlannedRequest], own: Sequence[Request], log: Path
) -> list[Verdict]:
    """Judge all requests, and append each verdict to the log as it comes."""
    verdicts: list[Verdict] = []
    with log.open("a", encoding="utf-8") as lines:
        for request in [*held_out, *own]:
            if isinstance(request, Request):
                verdict = await judge_own(server, request)
            else:
                verdict = await judge_held_out(server, request)
            verdicts.append(verdict)
            lines.write(json.dumps(asdict(verdict), ensure_ascii=False) + "\n")
            lines.flush()
    return verdicts


def sampled(requests: Sequence[PlannedRequest], each: int, seed: int = 0) -> list[PlannedRequest]:
    """Return so many requests of each held-out split, the same for the same file."""
    chance = random.Random(seed)
    splits = (by_split(requests, split) for split in HELD_OUT)
    return [one for split in splits for one in chance.sample(split, min(each, len(split)))]


def main(arguments: Sequence[str] | None = None) -> None:
    """Evaluate an adapter, or the base alone, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="the file with held-out splits")
    parser.add_argument("--adapter", type=Path, help="a GGUF file; the base alone without it")
    parser.add_argument("--base", default="llm/qwen2.5-coder-0.5b", help="the base's card")
    parser.add_argument("--each", type=int, default=60, help="requests of each held-out split")
    parser.add_argument("--own", type=int, default=1000, help="requests of the project's own")
    parser.add_argument("--log", type=Path, default=Path("verdicts.jsonl"), help="where to write")
    options = parser.parse_args(arguments)
    (base,) = fetch(Catalogue.load()[options.base]).values()
    held_out = sampled(read_dataset(options.data), options.each) if options.data else []
    tune = [request for request in requests() if request.split == TUNE]
    own = random.Random(0).sample(tune, min(options.own, len(tune)))
    with tempfile.TemporaryDirectory() as prompts:
        server = LlamaServer(base, saved_prompts=Path(prompts), adapter=options.adapter)
        try:
            verdicts = asyncio.run(evaluate(server, held_out, own, options.log))
        finally:
            server.close()
    print(table(verdicts))


if __name__ == "__main__":
    main()
