import json

import pytest

from agent.record.earlier_names import current_channel, current_channels
from agent.record.events import (
    AnswerFinished,
    AttentionShown,
    CommandFinished,
    Event,
    UsageReported,
    from_json,
    to_json,
)

EARLIER_LINES: list[tuple[str, Event]] = [
    (
        '{"event": "Looked", "at": 1.0, "shares": {"image1": 0.6, "words": 0.4}, '
        '"things": {"image1": {"dog": 0.4}}, "words": "looked at image1 60 %"}',
        AttentionShown(
            {"image1": 0.6, "words": 0.4}, {"image1": {"dog": 0.4}}, "looked at image1 60 %", at=1.0
        ),
    ),
    (
        '{"event": "CommandFinished", "at": 1.0, "attempt": 0, "path": "2", "name": "a", '
        '"tool": "f", "value": 7, "shown": "seven", "seconds": 0.5, "cached": false}',
        CommandFinished(0, "2", "a", "f", 7, "seven", 0.5, False, at=1.0),
    ),
    (
        '{"event": "Spent", "at": 1.0, "seconds": 1.5, "commands": 1, "language_model_calls": 1, '
        '"input_tokens": 100, "output_tokens": 10}',
        UsageReported(1.5, 1, 1, 100, 10, at=1.0),
    ),
    (
        '{"event": "Answered", "at": 1.0, "text": "yes", "results": []}',
        AnswerFinished("yes", [], at=1.0),
    ),
    (
        '{"event": "AnswerFinished", "at": 1.0, "results": [], "text": '
        '"yes\\n\\nThis could not be done:\\n- line 1: no\\n- line 2: no"}',
        AnswerFinished(
            "yes\n\nThis could not be done:\n- line 1: no\n- line 2: no",
            [],
            failures=["- line 1: no", "- line 2: no"],
            at=1.0,
        ),
    ),
]


@pytest.mark.parametrize(("line", "event"), EARLIER_LINES)
def test_events_of_earlier_versions_are_read(line: str, event: Event) -> None:
    assert from_json(line) == event


@pytest.mark.parametrize(("line", "event"), EARLIER_LINES)
def test_earlier_names_are_not_written(line: str, event: Event) -> None:
    content = json.loads(to_json(from_json(line)))

    assert content["event"] == type(event).__name__
    assert not content.keys() & {"shown", "things", "words"}


def test_channels_of_earlier_checkpoints_get_their_names_of_now() -> None:
    earlier = {"run": "r", "said": [[{"text": "hi"}]], "ends": ["a"], "trouble": "line 1 failed"}

    assert current_channels(earlier) == {
        "run": "r",
        "messages": [[{"text": "hi"}]],
        "final_names": ["a"],
        "failure_report": "line 1 failed",
    }
    assert (current_channel("said"), current_channel("plan")) == ("messages", "plan")
