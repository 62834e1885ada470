from dataclasses import replace
from pathlib import Path

import pytest

from tools.errors import InputError
from tools.models.catalogue import Catalogue
from tools.models.hardware import require_gpu
from tools.models.profile import Profile

CATALOGUE = Catalogue.load(Path("/nowhere"))


@pytest.mark.parametrize(
    ("profile", "gigabytes", "refusal"),
    [
        ("gpu-8gb", 8.5, ""),
        ("gpu-24gb", 25.3, ""),
        (
            "gpu-80gb",
            25.3,
            "the profile 'gpu-80gb' is made for a GPU with 80 GB; the one here has 25.3 GB\n"
            "hint: use --profile gpu-24gb",
        ),
        (
            "gpu-8gb",
            4.2,
            "the profile 'gpu-8gb' is made for a GPU with 8 GB; the one here has 4.2 GB\n"
            "hint: use --profile offline",
        ),
        (
            "gpu-24gb",
            0,
            "the profile 'gpu-24gb' is made for a GPU with 24 GB; no GPU can be used here\n"
            "hint: use --profile offline",
        ),
        ("offline", 0, ""),
    ],
)
def test_a_profile_that_is_too_big_names_the_next_smaller(
    profile: str, gigabytes: float, refusal: str
) -> None:
    def memory_of(device: str) -> int:
        return int(gigabytes * 1e9)

    asked = Profile.load(profile, CATALOGUE)
    if not refusal:
        return require_gpu(asked, memory_of)
    with pytest.raises(InputError) as refused:
        require_gpu(asked, memory_of)
    assert str(refused.value) == refusal


def test_a_persons_own_profile_is_held_to_the_memory_it_names() -> None:
    mine = replace(
        Profile.load("gpu-8gb", CATALOGUE), gpu_memory_bytes=0, memory_bytes=9_000_000_000
    )

    with pytest.raises(InputError, match="made for a GPU with 9 GB"):
        require_gpu(mine, lambda device: 8_500_000_000)
