import os
from pathlib import Path

import pytest

from tools.errors import CatalogueError
from tools.models.catalogue import Catalogue
from tools.models.profile import Profile, mcp_servers_of, profile_names

CATALOGUE = Catalogue.load(Path("/nowhere"))
MINE = """
summary = "for this test"
language_model = "openai:some-model"
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Path:
    (tmp_path / "profiles").mkdir()
    return tmp_path


def load(home: Path, text: str) -> Profile:
    (home / "profiles" / "mine.toml").write_text(text)
    return Profile.load("mine", Catalogue.load(home))


def test_offline_needs_neither_hub_nor_key() -> None:
    profile = Profile.load("offline", CATALOGUE)
    assert profile.device == "cpu"
    assert profile.language_model == "local:planner-0.5b"
    assert profile.sources == {"pypi", "npm", "file", "shipped"}
    assert {
        "detect/yolox-nano",
        "edges/hed",
        "read_text/pp-ocr-v6-small",
        "speak/hibari",
        "transcribe/whisper-tiny-en",
        "llm/qwen2.5-coder-1.5b",
    } <= {card.id for card in profile.required_cards()}
    kinds = {
        source.kind
        for card in profile.required_cards()
        for file in card.files
        for source in file.sources
    }
    assert "hf" not in kinds


def test_automatic_memory_is_half_of_the_machine() -> None:
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert Profile.load("offline", CATALOGUE).memory_bytes == physical // 2


def test_a_profile_of_the_person_is_found_by_name_and_by_path(home: Path, tmp_path: Path) -> None:
    assert load(home, MINE + "memory = 1_000_000").memory_bytes == 1_000_000
    assert profile_names(home) == ("gpu-24gb", "gpu-80gb", "gpu-8gb", "laptop", "mine", "offline")
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text(MINE)
    assert Profile.load(str(elsewhere), Catalogue.load(home)).name == "elsewhere"


def test_a_profile_names_a_file_of_mcp_servers_beside_itself(home: Path) -> None:
    load(home, MINE + 'mcp_servers = "servers.json"')

    assert mcp_servers_of("mine", home) == home / "profiles" / "servers.json"
    assert mcp_servers_of("offline", home) is None


def test_an_unknown_profile_is_answered_with_those_there_are(home: Path) -> None:
    with pytest.raises(CatalogueError) as raised:
        Profile.load("ofline", Catalogue.load(home))
    assert str(raised.value) == (
        "there is no profile 'ofline'; there are gpu-24gb, gpu-80gb, gpu-8gb, laptop, offline\n"
        "hint: did you mean 'offline'?"
    )
    with pytest.raises(CatalogueError, match="hint: give a path to a TOML file"):
        Profile.load("tpu", Catalogue.load(home))


def test_a_person_cannot_change_what_offline_means(home: Path) -> None:
    (home / "profiles" / "offline.toml").write_text(MINE)
    assert Profile.load("offline", Catalogue.load(home)).language_model == "local:planner-0.5b"


def test_a_tool_takes_the_models_named_for_it_in_that_order(home: Path) -> None:
    profile = load(
        home, MINE + '[models]\nlanguage_model = ["llm/smollm2-135m", "llm/qwen2.5-coder-0.5b"]'
    )
    assert [card.id for card in profile.cards_for("language_model")] == [
        "llm/smollm2-135m",
        "llm/qwen2.5-coder-0.5b",
    ]


def test_a_tool_that_is_not_named_takes_any_model_the_best_first(home: Path) -> None:
    assert [card.id for card in load(home, MINE).cards_for("language_model")] == [
        "llm/planner-0.5b",
        "llm/qwen2.5-coder-1.5b",
        "llm/qwen2.5-coder-0.5b",
        "llm/smollm2-135m",
        "llm/qwen3-4b-instruct",
        "llm/qwen3-30b-a3b-instruct",
    ]


@pytest.mark.parametrize(
    ("profile", "text_model"),
    [
        ("laptop", "llm/qwen2.5-coder-1.5b"),
        ("gpu-8gb", "llm/qwen3-4b-instruct"),
        ("gpu-24gb", "llm/qwen3-4b-instruct"),
        ("gpu-80gb", "llm/qwen3-30b-a3b-instruct"),
    ],
)
def test_texts_are_written_by_a_model_of_the_size_of_the_machine(
    profile: str, text_model: str
) -> None:
    chosen = Profile.load(profile, CATALOGUE)

    assert chosen.language_model == "local:planner-0.5b"
    assert text_model in {card.id for card in chosen.required_cards()}
    assert {card.id for card in chosen.required_cards() if card.id.startswith("llm/")} == {
        "llm/planner-0.5b", text_model,
    }  # fmt: skip


def test_a_tool_can_be_turned_off(home: Path) -> None:
    profile = load(home, MINE + "[models]\ndetect = []")
    assert profile.cards_for("detect") == ()
    assert not profile.offers("detect")
    assert profile.offers("edges")
    assert "detect/sprites" not in [card.id for card in profile.required_cards()]


def test_a_hosted_language_model_needs_no_weights(home: Path) -> None:
    assert not [card for card in load(home, MINE).required_cards() if card.id.startswith("llm/")]


def test_a_model_without_an_allowed_source_is_left_out(home: Path) -> None:
    profile = load(home, MINE + 'sources = ["hf"]')
    assert [card.id for card in profile.cards_for("language_model")] == [
        "llm/qwen2.5-coder-1.5b",
        "llm/qwen2.5-coder-0.5b",
        "llm/qwen3-4b-instruct",
        "llm/qwen3-30b-a3b-instruct",
    ]
    assert not profile.offers("detect")
    with pytest.raises(CatalogueError) as raised:
        profile.card("detect/yolox-nano")
    assert str(raised.value) == (
        "the profile 'mine' has no way to get 'detect/yolox-nano': it allows hf\n"
        "hint: choose another model or another profile"
    )


def test_a_licence_that_is_not_allowed_leaves_its_models_out(home: Path) -> None:
    profile = load(home, MINE + 'licences = ["MIT"]')
    assert not profile.offers("detect")
    assert profile.offers("edges")
    with pytest.raises(CatalogueError, match="does not allow the licence"):
        profile.card("detect/yolox-nano")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            'sources = ["ftp"]',
            "sources.0: Input should be 'hf', 'pypi', 'npm', 'file', 'shipped' or ",
        ),
        ('memory = "lots"', "(found 'lots')"),
        ("mcp_servers = 7", "mcp_servers: Input should be a valid string (found 7)"),
        ("memory = -1", "memory.constrained-int: Input should be greater than 0"),
        ('devise = "cpu"', "devise: Extra inputs are not permitted"),
        ('device = "tpu"', "device: String should match pattern"),
        (
            '[models]\ndetect = ["detect/yolo"]',
            "models.detect: there is no model 'detect/yolo'\nhint: did you mean 'detect/yolox",
        ),
        (
            '[models]\ndetect = ["edges/hed"]',
            "models.detect: 'edges/hed' performs edges\nhint: name models that perform 'detect'",
        ),
        ("[[[", "cannot be read as TOML"),
    ],
)
def test_a_wrong_profile_names_its_file_and_key(home: Path, line: str, problem: str) -> None:
    with pytest.raises(CatalogueError) as raised:
        load(home, MINE + line)
    assert str(home / "profiles" / "mine.toml") in str(raised.value)
    assert problem in str(raised.value)


def test_a_machine_without_npm_does_without_the_models_that_only_npm_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    catalogue = Catalogue.load(tmp_path)
    from_npm = {
        card.id
        for card in catalogue
        if any(all(source.kind == "npm" for source in file.sources) for file in card.files)
    }

    monkeypatch.setenv("PATH", str(tmp_path))
    needed = {card.id for card in Profile.load("offline", catalogue).required_cards()}

    assert from_npm
    assert not needed & from_npm
    assert "detect/yolox-nano" in needed
