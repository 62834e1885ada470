from pathlib import Path

import pytest

from tests.requirements import require_profile_weights, require_program, require_weights

SKIPPED, FAILED = pytest.skip.Exception, pytest.fail.Exception


@pytest.fixture(params=[(None, SKIPPED), ("true", FAILED)], ids=["elsewhere", "in CI"])
def outcome(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> type[Exception]:
    """What a missing requirement ends in, in CI and elsewhere."""
    value, outcome = request.param
    monkeypatch.delenv("CI", raising=False)
    if value:
        monkeypatch.setenv("CI", value)
    return outcome


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))


@pytest.mark.usefixtures("empty_home")
def test_missing_weights_skip_a_test_and_fail_it_in_ci(outcome: type[Exception]) -> None:
    message = r"the weights of detect/yolox-nano are not here; fetch them with: make models"
    with pytest.raises(outcome, match=message):
        require_weights("detect/yolox-nano")


@pytest.mark.usefixtures("empty_home")
def test_the_weights_of_the_profile_are_required_together(outcome: type[Exception]) -> None:
    with pytest.raises(outcome, match="fetch them with: make models"):
        require_profile_weights()


@pytest.mark.usefixtures("empty_home", "outcome")
def test_weights_that_make_models_does_not_fetch_skip_a_test_everywhere() -> None:
    with pytest.raises(SKIPPED, match="kokoro-george are not here, and `make models` does not"):
        require_weights("speak/kokoro-george")


@pytest.mark.usefixtures("empty_home", "outcome")
def test_weights_that_come_with_batuta_are_always_here() -> None:
    require_weights("draw/sprites", "detect/sprites")


def test_a_missing_program_skips_a_test_and_fails_it_in_ci(
    outcome: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(outcome, match="there is no npm; install it with: apt-get install npm"):
        require_program("npm")
