import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage, SystemMessage

from agent.planner.llm import Grammar, LanguageModelError, create, mark_static
from agent.planner.llm.llama_server import Endpoint, LlamaServer
from agent.planner.llm.local import LocalChatModel
from tests.requirements import require_weights
from tools.home import home
from tools.models.catalogue import Catalogue
from tools.models.download import fetch

RULES = "You answer in one word. " + "A plan is a list of commands. " * 20
STATIC = mark_static([SystemMessage(RULES)])


def ask(request: str) -> list[BaseMessage]:
    return [*STATIC, HumanMessage(request)]


@pytest.fixture(scope="module")
def weights() -> Path:
    require_weights("llm/qwen2.5-coder-1.5b")
    (path,) = fetch(Catalogue.load(home())["llm/qwen2.5-coder-1.5b"]).values()
    return path


@pytest.fixture(scope="module")
def model(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalChatModel]:
    made = new_model(weights, tmp_path_factory.mktemp("llm-cache"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def interruptible() -> Generator[None]:
    """Python's own Ctrl-C, also where whoever started the tests has it ignored, as nohup does."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def new_model(weights: Path, prompt_cache_folder: Path) -> LocalChatModel:
    made = create(f"local:{weights}", fetch=Path, prompt_cache_folder=prompt_cache_folder)
    assert isinstance(made, LocalChatModel)
    return made


def test_a_file_that_is_no_model_is_refused_and_signals_stay_python_s(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "model.gguf").write_bytes(b"not a model")
    with pytest.raises(LanguageModelError, match=r"llama\.cpp cannot load 'model\.gguf'"):
        new_model(tmp_path / "model.gguf", tmp_path).invoke("Hi")
    assert capfd.readouterr() == ("", "")
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


@pytest.mark.real
def test_it_answers_quietly_and_says_what_it_took(
    model: LocalChatModel, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = model.invoke(ask("What is the capital of France?"), max_tokens=10)
    assert "Paris" in answer.text
    assert answer.response_metadata["finish_reason"] == "stop"
    assert answer.usage_metadata
    assert answer.usage_metadata["input_tokens"] > 150
    assert 0 < answer.usage_metadata["output_tokens"] <= 10
    assert capfd.readouterr() == ("", "")


@pytest.mark.real
def test_ctrl_c_still_reaches_python_once_a_model_is_loaded(model: LocalChatModel) -> None:
    model.load()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)


@pytest.mark.real
async def test_a_grammar_decides_what_can_be_written(model: LocalChatModel) -> None:
    grammar = Grammar(gbnf='root ::= "seven" | "eight"', lark="")
    answer = await model.bind(grammar=grammar).ainvoke(ask("What is the capital of France?"))
    assert answer.text in ("seven", "eight")


@pytest.mark.real
async def test_a_model_that_would_go_on_is_cut_and_says_so(model: LocalChatModel) -> None:
    answer = await model.ainvoke("Count from 1 to 1000.", max_tokens=5)
    assert answer.response_metadata["finish_reason"] == "length"
    assert answer.usage_metadata
    assert answer.usage_metadata["output_tokens"] == 5


async def idle_within(model: LocalChatModel, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not await model.load().busy():
            return True
        await asyncio.sleep(0.01)
    return False


@pytest.mark.real
async def test_closing_the_stream_stops_the_generation(model: LocalChatModel) -> None:
    stream: AsyncIterator[AIMessageChunk] = model.astream("Count from 1 to 1000.")
    for _ in range(3):
        await anext(stream)
    assert await model.load().busy()
    await stream.aclose()  # type: ignore[attr-defined]
    assert await idle_within(model, 5)  # to count to the end takes minutes


@pytest.mark.real
async def test_cancelling_stops_even_while_the_prompt_is_read(model: LocalChatModel) -> None:
    async def read() -> None:
        await model.ainvoke([HumanMessage("word " * 3000)])

    task = asyncio.create_task(read())
    await asyncio.sleep(0.05)
    while not await model.load().busy():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await idle_within(model, 15)  # to read it all takes 36 s


@pytest.mark.real
async def test_a_request_longer_than_the_context_is_refused(model: LocalChatModel) -> None:
    with pytest.raises(LanguageModelError, match="exceeds the available context size"):
        await model.ainvoke("word " * 9000)


@pytest.mark.real
@pytest.mark.parametrize("damage", ["none", "cut off", "overwritten"])
async def test_what_was_read_is_kept_for_the_next_start_and_damage_does_no_harm(
    weights: Path, tmp_path: Path, damage: str
) -> None:
    first = new_model(weights, tmp_path)
    expected = (await first.ainvoke(ask("Name a colour."), max_tokens=5)).text
    first.close()
    (kept,) = tmp_path.iterdir()
    written = kept.stat().st_ino
    match damage:
        case "cut off":
            kept.write_bytes(kept.read_bytes()[:100_000])
        case "overwritten":
            kept.write_bytes(b"x" * 1000)
        case _:
            pass
    second = new_model(weights, tmp_path)
    answer = await second.ainvoke(ask("Name a colour."), max_tokens=5)
    second.close()
    assert answer.text == expected
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]
    assert (kept.stat().st_ino == written) is (damage == "none")


@pytest.mark.real
def test_where_there_are_no_unix_sockets_a_port_with_a_random_key_serves(
    weights: Path, tmp_path: Path
) -> None:
    """As on Windows."""
    endpoint = Endpoint.loopback()
    server = LlamaServer(weights, prompt_cache_folder=tmp_path, endpoint=endpoint)
    body = {"messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 4}

    async def read() -> str:
        return "".join([delta.text async for delta in server.stream(body)])

    async def without_key() -> int:
        async with replace(endpoint, key="").client() as client:
            return (await client.get("/slots")).status_code

    try:
        assert asyncio.run(read())
        assert asyncio.run(without_key()) == 401
        assert endpoint.host == "127.0.0.1"
        assert len(endpoint.key) > 30
    finally:
        server.close()
