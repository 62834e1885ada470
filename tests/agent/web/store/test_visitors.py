import json
from pathlib import Path

from agent.web.store.visitors import (
    MAX_CONVERSATIONS,
    Choices,
    Conversation,
    Visitors,
    new_secret,
    title_of,
)


def test_what_a_visitor_keeps_is_there_later(tmp_path: Path) -> None:
    visitor = Visitors(tmp_path).get("secret")
    talk = visitor.new_conversation()
    talk.title, talk.runs = "hello", ["run1"]
    visitor.save(talk)
    visitor.save_choices(Choices(ask_first=True))

    again = Visitors(tmp_path).get("secret")

    assert again.conversation(talk.id) == talk
    assert [each.title for each in again.conversations()] == ["hello"]
    assert again.choices().ask_first


def test_visitors_do_not_reach_each_others_folders(tmp_path: Path) -> None:
    visitors = Visitors(tmp_path)
    ann, bob = visitors.get("ann"), visitors.get("bob")
    talk = ann.new_conversation()
    ann.save(talk)

    assert bob.conversation(talk.id) is None
    assert bob.conversation(f"../../{ann.id}/conversations/{talk.id}") is None
    assert bob.conversations() == []


def test_a_folder_does_not_tell_the_secret(tmp_path: Path) -> None:
    secret = new_secret()

    assert len(secret) >= 40
    assert secret not in Visitors(tmp_path).get(secret).id


def test_a_damaged_file_is_passed_over(tmp_path: Path) -> None:
    visitor = Visitors(tmp_path).get("ann")
    talk = visitor.new_conversation()
    visitor.save(talk)
    (visitor.folder / "conversations" / "torn.json").write_text('{"id": "to')
    (visitor.folder / "choices.json").write_text("nonsense")

    assert visitor.conversations() == [talk]
    assert visitor.choices() == Choices()


def test_the_oldest_conversations_give_way(tmp_path: Path) -> None:
    visitor = Visitors(tmp_path).get("ann")
    for number in range(MAX_CONVERSATIONS + 1):
        visitor.save(Conversation(id=f"20261120-{number:06}", start_time=number))

    kept = visitor.conversations()
    assert len(kept) == MAX_CONVERSATIONS
    assert kept[-1].id == "20261120-000001"


def test_a_title_is_the_beginning_of_the_request() -> None:
    assert title_of("  what\n is this? ") == "what is this?"
    assert title_of("x" * 100) == "x" * 59 + "…"


def test_a_conversation_of_an_earlier_version_is_read_and_saved_under_names_of_now(
    tmp_path: Path,
) -> None:
    visitor = Visitors(tmp_path).get("ann")
    path = visitor.folder / "conversations" / "20261120-1.json"
    path.parent.mkdir(parents=True)
    path.write_text(
        '{"id": "20261120-1", "title": "hello", "runs": ["run1"], "active": "run1", '
        '"spoken": {"run1": "ab34"}, "began": 1795000000.5}'
    )

    conversation = visitor.conversation("20261120-1")
    assert conversation
    visitor.save(conversation)

    assert conversation.active_run == "run1"
    assert conversation.speech == {"run1": "ab34"}
    assert conversation.start_time == 1795000000.5
    saved = json.loads(path.read_text())
    assert not saved.keys() & {"active", "spoken", "began"}
    assert visitor.conversation("20261120-1") == conversation


def test_exports_of_earlier_versions_are_deleted_too(tmp_path: Path) -> None:
    visitors = Visitors(tmp_path)
    for name in ("shown", "exports"):
        folder = visitors.get("ann").folder / name
        folder.mkdir(parents=True)
        (folder / "ab34.png").write_bytes(b"")

    visitors.delete_exports()

    assert list(visitors.get("ann").folder.iterdir()) == []
