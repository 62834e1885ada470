"""Add a model of a hub: check it, fetch it with consent, run its example, write its card."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from agent.cli.console import Console
from agent.cli.models.consent import ask_for_consent
from agent.cli.models.pull_models import pull_with_bars
from agent.cli.terminal import Terminal
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime, Settings
from agent.runtime.run_coroutine import run_coroutine
from tools.errors import InputError
from tools.models.catalogue import Catalogue
from tools.models.hub.download_speed import bytes_per_second, duration_text
from tools.models.hub.hub_card import CardProposal, propose_card
from tools.models.hub.hub_client import HubClient, parse_reference
from tools.models.hub.user_cards import UserCard, UserCards, unused_folders
from tools.models.profile import Profile
from tools.models.routing import pin_of
from tools.sdk.tool_check import SAMPLES

_MB = 1e6
_LARGE_BYTES = 100_000_000
"""Only for larger downloads is the speed measured, which takes up to 8 MB of them."""


@dataclass(frozen=True)
class AddOptions:
    """How to add a model."""

    profile: str
    tool: str = ""
    """The tool to add it for, where its class fits several adapters."""
    settings: tuple[tuple[str, str], ...] = ()
    """Settings of its adapter, by name."""
    consent: bool = False
    """Whether the download was agreed to on the command line."""
    run_example: bool = True


def add_model(reference: str, home: Path, options: AddOptions) -> UserCard:
    """Add a hub repository as a model, or leave everything as it was."""
    repository, revision = parse_reference(reference)
    client = HubClient()
    client.require_answer()
    catalogue = Catalogue.load(home)
    proposal = propose_card(
        client,
        client.describe(repository, revision),
        catalogue,
        tool=options.tool,
        branch=revision,
        settings=dict(options.settings),
    )
    _check_profile(proposal, options.profile, catalogue)
    _ask_for_consent(client, proposal, options)
    cards = UserCards(home)
    previous = next((card for card in cards.all() if card.id == proposal.table["id"]), None)
    old_weights = unused_folders(previous, catalogue) if previous else ()
    card = cards.write(proposal.table)
    try:
        _require_memory(card, home, options.profile)
        _fetch(card, home)
        card = cards.write(_with_all_hashes(card, home))
        if options.run_example:
            run_coroutine(_run_example(card, home, options.profile))
    except BaseException:
        _restore(cards, card, previous)
        raise
    if previous and previous.commit != card.commit:
        _remove_paths(old_weights)
    _note(f"added {card.id}, which now comes first for {', '.join(card.table['tools'])}")
    _note(f"its card: {card.path}")
    return card


def remove_model(name: str, home: Path) -> None:
    """Remove a model that was added, and its weights if no other model uses them."""
    cards = UserCards(home)
    card = cards.find(name)
    freed = unused_folders(card, Catalogue.load(home))
    size = sum(path.stat().st_size for folder in freed for path in _files_below(folder))
    _remove_paths(freed)
    cards.remove(card)
    _note(f"removed {card.id} and {size / _MB:,.1f} MB of weights")


def pin_model(name: str, revision: str, home: Path, options: AddOptions) -> UserCard:
    """Move a model that was added to a commit, tag or branch."""
    card = UserCards(home).find(name)
    return add_model(f"hf:{card.repository}@{revision}", home, _options_of(card, options))


def update_models(name: str, home: Path, options: AddOptions) -> None:
    """Move one model that was added, or all, to the newest commit of its branch."""
    cards = UserCards(home)
    selected = (cards.find(name),) if name else cards.all()
    if not selected:
        _note("no model was added from a hub; add one with: batuta models add hf:org/name")
        return
    client = HubClient()
    client.require_answer()
    for card in selected:
        newest = client.describe(card.repository, card.branch)
        if newest.commit == card.commit:
            _note(f"{card.id} is at the newest commit of {card.branch}: {card.commit[:12]}")
        else:
            _note(f"{card.id}: {card.commit[:12]} → {newest.commit[:12]}")
            reference = f"hf:{card.repository}@{card.branch}"
            add_model(reference, home, _options_of(card, options))


def _options_of(card: UserCard, options: AddOptions) -> AddOptions:
    return AddOptions(
        options.profile, card.table["tools"][0], options.settings, options.consent,
        options.run_example,
    )  # fmt: skip


def _check_profile(proposal: CardProposal, profile_name: str, catalogue: Catalogue) -> None:
    """Raise InputError if the profile forbids the licence."""
    licences = Profile.load(profile_name, catalogue).licences
    if licences is not None and proposal.licence not in licences:
        raise InputError(
            f"the profile {profile_name!r} does not allow the licence {proposal.licence!r} of "
            f"{proposal.model.repository!r}; it allows {', '.join(sorted(licences)) or 'none'}",
            hint="choose another model with --licence, or another profile",
        )


def _ask_for_consent(client: HubClient, proposal: CardProposal, options: AddOptions) -> None:
    model = proposal.model
    duration = ""
    if proposal.bytes > _LARGE_BYTES and not options.consent:
        speed = bytes_per_second(client, model.repository, model.commit)
        duration = duration_text(proposal.bytes, speed)
    _note(f"{model.repository} at commit {model.commit[:12]}")
    _note(f"  {proposal.rule.name}, for {', '.join(proposal.rule.tools)}")
    _note(f"  licence: {proposal.licence}")
    _note(f"  to fetch: {proposal.bytes / _MB:,.1f} MB" + (f", {duration}" if duration else ""))
    if not options.consent:
        ask_for_consent(f"{proposal.bytes:,} bytes under the licence {proposal.licence!r}")


def _require_memory(card: UserCard, home: Path, profile_name: str) -> None:
    """Raise CatalogueError if the model does not fit the memory of the profile."""
    catalogue = Catalogue.load(home)
    Profile.load(profile_name, catalogue).select_variant(catalogue[card.id])


def _fetch(card: UserCard, home: Path) -> None:
    stop = threading.Event()
    pull_with_bars([Catalogue.load(home)[card.id]], stop)


def _with_all_hashes(card: UserCard, home: Path) -> dict[str, object]:
    """Return the card with the sha256 of every file that was fetched."""
    repository = Catalogue.load(home)[card.id].repositories[0]
    record = repository.record()
    hashes = {name: file.sha256 for name, file in record.files.items()} if record else {}
    first, *others = card.table["repositories"]
    return {**card.table, "repositories": [{**first, "sha256": hashes}, *others]}


async def _run_example(card: UserCard, home: Path, profile: str) -> None:
    """Run the example of the card's first tool with this model and no other."""
    tool_name = card.table["tools"][0]
    view = Terminal()
    async with AgentRuntime.open(Settings(profile=profile, home=home)) as agent:
        (example, *_) = agent.session.find(tool_name).examples
        plan = re.sub(rf"\b{tool_name}\(", f"{tool_name}@{pin_of(card.id)}(", example)
        events = agent.run(f"example of {card.id}", plan=plan, named_files=SAMPLES)
        outcome = await RunOutcome().consume(events, view.show)
    if outcome.state != "done":
        raise InputError(
            f"{card.repository!r} was not added: the example of {tool_name!r} failed with it: "
            f"{outcome.error}",
            hint="choose another model, correct a setting with --set NAME=VALUE, or leave the "
            "example out with --no-example",
        )


def _restore(cards: UserCards, card: UserCard, previous: UserCard | None) -> None:
    """Undo a card that could not be used; what was fetched stays for the next try."""
    if previous:
        cards.write(previous.table)
    else:
        cards.remove(card)


def _remove_paths(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _files_below(path: Path) -> list[Path]:
    return [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]


def _note(line: str) -> None:
    Console(highlight=False, soft_wrap=True).print(Text(line))
