from pathlib import Path

import pytest

from evals.bench.bench_gpu import (
    main,
    measure_leases,
    plan_like_leases,
    profile_of,
    write_checkpoint,
)

TINY = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 28}


def test_without_a_gpu_it_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")

    assert main() == 2
    assert "needs a GPU with CUDA" in capsys.readouterr().out


@pytest.mark.slow
async def test_models_are_loaded_by_their_cards_and_as_seldom_as_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    write_checkpoint(tmp_path / "checkpoint", TINY)
    profile = profile_of(tmp_path / "checkpoint", "cpu", budget_bytes=4000, model_bytes=1000)

    cost = await measure_leases(profile, ["bench/model-1", "bench/model-2"] * 2)

    # On a CPU the resident set is a bound on what a model takes: four times its card's guess.
    assert 2 <= cost.loads <= 4
    assert cost.min_loads == 2


def test_leases_go_through_a_few_models_at_a_time() -> None:
    leases = plan_like_leases(20, 24)

    assert len(leases) == 24
    assert len(set(leases[:12])) <= 6
