import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.record import events
from agent.record.events import AnswerFinished, Event, failure_list, from_json, to_json

KINDS = [kind for kind in vars(events).values() if isinstance(kind, type) and kind is not Event]
EVENTS = [kind for kind in KINDS if issubclass(kind, Event)]
PLAIN = st.text() | st.integers() | st.booleans() | st.none()
REFERENCES = st.fixed_dictionaries({"artifact": st.text(), "kind": st.text()})
VALUES = st.recursive(PLAIN | REFERENCES, st.lists)
NAMED = st.lists(st.builds(events.NamedValue, st.text(), VALUES))
ARGUMENTS = st.dictionaries(st.text(), VALUES)
CALLS = st.lists(st.builds(events.ClientCall, arguments=ARGUMENTS))
NOT_GUESSED = {"value": VALUES, "files": NAMED, "results": NAMED, "calls": CALLS}


def made(kind: type[Event]) -> st.SearchStrategy[Event]:
    known = {field.name for field in dataclasses.fields(kind)}
    return st.builds(kind, **{name: NOT_GUESSED[name] for name in NOT_GUESSED.keys() & known})


@given(st.sampled_from(EVENTS).flatmap(made))
def test_every_event_survives_being_written_as_a_line(event: Event) -> None:
    line = to_json(event)

    assert "\n" not in line
    # Compared as text, in which not-a-number is equal to itself.
    assert repr(from_json(line)) == repr(event)


@pytest.mark.parametrize(
    "line", ["", "{", "[]", '{"event": "Unknown"}', '{"event": "RunFinished"}']
)
def test_a_torn_or_foreign_line_is_a_value_error(line: str) -> None:
    with pytest.raises(ValueError):
        from_json(line)


def test_events_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        events.PlanText("a").text = "b"  # type: ignore[misc]


@pytest.mark.parametrize("failures", [[], ["- line 1: no"], ["- line 1: no", "- line 2:\nno\n"]])
def test_an_answer_without_its_failures(failures: list[str]) -> None:
    text = f"yes\n\n{failure_list(failures)}".strip()

    assert AnswerFinished(text, [], failures=failures).text_without_failures == "yes"
