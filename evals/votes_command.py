"""The command `batuta eval votes`: votes from the chat become samples after a review."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.options import exit_on_error

if TYPE_CHECKING:
    from evals.vote_samples import VoteSample


def votes(
    folder: Annotated[Path, typer.Option(help="The folder of the samples.")] = Path("vote-samples"),
    review: Annotated[
        bool, typer.Option("--review", help="Decide about each open sample.")
    ] = False,
) -> None:
    """Collect runs that people voted on; only those that a person accepts become samples."""
    samples = exit_on_error(lambda: _collect(folder))
    if review:
        exit_on_error(lambda: _review(samples, folder))
    counts = Counter(sample.review for sample in samples)
    typer.echo(", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "none")
    if counts["open"] and not review:
        typer.echo(f"review them: batuta eval votes --folder {folder} --review")
    if counts["accepted"]:
        typer.echo(f"run them: batuta eval answers --set samples={folder}")


def _collect(folder: Path) -> list[VoteSample]:
    from evals.vote_samples import collect_votes
    from tools.home import home

    samples, fresh = collect_votes(home(), folder)
    typer.echo(f"{fresh} new votes; {len(samples)} samples in {folder}")
    return samples


def _review(samples: list[VoteSample], folder: Path) -> None:
    """Ask about each open sample; every decision is written at once."""
    from evals.vote_samples import write_vote_samples

    open_samples = [sample for sample in samples if sample.review == "open"]
    for number, sample in enumerate(open_samples, 1):
        _show(sample, folder, f"{number} of {len(open_samples)}")
        decision = typer.prompt("accept, reject or later? (a/r/l)", default="l").strip().lower()
        if decision.startswith("a"):
            _ask_for_facts(sample)
            sample.review = "accepted" if sample.has_fact else "open"
            if not sample.has_fact:
                typer.echo("nothing can be checked, so it stays open")
        elif decision.startswith("r"):
            sample.review = "rejected"
            sample.note = typer.prompt("reason", default="", show_default=False)
        write_vote_samples(folder, samples)


def _show(sample: VoteSample, folder: Path, position: str) -> None:
    from agent.record.control_characters import visible

    files = ", ".join(str(folder / name) for name in sample.files) or "none"
    lines = [
        f"--- {position}: {sample.run}, voted {'up' if sample.up else 'down'} {sample.reason!r}",
        *(f"before:  {turn.request}" for turn in sample.earlier),
        f"request: {sample.request}",
        f"files:   {files}",
        f"plan:\n{sample.plan}",
        f"answer:  {sample.answer}",
    ]
    typer.echo(visible("\n".join(lines)))


def _ask_for_facts(sample: VoteSample) -> None:
    typer.echo("What is true of every right answer? Leave empty what cannot be said.")
    says = typer.prompt("words it says: and by ';', or by '|'", default="", show_default=False)
    says_not = typer.prompt("words it does not say, by ';'", default="", show_default=False)
    number = typer.prompt("the first number in it", default="", show_default=False)
    sample.says = [_split(group, "|") for group in _split(says, ";")]
    sample.says_not = _split(says_not, ";")
    try:
        sample.number = float(number) if number.strip() else None
    except ValueError:
        typer.echo(f"{number!r} is no number, so it is left out")


def _split(text: str, separator: str) -> list[str]:
    return [part.strip() for part in text.split(separator) if part.strip()]
