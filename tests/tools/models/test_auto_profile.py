from pathlib import Path

import pytest

from tools.models.auto_profile import ProfileChoice, choose_profile
from tools.models.machine_probe import Gpu
from tools.models.profile import Profile

GB = 1_000_000_000


@pytest.mark.parametrize(
    ("hub", "gpu", "profile", "reason"),
    [
        (False, None, "offline", "no model hub answers"),
        (False, Gpu("A100", 80 * GB), "offline", "no model hub answers"),
        (True, None, "laptop", "a model hub answers, and there is no GPU"),
        (True, Gpu("GTX", 0), "laptop", "a model hub answers, but torch cannot use GTX"),
        (True, Gpu("MX", 2 * GB), "laptop", "a model hub answers, but MX with 2 GB is too small"),
        (True, Gpu("RTX", 24 * GB), "gpu-24gb", "a model hub answers, and there is RTX with 24 GB"),
        (True, Gpu("RTX", 16 * GB), "gpu-8gb", "a model hub answers, and there is RTX with 16 GB"),
    ],
)
def test_hub_and_gpu_decide(
    tmp_path: Path, hub: bool, gpu: Gpu | None, profile: str, reason: str
) -> None:
    choice = choose_profile(tmp_path, hub=lambda: hub, gpu=lambda: gpu)

    assert choice == ProfileChoice(profile, reason)
    assert str(choice) == f"profile {profile!r}: {reason}; choose another with --profile NAME"


def test_the_choice_is_kept_for_minutes(tmp_path: Path) -> None:
    answers = iter([False, True])

    def choose(now: float) -> str:
        return choose_profile(
            tmp_path, hub=lambda: next(answers), gpu=lambda: None, now=lambda: now
        ).profile

    assert [choose(1000), choose(1500), choose(1601), choose(2000)] == [
        "offline", "offline", "laptop", "laptop",
    ]  # fmt: skip


def test_a_damaged_record_and_a_home_that_cannot_be_written_cost_only_a_probe(
    tmp_path: Path,
) -> None:
    (tmp_path / "auto-profile.json").write_text("{")
    (tmp_path / "file").write_text("")

    for home in (tmp_path, tmp_path / "file"):
        assert choose_profile(home, hub=lambda: False, gpu=lambda: None).profile == "offline"


def test_the_offline_profile_fetches_nothing_from_a_hub() -> None:
    from tools.models.catalogue import Catalogue

    assert "hf" not in Profile.load("offline", Catalogue.load(Path("/nowhere"))).sources
