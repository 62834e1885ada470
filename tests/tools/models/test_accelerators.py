import pytest
import torch

from tools.models.accelerators import (
    allocated_bytes,
    available_device,
    device_bytes,
    release_cached_memory,
)
from tools.models.profile import Profile


def no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (torch.cuda, torch.xpu, torch.backends.mps):
        monkeypatch.setattr(module, "is_available", lambda: False)


def test_without_an_accelerator_it_is_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    no_device(monkeypatch)

    assert available_device() == "cpu"
    assert [device_bytes(name) for name in ("cuda:0", "xpu", "mps", "cpu")] == [0, 0, 0, 0]
    release_cached_memory()


@pytest.mark.parametrize(
    ("device", "module"), [("xpu", torch.xpu), ("mps", torch.backends.mps)], ids=["xpu", "mps"]
)
def test_an_accelerator_is_measured_by_torch(
    device: str, module: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As torch says it: there is no such device where this was written."""
    no_device(monkeypatch)
    monkeypatch.setattr(module, "is_available", lambda: True)
    properties = type("Properties", (), {"total_memory": 16_000_000_000})
    monkeypatch.setattr(torch.xpu, "get_device_properties", lambda _: properties)
    monkeypatch.setattr(torch.xpu, "memory_allocated", lambda _: 7)
    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: 16_000_000_000)
    monkeypatch.setattr(torch.mps, "current_allocated_memory", lambda: 7)

    assert available_device() == device
    assert device_bytes(device) == 16_000_000_000
    assert allocated_bytes(device) == 7


@pytest.mark.parametrize("device", ["cpu", "cuda", "cuda:1", "xpu", "xpu:0", "mps"])
def test_a_profile_may_name_each_device(device: str, tmp_path) -> None:
    from tools.models.catalogue import Catalogue

    path = tmp_path / "mine.toml"
    path.write_text(f'summary = "mine"\ndevice = "{device}"\nlanguage_model = "local:x"\n')

    assert Profile.load(str(path), Catalogue.load(tmp_path)).device == device
