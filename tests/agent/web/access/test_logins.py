import base64
import logging
from pathlib import Path

import pytest

from agent.web.access.logins import (
    Logins,
    TooManyFailures,
    hash_password,
    login_line,
    read_logins,
    verify_password,
)
from tools.errors import InputError


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logins(clock: Clock) -> Logins:
    return Logins({"ann": hash_password("correct horse")}, clock)


async def test_the_right_password_lets_in_and_a_wrong_one_does_not(logins: Logins) -> None:
    assert await logins.authenticate(basic("ann:correct horse"), "1.2.3.4") == "ann"
    assert await logins.authenticate(basic("ann:correct horsf"), "1.2.3.4") is None
    assert await logins.authenticate(basic("eve:correct horse"), "1.2.3.4") is None


async def test_guessing_takes_longer_with_each_failure(logins: Logins, clock: Clock) -> None:
    waits: list[float] = []
    for number in range(12):
        try:
            assert await logins.authenticate(basic(f"ann:guess {number}"), "1.2.3.4") is None
        except TooManyFailures as refused:
            waits.append(refused.wait_s)
            clock.now += refused.wait_s
            assert await logins.authenticate(basic(f"ann:guess {number}"), "1.2.3.4") is None

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_who_must_wait_is_not_let_in_by_the_right_password(logins: Logins) -> None:
    for number in range(3):
        await logins.authenticate(basic(f"ann:guess {number}"), "1.2.3.4")

    with pytest.raises(TooManyFailures):
        await logins.authenticate(basic("ann:correct horse"), "1.2.3.4")
    assert await logins.authenticate(basic("ann:correct horse"), "5.6.7.8") == "ann"
    # Who is in already is not kept out by somebody else at the same address.
    assert await logins.authenticate(basic("ann:correct horse"), "1.2.3.4") == "ann"


async def test_a_wrong_password_is_logged_without_the_password(
    logins: Logins, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)

    await logins.authenticate(basic("an\nn:hunter22"), "1.2.3.4")

    assert caplog.messages == [r"wrong password for login 'an\nn' from 1.2.3.4, failure 1"]


def test_the_same_password_is_hashed_differently_each_time() -> None:
    first, second = hash_password("correct horse"), hash_password("correct horse")

    assert first != second
    assert "correct" not in first
    assert verify_password("correct horse", first) and verify_password("correct horse", second)
    assert not verify_password("correct horsf", first)


def test_logins_come_from_a_file_and_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "logins"
    path.write_text(f"# people\n\n{login_line('ann', 'correct horse')}\n")
    monkeypatch.setenv("BATUTA_LOGINS", login_line("bob", "battery staple"))

    hashes = read_logins(path)

    assert sorted(hashes) == ["ann", "bob"]
    assert verify_password("battery staple", hashes["bob"])
    assert sorted(read_logins(None)) == ["bob"]


@pytest.mark.parametrize(
    "line", ["ann:correct horse", "ann", "ann:scrypt$1$2", "ann:scrypt$99999999$8$1$YQ==$YQ=="]
)
def test_a_line_that_is_no_hash_is_refused_without_being_repeated(
    tmp_path: Path, line: str
) -> None:
    path = tmp_path / "logins"
    path.write_text(line)

    with pytest.raises(InputError, match=r"line 1 of '.*' is not a name and a password") as caught:
        read_logins(path)

    assert "horse" not in str(caught.value)
    assert caught.value.hint == "create the line with: batuta login NAME"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_logins(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "password"), [("", "correct horse"), ("a:b", "correct horse"), ("ann", "short")]
)
def test_a_bad_name_or_a_short_password_makes_no_login(name: str, password: str) -> None:
    with pytest.raises(InputError):
        login_line(name, password)
