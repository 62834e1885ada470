from __future__ import annotations

import asyncio

import pytest

from agent.web.access import page_sessions
from agent.web.access.page_sessions import PageSessions

WAIT_S = 0.05


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> PageSessions:
    monkeypatch.setattr(page_sessions, "UNCONNECTED_S", WAIT_S)
    return PageSessions(10)


@pytest.fixture
def dropped(sessions: PageSessions) -> list[str]:
    sessions_dropped: list[str] = []
    sessions.on_drop = sessions_dropped.append
    return sessions_dropped


async def test_a_session_that_never_receives_events_is_dropped(
    sessions: PageSessions, dropped: list[str]
) -> None:
    session = sessions.open("ann", "page")
    await asyncio.sleep(2 * WAIT_S)

    assert dropped == [session]
    assert session not in sessions


async def test_a_session_stays_while_it_receives_events(
    sessions: PageSessions, dropped: list[str]
) -> None:
    session = sessions.open("ann", "page")
    with sessions.connect(session):
        sessions.open("ann", "page")
        await asyncio.sleep(2 * WAIT_S)
        assert session in sessions
    assert session in sessions
    await asyncio.sleep(2 * WAIT_S)

    assert dropped == [session]


async def test_a_page_may_connect_again(sessions: PageSessions, dropped: list[str]) -> None:
    session = sessions.open("ann", "page")
    with sessions.connect(session):
        pass
    with sessions.connect(session):
        await asyncio.sleep(2 * WAIT_S)
        assert session in sessions

    assert dropped == []


async def test_one_of_two_connections_is_enough(sessions: PageSessions) -> None:
    session = sessions.open("ann", "page")
    with sessions.connect(session):
        with sessions.connect(session):
            pass
        await asyncio.sleep(2 * WAIT_S)
        assert session in sessions


async def test_requests_keep_a_session(sessions: PageSessions) -> None:
    session = sessions.open("ann", "page")
    for _ in range(6):
        await asyncio.sleep(WAIT_S / 3)
        sessions.open("ann", "page")

    assert session in sessions


async def test_a_closed_session_is_not_dropped_later(
    sessions: PageSessions, dropped: list[str]
) -> None:
    session = sessions.open("ann", "page")
    with sessions.connect(session):
        sessions.close(session)
    await asyncio.sleep(2 * WAIT_S)

    assert dropped == []
