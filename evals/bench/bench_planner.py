"""Measure the local model's planning latency, cold and warm (accuracy: batuta eval requests).

python -m evals.bench.bench_planner
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from langchain_core.language_models import BaseChatModel

from agent.planner.llm import create
from agent.planner.llm.language_model_files import LanguageModelFiles
from agent.planner.planner import Planner
from agent.record.budget import Budget
from agent.record.events import Event, PlanText
from agent.runtime.session import Session
from evals.request_samples import requests
from evals.user_catalogue import user_catalogue
from tools.home import home
from tools.models.download import fetch

MODEL = "local:planner-0.5b"


@dataclass(frozen=True)
class Latency:
    """The latency of one plan."""

    first_word_s: float
    whole_s: float
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class ProcessStart:
    """The latencies of a fresh process: its first plan, then another request's."""

    import_s: float
    first: Latency
    second: Latency


def make_model(prompt_cache: Path | None = None) -> BaseChatModel:
    catalogue = user_catalogue()

    def files(card_id: str) -> LanguageModelFiles:
        return LanguageModelFiles.of_card(fetch(catalogue[card_id]))

    return create(MODEL, fetch=files, prompt_cache_folder=prompt_cache)


async def plan_once(model: BaseChatModel, number: int) -> Latency:
    request, session = requests()[number], Session.load("offline", home=home())
    start, chunk_times = time.perf_counter(), list[float]()

    def emit(event: Event) -> None:
        if isinstance(event, PlanText):
            chunk_times.append(time.perf_counter() - start)

    tools = session.offered_for({})
    planner = Planner(
        model, tools, absent=session.absent, seed=0, emit=emit, budget=Budget(repairs=0)
    )
    await planner.plan(request.request, request.all_types, request.descriptions, ())
    whole_s = time.perf_counter() - start
    usage = planner.usage
    return Latency(chunk_times[0], whole_s, usage.input_tokens, usage.output_tokens)


async def start_fresh(prompt_cache: Path, imported_s: float) -> ProcessStart:
    model = make_model(prompt_cache)
    return ProcessStart(imported_s, await plan_once(model, 0), await plan_once(model, 2))


def in_new_process(prompt_cache: str) -> ProcessStart:
    command = [sys.executable, "-m", "evals.bench.bench_planner", "--start", prompt_cache]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return ProcessStart(result["import_s"], Latency(**result["first"]), Latency(**result["second"]))


def print_latencies() -> None:
    with tempfile.TemporaryDirectory() as prompt_cache:
        cold, warm = in_new_process(prompt_cache), in_new_process(prompt_cache)
    rows = {
        "fresh process, no cache": cold.first,
        "fresh process, prompt cached on disk": warm.first,
        "same process, next request": warm.second,
    }
    print(f"{'first plan (loading included)':38}{'first word':>11}{'whole plan':>11}{'tokens':>12}")
    for name, latency in rows.items():
        tokens = f"{latency.input_tokens} + {latency.output_tokens}"
        print(f"{name:38}{latency.first_word_s:9.2f} s{latency.whole_s:9.2f} s{tokens:>12}")
    decoding_s = warm.second.whole_s - warm.second.first_word_s
    print(f"decodes {(warm.second.output_tokens - 1) / decoding_s:.0f} tokens/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.start:
        print(json.dumps(asdict(asyncio.run(start_fresh(options.start, time.process_time())))))
        return
    print_latencies()


if __name__ == "__main__":
    main()
