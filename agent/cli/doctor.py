"""Check whether Batuta works on this machine, and what is missing.

`gather` probes the machine and returns facts; `findings` judges the facts and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.planner.llm.language_model_files import ADAPTER, KNOWN_TOOLS
from agent.planner.llm.llm_errors import LanguageModelError
from agent.planner.llm.model_speed import LIMIT_S, Speed, measure_speed
from tools.models.auto_profile import LAPTOP
from tools.models.card import Card
from tools.models.catalogue import Catalogue
from tools.models.download import plan_pull
from tools.models.download.missing_clients import ClientGap, client_gaps
from tools.models.download.programs import Program, install_command
from tools.models.download.weight_store import WeightStore
from tools.models.hardware import best_profile
from tools.models.machine_probe import HUB_NAME, Machine, hub_answers, probe_machine
from tools.models.profile import Profile
from tools.models.profile_names import OFFLINE

State = Literal["ok", "notice", "problem"]
_GB = 1e9
_BUSY = 2.0
"""Load per core above which measured speeds are unreliable."""


@dataclass(frozen=True)
class LanguageModel:
    """The language model that plans, and its speed on this machine."""

    name: str
    card: str
    """Its card in the catalogue, if it has one."""
    local: bool
    """Whether it runs from a file on this machine; others are not tested."""
    on_disk: bool
    speed: Speed | None
    error: str
    """Why it cannot be loaded."""


@dataclass(frozen=True)
class Weights:
    """The weights that a profile needs."""

    bytes_here: int
    bytes_needed: int
    missing_models: tuple[str, ...]
    too_large_models: tuple[str, ...]
    """Models that need more memory than the profile may use here."""


@dataclass(frozen=True)
class Facts:
    """What `gather` found."""

    profile: str
    model_memory_bytes: int
    """Memory budget of models on the device of the profile."""
    machine: Machine
    hub_answers: bool
    gaps: tuple[ClientGap, ...]
    weights: Weights
    language_model: LanguageModel
    best_profile: str
    """The largest profile that fits the GPU; else `laptop` with a hub, `offline` without."""


@dataclass(frozen=True)
class Finding:
    """One line of the report; `fix` is the command against a problem."""

    name: str
    state: State
    text: str
    fix: str = ""


def gather(profile_name: str, home: Path) -> Facts:
    """Probe the machine for a profile; takes 10 s with weights."""
    catalogue = Catalogue.load(home)
    profile = Profile.load(profile_name, catalogue)
    machine = probe_machine(home)
    answers = hub_answers()
    return Facts(
        profile=profile_name,
        model_memory_bytes=profile.memory_bytes,
        machine=machine,
        hub_answers=answers,
        gaps=client_gaps(profile),
        weights=_weights(profile),
        language_model=_language_model(profile),
        best_profile=_best_profile(machine, catalogue, hub=answers),
    )


def _best_profile(machine: Machine, catalogue: Catalogue, *, hub: bool) -> str:
    best = best_profile(machine.gpu.memory_bytes if machine.gpu else 0, catalogue)
    return LAPTOP if best == OFFLINE and hub else best


def works(report: tuple[Finding, ...]) -> bool:
    """Return whether the report has no problem."""
    return all(finding.state != "problem" for finding in report)


def findings(facts: Facts) -> tuple[Finding, ...]:
    """Judge the facts: one finding per line of the report."""
    machine = facts.machine
    return (
        Finding("Python", "ok", machine.python),
        _judge_cores(machine),
        _judge_memory(facts),
        _judge_disk(facts),
        _judge_npm(facts),
        _judge_chromium(machine.chromium),
        _judge_gpu(machine),
        _judge_hub(facts),
        _judge_weights(facts),
        _judge_language_model(facts),
        _judge_profile(facts),
    )


def _weights(profile: Profile) -> Weights:
    items = plan_pull(profile.required_cards())
    return Weights(
        bytes_here=sum(item.bytes for item in items if item.present),
        bytes_needed=sum(item.bytes for item in items),
        missing_models=tuple(dict.fromkeys(item.card for item in items if not item.present)),
        too_large_models=tuple(
            card.id
            for card in profile.required_cards()
            if card.memory_bytes > profile.budgets[profile.device_of(card)]
        ),
    )


def _language_model(profile: Profile) -> LanguageModel:
    name, card = profile.language_model, profile.language_model_card
    provider, _, path = name.partition(":")
    local = provider == "local"
    file = _model_file(card, path) if local else None
    speed, error = _speed(file) if file else (None, "")
    return LanguageModel(name, card.id if card else "", local, file is not None, speed, error)


def _model_file(card: Card | None, path: str) -> Path | None:
    """Return the file of a local language model, if it exists."""
    if card is None:
        model = Path(path).expanduser()
        return model if model.is_file() else None
    file = next(file for file in card.files if file.name not in (ADAPTER, KNOWN_TOOLS))
    store = WeightStore(card.weights_folder)
    return store.path(file) if store.holds(file) else None


def _speed(file: Path) -> tuple[Speed | None, str]:
    try:
        return measure_speed(file), ""
    except LanguageModelError as error:
        return None, error.message


def _judge_cores(machine: Machine) -> Finding:
    text = f"{machine.cores} (load {machine.load_average:.1f})"
    if machine.load_average < _BUSY * machine.cores:
        return Finding("cores", "ok", text)
    return Finding("cores", "notice", f"{text}: other programs use them, answers will be slow")


def _judge_memory(facts: Facts) -> Finding:
    memory = f"{_gb(facts.machine.memory_bytes)} GB"
    text = f"{memory}; models may take {_gb(facts.model_memory_bytes)} GB"
    large = facts.weights.too_large_models
    if not large:
        return Finding("memory", "ok", text)
    state: State = "problem" if facts.language_model.card in large else "notice"
    return Finding("memory", state, f"{text}: too little for {', '.join(large)}")


def _judge_disk(facts: Facts) -> Finding:
    machine, weights = facts.machine, facts.weights
    text = f"{_gb(machine.disk_free_bytes)} GB free for {machine.home}"
    fix = "export BATUTA_HOME=/a/folder/on/a/larger/disk"
    if not machine.home_writable:
        return Finding("disk", "problem", f"{machine.home} cannot be written", fix)
    missing = weights.bytes_needed - weights.bytes_here
    if missing > machine.disk_free_bytes:
        return Finding("disk", "problem", f"{text}; the weights need {_gb(missing)} GB", fix)
    return Finding("disk", "ok", text)


def _judge_npm(facts: Facts) -> Finding:
    npm = facts.machine.npm
    if npm.works:
        return Finding("npm", "ok", npm.version)
    if npm.path:
        return Finding("npm", "notice", f"{npm.path} does not start", install_command("npm"))
    for gap in facts.gaps:
        return Finding("npm", "notice", str(gap), gap.fix)
    return Finding("npm", "ok", f"not installed; profile {facts.profile!r} does not need it")


def _judge_chromium(chromium: Program) -> Finding:
    if chromium.works:
        return Finding("Chromium", "ok", chromium.version)
    text = f"{chromium.path} does not start" if chromium.path else "not installed"
    fix = install_command("chromium")
    return Finding("Chromium", "notice", f"{text}; only `make test` needs it", fix)


def _judge_gpu(machine: Machine) -> Finding:
    if not machine.torch:
        fix = "python -m pip install --force-reinstall torch torchvision"
        return Finding("GPU", "problem", "torch cannot be imported", fix)
    if machine.gpu is None:
        return Finding("GPU", "ok", "none; profile 'offline' needs none")
    if machine.gpu.usable:
        return Finding("GPU", "ok", f"{machine.gpu.name}, {_gb(machine.gpu.memory_bytes)} GB")
    text = f"{machine.gpu.name}, but torch {machine.torch} cannot use it"
    return Finding("GPU", "notice", text, "python -m pip install --force-reinstall torch")


def _judge_hub(facts: Facts) -> Finding:
    if facts.hub_answers:
        return Finding("model hub", "ok", f"{HUB_NAME} answers")
    text = f"{HUB_NAME} does not answer; only profile 'offline' does without it"
    return Finding("model hub", "notice", text)


def _judge_weights(facts: Facts) -> Finding:
    weights = facts.weights
    text = (
        f"{_gb(weights.bytes_here)} of {_gb(weights.bytes_needed)} GB of profile {facts.profile!r}"
    )
    if not weights.missing_models:
        return Finding("weights", "ok", text)
    count = len(weights.missing_models)
    models = f"{count} models are" if count > 1 else f"{weights.missing_models[0]} is"
    text = f"{text}; {models} fetched when first used, or all at once"
    return Finding("weights", "notice", text, _pull_command(facts.profile))


def _judge_language_model(facts: Facts) -> Finding:
    model = facts.language_model
    if not model.local:
        return Finding("language model", "ok", f"{model.name}; not tested")
    if not model.on_disk:
        text = f"{model.name} is not on this machine; Batuta cannot answer without it"
        return Finding("language model", "problem", text, _pull_command(facts.profile))
    if model.error:
        text = f"{model.name} cannot be loaded: {model.error}"
        fix = f"{_pull_command(facts.profile)} --verify"
        return Finding("language model", "problem", text, fix)
    if model.speed is None:
        text = f"{model.name} did not answer in {LIMIT_S:.0f} s: close other programs"
        return Finding("language model", "notice", text)
    read, write = model.speed.read_tokens_s, model.speed.write_tokens_s
    text = f"{model.name} reads {read:.1f} and writes {write:.1f} tokens a second"
    return Finding("language model", "ok", text)


def _judge_profile(facts: Facts) -> Finding:
    best = facts.best_profile
    if best == "offline":
        return Finding("profile", "ok", "offline")
    if best == LAPTOP:
        text = f"{LAPTOP} fits this machine: a model hub answers, and no GPU is large enough"
        return Finding("profile", "ok", text)
    if not facts.hub_answers:
        text = f"offline; {best} fits this GPU, but needs the model hub"
        return Finding("profile", "notice", text)
    return Finding("profile", "ok", f"{best} fits this GPU: use it with --profile {best}")


def _pull_command(profile: str) -> str:
    return "batuta models pull" + ("" if profile == "offline" else f" --profile {profile}")


def _gb(count: int) -> str:
    return f"{count / _GB:.1f}"
