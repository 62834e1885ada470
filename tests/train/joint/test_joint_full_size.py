"""A joint model of full-size classes, tiny and random: shapes, LoRA, losses, files, a picture."""

from contextlib import aclosing
from pathlib import Path
from typing import Any

import open_clip
import pytest
import torch
import transformers

import train.joint.joint_recipe
from agent.joint.dialogue import Exchange
from agent.joint.joint_model import JointModel
from agent.record.events import AnswerFinished, CommandFinished
from agent.runtime.agent_runtime import AgentRuntime, Settings
from evals.scoring.joint_scores import to_media
from evals.world.dialogue.dialogues import make_dialogue
from tests.agent.joint.tiny_full_size import LANGUAGE_MODEL_CARD, PARTS, SHAPE, put_parts
from tests.train.conftest import losses_on_one_batch
from tools import Image
from tools.errors import BadArgument, InputError
from tools.models.catalogue import Catalogue
from tools.models.download import fetch
from train.joint.generator_targets import StableDiffusionGenerator, open_generator
from train.joint.joint_recipe import STAGES, JointRecipe, OutputConnectorRecipe
from train.joint.joint_variants import FULL, FULL_LANGUAGE_MODEL_CARD
from train.loop.catalogue_card import local_source, stamp_card
from train.loop.training_loop import Training
from train.train_command import train as batuta_train

pytestmark = [
    pytest.mark.usefixtures("one_thread", "home"),
    pytest.mark.filterwarnings("ignore:At least one mel filter:UserWarning"),
    # The scheduler's own, of numpy's newer rules.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    put_parts(home)
    return home


@pytest.fixture
def home(parts: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BATUTA_HOME", str(parts))
    monkeypatch.setattr(train.joint.joint_recipe, "VOCABULARY_DIALOGUES", 30)
    monkeypatch.setattr(OutputConnectorRecipe, "sentences", 24)
    monkeypatch.setattr(JointRecipe, "batch_size", 4)
    monkeypatch.setattr(OutputConnectorRecipe, "batch_size", 4)
    return parts


def recipe_of(stage: int) -> JointRecipe[Any]:
    return STAGES[stage](0, shape=SHAPE, language_model=LANGUAGE_MODEL_CARD)


@pytest.fixture
def maker(home: Path) -> StableDiffusionGenerator:
    maker = open_generator("image", SHAPE.generators["image"])
    assert isinstance(maker, StableDiffusionGenerator)
    return maker


def test_the_full_shape_fits_the_parts_that_it_names() -> None:
    eyes = open_clip.get_model_config("ViT-L-14")
    catalogue = Catalogue.load(Path("/nowhere"))

    assert eyes
    assert FULL.features["image"] == FULL.features["video"] == eyes["vision_cfg"]["width"] + 2
    assert FULL.features["audio"] == transformers.ASTConfig().hidden_size
    # Stable Diffusion 1.5 reads with the text tower of the same CLIP.
    told = FULL.generators["image"]
    read = eyes["text_cfg"]
    assert (told.width, told.max_vectors) == (read["width"], read["context_length"])
    assert catalogue[FULL_LANGUAGE_MODEL_CARD].classes == ("transformers:Qwen2ForCausalLM",)
    for card in (FULL.vision_encoder, FULL.audio_encoder, told.card):
        assert catalogue[card].variants
    assert "joint/full" not in catalogue


def test_every_medium_enters_the_language_model_as_vectors_of_its_width() -> None:
    mind = recipe_of(1).model
    given = [
        to_media(make_dialogue(kind, "train", 0, 1).exchanges[0].inputs[0])
        for kind in ("describe", "describe film", "describe sound")
    ]

    ids, seen = mind.encode_dialogue([Exchange(tuple(given), "how many dogs")])

    assert {medium: tuple(rows.shape) for medium, rows in seen.items()} == {
        "image": (1, 16, 18), "video": (1, 16, 18), "audio": (1, 16, 16)
    }  # fmt: skip
    assert mind.network.embed(torch.tensor([ids]), seen).shape == (1, 3 * 16 + 13 + 1, 32)


def test_the_lora_is_where_peft_has_it_for_this_language_model() -> None:
    names = list(dict(recipe_of(3).model.network.lora.named_parameters()))

    assert len(names) == 8
    assert {name.split("/")[3] for name in names} == {"q_proj", "v_proj"}


def test_what_is_said_next_is_found_by_the_head_that_the_language_model_has_for_it() -> None:
    network = recipe_of(1).model.network
    states = torch.randn(1, 32).bfloat16()

    expected = network.language_model.lm_head(states).float()

    assert torch.equal(network.next_logits(states)[:, :-1], expected)
    assert not torch.equal(network.word_embeddings, network.output_embeddings)


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_learns_from_a_batch(stage: int) -> None:
    recipe = recipe_of(stage)

    losses = losses_on_one_batch(recipe, 8)

    assert losses[-1] < losses[0]


@pytest.mark.slow
def test_what_a_painter_is_told_comes_nearer_to_what_words_would_tell_it() -> None:
    recipe = recipe_of(2)
    recipe.denoising_weight = 0.0

    losses = losses_on_one_batch(recipe, 8)

    assert losses[-1] < losses[0]


@pytest.mark.slow
def test_the_painters_own_loss_goes_down_with_what_it_is_told_while_it_stays_as_it_is() -> None:
    recipe = recipe_of(2)
    telling = recipe.batch(0)
    network, maker = recipe.model.network, recipe.generators["image"]
    optimizer = torch.optim.Adam(network.outputs.parameters(), lr=0.01)
    losses: list[float] = []
    for _ in range(8):
        torch.manual_seed(0)
        vectors = network.predict_conditioning("image", telling.states).vectors
        loss = maker.denoising_loss(telling.target.outputs, vectors, telling.target.mask)
        losses.append(float(loss.detach()))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    assert losses[-1] < losses[0]
    assert not any(weight.requires_grad for weight in maker.pipeline.unet.parameters())


def test_a_painter_is_told_what_its_own_text_encoder_makes_of_words(
    maker: StableDiffusionGenerator,
) -> None:
    vectors, there = maker.encode_text(["a red dog"])

    read = maker.pipeline.encode_prompt("a red dog", "cpu", 1, False)[0]
    assert vectors.shape == (1, 16, 16)
    assert torch.equal(vectors, read)
    assert there.all()


def test_a_painter_draws_what_its_vae_makes_of_a_scene(maker: StableDiffusionGenerator) -> None:
    dialogue = make_dialogue("draw", "train", 0, 1)
    assert dialogue.output

    latents = maker.encode_outputs([(dialogue.output, "")])

    assert latents.shape == (1, 4, 32, 32)
    seen = maker.pipeline.vae.decode(latents / maker.pipeline.vae.config.scaling_factor).sample
    assert seen.shape == (1, 3, 64, 64)


@pytest.mark.parametrize("guesses", ["epsilon", "v_prediction"])
def test_its_loss_is_how_far_its_guess_is_from_the_noise_or_the_velocity(
    guesses: str, maker: StableDiffusionGenerator
) -> None:
    maker.scheduler.register_to_config(prediction_type=guesses)
    latents, told = torch.randn(2, 4, 32, 32), torch.randn(2, 16, 16)
    torch.manual_seed(3)
    times, noise = torch.randint(1000, (2,)), torch.randn(2, 4, 32, 32)
    kept = maker.scheduler.alphas_cumprod[times][:, None, None, None]
    noisy = kept.sqrt() * latents + (1 - kept).sqrt() * noise
    velocity = kept.sqrt() * noise - (1 - kept).sqrt() * latents
    wanted = noise if guesses == "epsilon" else velocity
    guessed = maker.pipeline.unet(noisy, times, told).sample

    torch.manual_seed(3)
    wrong = maker.denoising_loss(latents, told, torch.ones(2, 16, dtype=torch.bool))

    assert float(wrong) == pytest.approx(float((guessed - wanted).square().mean()), rel=1e-4)


def test_a_pipeline_of_another_class_is_refused(home: Path) -> None:
    generator = SHAPE.generators["image"].model_copy(update={"card": "draw/other"})
    [card] = [path for path in (home / "catalogue").iterdir() if "draw/tiny" in path.read_text()]
    other = card.read_text().replace("draw/tiny", "draw/other")
    other = other.replace(
        "settings = {", 'settings = { pipeline = "StableDiffusionImg2ImgPipeline",'
    )
    (home / "catalogue" / "other.toml").write_text(other)

    with pytest.raises(BadArgument, match="allowed: PRXPixelPipeline, StableDiffusionPipeline"):
        open_generator("image", generator)


@pytest.fixture
def trained(home: Path) -> JointModel:
    """What wants to make a picture, as its own files and its own card bring it back."""
    recipe = recipe_of(3)
    with torch.no_grad():
        recipe.model.network.medium_head.bias[0] = 100
    folder = home / "trained" / "joint-asking"
    folder.mkdir(parents=True, exist_ok=True)
    recipe.ship(folder)
    # Without the form in which a GPU holds it.
    lines = [line for line in recipe.own_card().splitlines() if not line.startswith("forms")]
    catalogue = home / "catalogue" / "asking.toml"
    stamp_card(catalogue, "joint/asking", folder, "\n".join(lines) + "\n", local_source)
    return recipe.model


def test_what_was_trained_is_brought_back_by_its_own_card(home: Path, trained: JointModel) -> None:
    catalogue = Catalogue.load(home)
    files = fetch(catalogue["joint/asking"])
    mind = JointModel.load_with_parts(files, {}, "cpu", catalogue)

    kept = trained.network.trained.state_dict()
    for name, value in mind.network.trained.state_dict().items():
        assert torch.equal(value, kept[name].half().float()), name
    assert mind.network.shape == SHAPE
    reply = mind.converse([Exchange((), "draw two dogs")])
    assert (reply.conditioning["image"].model, reply.tokens_written) == ("draw/tiny", 2)


@pytest.mark.slow
async def test_a_request_becomes_a_picture_of_stable_diffusion(trained: JointModel) -> None:
    async with AgentRuntime.open(Settings(language_model="joint:asking")) as agent:
        async with aclosing(agent.run("draw two dogs", [])) as events:
            found = [event async for event in events]
        (answered,) = [event for event in found if isinstance(event, AnswerFinished)]
        digest = answered.results[0].value["artifact"]  # type: ignore[index]
        drawn = agent.session.store.find(digest)
        picture = agent.session.store.get(digest)

    tools = [event.tool for event in found if isinstance(event, CommandFinished)]
    assert tools == ["converse", "draw"]
    assert drawn and drawn.lineage
    assert drawn.lineage.model == "draw/tiny"
    assert isinstance(picture, Image)
    assert (picture.width, picture.height) == (64, 64)


@pytest.mark.slow
def test_the_command_trains_another_shape_beside_the_one_that_ships(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"shape": SHAPE, "language_model": LANGUAGE_MODEL_CARD}
    monkeypatch.setattr(JointRecipe, "shapes", {**JointRecipe.shapes, "tiny": told})
    monkeypatch.setattr(train.joint.joint_recipe, "SCORED_DIALOGUES", 1)

    batuta_train(
        "joint", 0.001, resume=False, stage=1, shape="tiny", seed=0, threads=1, workers=0,
        device="cpu", ship=True,
    )  # fmt: skip

    card = Catalogue.load(home)["joint/tiny"]
    assert [file.name for file in card.files] == ["config.json", "model.safetensors"]
    assert [each.folder for each in card.repositories] == ["language_model"]
    about = (home / "trained" / "joint-tiny" / "README.md").read_text()
    assert "a vision encoder (classify/tiny) and an audio encoder (classify_sound/tiny)" in about
    assert not list((home / "training").rglob("*.pt"))


def test_a_later_stage_of_a_shape_that_was_never_trained_says_so(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = Training(recipe_of(2), home / "training")

    with pytest.raises(InputError, match=r"there are no weights to go on from in .*joint-never"):
        training.start_from(home / "trained" / "joint-never")


def test_an_unknown_shape_is_told() -> None:
    with pytest.raises(InputError, match="'joint' has no shape 'huge'; allowed: small, full"):
        batuta_train("joint", stage=1, shape="huge")
    with pytest.raises(InputError, match="'clip' has no shape 'full'; allowed: none"):
        batuta_train("clip", stage=0, shape="full")


def test_each_tiny_part_stands_for_one_of_full_size() -> None:
    cards = FULL.vision_encoder, FULL.audio_encoder, FULL.generators["image"].card

    assert tuple(PARTS) == (FULL_LANGUAGE_MODEL_CARD, *cards)
