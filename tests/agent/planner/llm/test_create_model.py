from pathlib import Path

import pytest

from agent.planner.llm import create
from agent.planner.llm.language_model_files import LanguageModelFiles
from tools.errors import CatalogueError, InputError


def no_such_card(card_id: str) -> LanguageModelFiles:
    raise CatalogueError(f"there is no model {card_id!r}", hint="did you mean llm/small?")


def test_a_scripted_model_is_made_from_its_file(tmp_path: Path) -> None:
    script = tmp_path / "replies.txt"
    script.write_text('say("hello")', encoding="utf-8")
    model = create(f"scripted:{script}", fetch=no_such_card)
    assert model.invoke("Hi").content == 'say("hello")'


def test_an_unknown_provider_is_refused_with_the_known_ones_and_the_nearest() -> None:
    with pytest.raises(InputError) as refused:
        create("opena:gpt", fetch=no_such_card)
    assert refused.value.message == (
        "'opena' in 'opena:gpt' is not a provider of language models; "
        "there are local, openai, hf, joint, scripted"
    )
    assert refused.value.hint.startswith("did you mean openai:?")


@pytest.mark.parametrize("name", ["local", "local:", "hf:", "scripted:", "openai:"])
def test_a_provider_without_a_model_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="does not say which model"):
        create(name, fetch=no_such_card)


def test_a_missing_model_file_is_refused_at_once() -> None:
    with pytest.raises(InputError, match=r"there is no model file '/nowhere/tiny\.gguf'"):
        create("local:/nowhere/tiny.gguf", fetch=no_such_card)


async def test_an_unknown_local_model_gives_the_catalogue_s_own_words(tmp_path: Path) -> None:
    model = create("local:smal", fetch=no_such_card, prompt_cache_folder=tmp_path)
    with pytest.raises(CatalogueError, match="there is no model 'llm/smal'"):
        await model.ainvoke("Hi")


def test_nothing_is_fetched_before_the_first_call(tmp_path: Path) -> None:
    fetched: list[str] = []

    def fetch(card_id: str) -> LanguageModelFiles:
        fetched.append(card_id)
        return LanguageModelFiles(tmp_path / "model.gguf")

    create("local:small", fetch=fetch, prompt_cache_folder=tmp_path)
    assert fetched == []
