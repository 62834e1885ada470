import pytest

from tests.tools.models.hub.fake_hub import FakeHub
from tools.models.hub.download_speed import bytes_per_second, duration_text
from tools.models.hub.hub_client import HubClient


def test_the_speed_is_that_of_the_beginning_of_the_largest_file(hub: FakeHub) -> None:
    files = {"config.json": b"{}", "model.safetensors": b"0" * 10_000_000}
    commit = hub.publish("org/large", files)

    speed = bytes_per_second(HubClient(), "org/large", commit)

    assert speed is not None
    assert speed > 1_000_000
    assert hub.requests[-1].endswith("model.safetensors")


def test_what_does_not_arrive_has_no_speed(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.publish("org/gated", {"model.safetensors": b"0" * 10_000}, gated=True)

    assert bytes_per_second(HubClient(), "org/gated", "main") is None
    assert bytes_per_second(HubClient(), "org/missing", "main") is None
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert bytes_per_second(HubClient(), "org/gated", "main") is None


@pytest.mark.parametrize(
    ("size", "speed", "text"),
    [
        (50_000_000, 1e6, "about 50 s at the 1.0 MB/s measured now"),
        (6_000_000_000, 1e7, "about 10 min at the 10.0 MB/s measured now"),
        (1, None, ""),
    ],
)
def test_a_duration_is_seconds_or_minutes(size: int, speed: float | None, text: str) -> None:
    assert duration_text(size, speed) == text
