from pathlib import Path

import pytest

from agent.planner.llm import Grammar, LanguageModelError, create
from agent.planner.llm.transformers_model import TransformersChatModel
from tools.errors import InputError

YES_OR_NO = Grammar(gbnf="", lark='start: "yes" | "no"')
ONE_CALL = Grammar(
    gbnf="",
    lark=r"""start: NAME " = detect(image1, label=" TEXT ")"
NAME: /[a-z]{1,8}/
TEXT: /"[a-z]{1,8}"/
""",
)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A causal language model of 60,000 random weights, with a tokenizer trained on one line."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("checkpoint")
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    trained.train_from_iterator(
        ['dogs = detect(image1, label="dog") yes no'] * 4,
        trainers.BpeTrainer(
            vocab_size=320,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            special_tokens=["<end>"],
            show_progress=False,
        ),
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=trained, eos_token="<end>")
    tokenizer.chat_template = "{% for message in messages %}{{ message.content }}<end>{% endfor %}"
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=256,
        eos_token_id=tokenizer.eos_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def model(checkpoint: Path) -> TransformersChatModel:
    made = create(f"hf:{checkpoint}", fetch=Path)
    assert isinstance(made, TransformersChatModel)
    return made


def test_a_grammar_holds_even_random_weights_to_the_language(model: TransformersChatModel) -> None:
    bound = model.bind(grammar=YES_OR_NO, temperature=1.0)
    answers = {bound.invoke("Is there a dog?", seed=seed).content for seed in range(12)}
    assert answers == {"yes", "no"}


def test_a_constrained_plan_line_is_well_formed(model: TransformersChatModel) -> None:
    answer = model.bind(grammar=ONE_CALL, temperature=1.0, seed=3).invoke("Find the dog")
    name, _, call = answer.text.partition(" = ")
    assert name.isalpha()
    assert call.startswith('detect(image1, label="')
    assert call.endswith('")')
    assert answer.response_metadata["finish_reason"] == "stop"


@pytest.mark.parametrize(("limit", "written"), [(7, 7), (1000, 245)])
def test_random_weights_are_cut_at_the_limit_or_where_the_model_s_room_ends(
    model: TransformersChatModel, limit: int, written: int
) -> None:
    answer = model.invoke("Find the dog", max_tokens=limit)
    assert answer.response_metadata["finish_reason"] == "length"
    assert answer.usage_metadata == {
        "input_tokens": 11,
        "output_tokens": written,
        "total_tokens": 11 + written,
    }


def test_the_same_seed_gives_the_same_answer(model: TransformersChatModel) -> None:
    drawn = model.bind(temperature=1.0, max_tokens=12)
    first, again = (drawn.invoke("Hi", seed=5).content for _ in range(2))
    other = drawn.invoke("Hi", seed=6).content
    assert first == again != other


async def test_text_streams_token_by_token(model: TransformersChatModel) -> None:
    stream = model.bind(grammar=ONE_CALL).astream("Find the dog")
    pieces = [chunk.text async for chunk in stream if chunk.text]
    assert len(pieces) > 5
    assert "".join(pieces).endswith('")')


def test_a_stop_text_is_left_out_of_the_answer(model: TransformersChatModel) -> None:
    answer = model.bind(grammar=ONE_CALL).invoke("Find the dog", stop=[" = det"])
    assert answer.text.isalpha()


def test_a_request_longer_than_the_model_s_room_is_refused(model: TransformersChatModel) -> None:
    with pytest.raises(LanguageModelError, match="the model has room for 256"):
        model.invoke("dog " * 300)


def test_a_broken_grammar_is_an_error_and_the_model_stays_usable(
    model: TransformersChatModel,
) -> None:
    with pytest.raises(LanguageModelError, match="llguidance cannot follow the grammar"):
        model.bind(grammar=Grammar(gbnf="", lark="start: nothing")).invoke("Hi")
    assert model.bind(grammar=YES_OR_NO).invoke("Hi").content in ("yes", "no")


def test_a_missing_folder_and_one_without_a_checkpoint_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no checkpoint folder"):
        TransformersChatModel(checkpoint=str(tmp_path / "none")).invoke("Hi")
    with pytest.raises(LanguageModelError, match="transformers cannot load"):
        TransformersChatModel(checkpoint=str(tmp_path)).invoke("Hi")
