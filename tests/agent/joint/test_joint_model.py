from pathlib import Path

import PIL.Image
import pytest
import torch

from agent.joint.arithmetic_request import Term
from agent.joint.dialogue import Exchange
from agent.joint.joint_model import MAX_ANSWER_TOKENS, JointModel
from tests.agent.joint.tiny import SHAPE, put_joint
from tools import Image
from tools.models.catalogue import Catalogue

RED, BLUE = (Image(PIL.Image.new("RGB", (64, 64), colour)) for colour in ("red", "blue"))


def make_ask_for(mind: JointModel, medium: str) -> None:
    """Let it find that medium likelier than any word."""
    with torch.no_grad():
        mind.network.medium_head.bias[list(SHAPE.generators).index(medium)] = 100  # type: ignore[index]


def test_what_is_seen_changes_what_the_language_model_reads(mind: JointModel) -> None:
    found: list[torch.Tensor] = []
    for image in (RED, BLUE):
        ids, seen = mind.encode_dialogue([Exchange((image,), "how many dogs")])
        found.append(mind.network.embed(torch.tensor([ids]), seen)[0])

    assert len(found[0]) == 16 + 3 + 1
    assert not torch.allclose(found[0][:16], found[1][:16])
    assert torch.equal(found[0][16:], found[1][16:])


def test_an_answer_ends_at_its_longest(mind: JointModel) -> None:
    with torch.no_grad():
        mind.network.output_embeddings[1] = 0  # the end is never likeliest

    reply = mind.converse([Exchange((), "how many dogs")])

    assert reply.tokens_read == 4
    assert reply.tokens_written <= MAX_ANSWER_TOKENS
    assert reply.conditioning == {}


def test_an_answer_is_never_empty(mind: JointModel, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = mind.network.next_logits

    def would_rather_end(states: torch.Tensor) -> torch.Tensor:
        scores = usual(states)
        scores[:, 1] = 1_000
        return scores

    monkeypatch.setattr(mind.network, "next_logits", would_rather_end)

    assert mind.converse([Exchange((), "how many dogs")]).tokens_written == 1


def test_signals_tell_the_generator_of_their_medium(mind: JointModel) -> None:
    make_ask_for(mind, "video")

    reply = mind.converse([Exchange((), "draw two dogs")])

    assert list(reply.conditioning) == ["video"]
    assert reply.conditioning["video"].model == "make_video/sprites"
    assert len(reply.conditioning["video"].values) == 128 * reply.conditioning["video"].rows
    assert reply.tokens_written == 4


def test_what_signals_tell_is_the_same_word_by_word_and_at_once(mind: JointModel) -> None:
    make_ask_for(mind, "image")
    asked = [Exchange((RED,), "draw two dogs")]

    written = mind.converse(asked).conditioning["image"]
    read = mind.predict_conditioning(asked, "", "image")

    assert written.rows == read.rows
    # The language model computes in bfloat16, in another order.
    assert torch.allclose(torch.tensor(written.values), torch.tensor(read.values), atol=0.05)


def make_rather_find(mind: JointModel, how_sure: float) -> None:
    assert mind.network.retrieval_head
    with torch.no_grad():
        mind.network.retrieval_head.choice_head.weight.zero_()
        mind.network.retrieval_head.choice_head.bias.fill_(how_sure)


@pytest.mark.parametrize(("medium", "rather", "sought"), [
    ("image", 1.0, True), ("image", -1.0, False), ("audio", 1.0, False)
])  # fmt: skip
def test_only_a_picture_may_be_found_instead_of_made(
    mind: JointModel, medium: str, rather: float, sought: bool
) -> None:
    make_ask_for(mind, medium)
    make_rather_find(mind, rather)

    reply = mind.converse([Exchange((), "two dogs")])

    assert list(reply.conditioning) == [medium]
    assert bool(reply.query) == sought
    if reply.query:
        assert reply.query.model == "classify/sprites"
        assert sum(each**2 for each in reply.query.values) == pytest.approx(1, abs=0.01)


def test_kept_weights_answer_as_before(mind: JointModel, home: Path) -> None:
    make_ask_for(mind, "image")
    asked = [Exchange((RED,), "draw two dogs")]
    before = mind.converse(asked)
    put_joint(home, mind)

    folder = home / "joint"
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    loaded = JointModel.load_with_parts(files, {}, "cpu", Catalogue.load(home))

    assert loaded.converse(asked) == before


def test_only_connectors_signals_and_lora_are_trained(mind: JointModel) -> None:
    trained, frozen = mind.network.weight_counts()

    learning = list(mind.network.language_model.parameters())
    assert trained == sum(weight.numel() for weight in mind.network.trained.parameters())
    assert frozen + sum(w.numel() for w in mind.network.lora.parameters()) == sum(
        weight.numel() for weight in learning
    )
    assert {weight.requires_grad for weight in mind.network.lora.parameters()} == {True}


def test_terms_of_a_sum_tell_of_a_picture_together(mind: JointModel) -> None:
    dogs, red = Term(1, "two dogs"), Term(1, RED)
    without_dogs = Term(-1, "two dogs")

    both, one = mind.add([dogs, red]), mind.add([dogs])
    none = mind.add([dogs, red, without_dogs])

    assert mind.add([dogs, without_dogs]).text == "two dogs − two dogs"
    assert list(both.conditioning) == ["image"]
    assert both.query and both.query.model == "classify/sprites"
    assert both.conditioning["image"].values != one.conditioning["image"].values
    # What is taken away again makes no difference, but for how numbers are rounded.
    alone = mind.add([red]).conditioning["image"]
    assert torch.allclose(
        torch.tensor(none.conditioning["image"].values), torch.tensor(alone.values), atol=1e-3
    )
