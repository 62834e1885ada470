"""Cards with an endpoint: what they may say, and which profiles use them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.errors import CatalogueError, SourceError
from tools.models.catalogue import Catalogue
from tools.models.profile import Profile
from tools.models.residency.card_loader import open_model

PAGE = Path(__file__).parents[3] / "docs" / "using.md"
PROFILE = """
summary = "for this test"
language_model = "openai:some-model"
"""


def documented_blocks() -> list[str]:
    section = PAGE.read_text(encoding="utf-8").partition("## Models that run elsewhere")[2]
    return re.findall(r"```toml\n(.*?)```", section, re.DOTALL)


def load(home: Path, card: str) -> Catalogue:
    (home / "catalogue").mkdir(exist_ok=True)
    (home / "catalogue" / "elsewhere.toml").write_text(card)
    return Catalogue.load(home)


def profile_of(home: Path, card: str, text: str) -> Profile:
    (home / "profiles").mkdir(exist_ok=True)
    (home / "profiles" / "mine.toml").write_text(text)
    return Profile.load("mine", load(home, card))


@pytest.fixture
def card() -> str:
    return documented_blocks()[0]


def test_the_card_and_the_profile_of_the_page_work(
    card: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = profile_of(tmp_path, card, documented_blocks()[1])
    draw, edit = profile.cards_for("draw"), profile.cards_for("edit")
    monkeypatch.setenv("EXAMPLE_API_KEY", "x")

    assert [card.id for card in draw] == ["draw/elsewhere", "draw/sprites"]
    assert [card.id for card in edit] == ["draw/elsewhere"]
    assert draw[0].endpoint is not None
    assert draw[0].endpoint.host == "api.example.com"
    assert draw[0].available
    assert type(open_model(draw[0])).__name__ == "EndpointImages"


def test_only_a_profile_that_names_it_uses_it(card: str, tmp_path: Path) -> None:
    unnamed = profile_of(tmp_path, card, PROFILE)
    assert "draw/elsewhere" not in [card.id for card in unnamed.cards_for("draw")]
    for name in ("offline", "laptop"):
        profile = Profile.load(name, Catalogue.load(tmp_path))
        assert "draw/elsewhere" not in [card.id for card in profile.cards_for("draw")]
    forbidden = f'{PROFILE}sources = ["file"]\n[models]\ndraw = ["draw/elsewhere"]\n'
    profile = profile_of(tmp_path, card, forbidden)
    assert profile.cards_for("draw") == ()
    with pytest.raises(CatalogueError, match=r"which runs at api\.example\.com"):
        profile.card("draw/elsewhere")


def test_nothing_is_sent_without_consent(card: str, tmp_path: Path) -> None:
    named = f'{PROFILE}[models]\ndraw = ["draw/elsewhere"]\n'
    profile = profile_of(tmp_path, card, named)
    with pytest.raises(SourceError, match="nothing is sent there without consent"):
        profile.require_consent_to_send(profile.card("draw/elsewhere"))

    profile = profile_of(tmp_path, f"{card}trusted = true\n", named)
    profile.require_consent_to_send(profile.card("draw/elsewhere"))
    profile.require_consent_to_send(profile.card("draw/sprites"))


def test_the_revision_changes_with_the_endpoint(card: str, tmp_path: Path) -> None:
    revisions = {
        load(tmp_path, text)["draw/elsewhere"].revision
        for text in (card, card.replace("model-1", "model-2"), card.replace("1024x", "512x"))
    }

    assert len(revisions) == 3


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("https://api.example.com/v1", "ftp://api.example.com", "url begins with https://"),
        ("https://api.example.com/v1", "https://a:b@api.example.com", "neither a user name"),
        ("https://api.example.com/v1", "https://api.example.com/v1?x=1", "nor a query"),
        ("https://api.example.com/v1", "http://api.example.com/v1", "only sent with https"),
        ('key_variable = "EXAMPLE_API_KEY"', 'key_variable = "sk-secret"', "key_variable: String"),
        ('key_variable = "EXAMPLE_API_KEY"', 'key = "sk-secret"', "endpoint.key: Extra inputs"),
        ("timeout_s = 120", "timeout_s = 0", "endpoint.timeout_s"),
        ("price_usd = 0.04", "price_usd = -1", "endpoint.price_usd"),
        ('model = "image-model-1"', 'model = ""', "endpoint.model"),
        ("[model.endpoint]", 'package = "hibari-tts"\n[model.endpoint]', "a model has either"),
    ],
)
def test_a_wrong_endpoint_is_left_out_with_its_problem_and_without_a_key(
    card: str, tmp_path: Path, old: str, new: str, problem: str
) -> None:
    [broken] = load(tmp_path, card.replace(old, new)).broken

    assert problem in broken.error
    assert "sk-secret" not in broken.error


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "tools.adapters.endpoint.endpoint_images:EndpointImages",
            "tools.adapters.torch.hibari:Hibari",
        ),
    ],
)
def test_an_adapter_of_another_kind_is_refused(
    card: str, tmp_path: Path, old: str, new: str
) -> None:
    catalogue = load(tmp_path, card.replace(old, new))

    with pytest.raises(CatalogueError, match="have no endpoint, unlike 'draw/elsewhere'"):
        open_model(catalogue["draw/elsewhere"])
