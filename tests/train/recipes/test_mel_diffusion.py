from pathlib import Path
from threading import Event

import numpy as np
import pytest
import torch

from evals.world.audio.sounds import make_sound as world_sound
from tests.tools.sprites.adapters.known_sheets import KnownSheets
from tools import BadArgument
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.errors import Cancelled
from tools.library.audio.make_sound import make_sound
from tools.sdk.call_context import CallContext, call_scope
from tools.signal.spectrogram import log_mel
from tools.sprites.adapters.mel_diffusion import MelDiffusion

SETTINGS = {"rows": "4", "columns": "128", "steps": "2"}
THINGS = "piano, pianos\nrain, rainfall\n"
KNOWN = world_sound("train", 0, 2).samples


def sheet_of(prompt: str, chance: torch.Generator) -> torch.Tensor:
    heard = np.pad(log_mel(KNOWN), ((0, 0), (0, 2)), constant_values=-1)
    return torch.from_numpy(heard).reshape(20, 4, 128)


@pytest.fixture
def maker() -> MelDiffusion:
    return MelDiffusion(Pipeline(KnownSheets(sheet_of), SETTINGS), SETTINGS, THINGS)


def test_the_sound_has_the_spectrogram_that_was_drawn(maker: MelDiffusion):
    made = make_sound(maker, "a piano", seed=4)

    assert made.rate == 16_000
    assert made.seconds == 2.0
    # On a scale from -1 to 1; the end fades out.
    assert np.abs(log_mel(made.samples[0]) - log_mel(KNOWN))[:, :-4].mean() < 0.03


def test_a_shorter_sound_is_its_beginning_and_ends_softly(maker: MelDiffusion):
    made = make_sound(maker, "pianos", seconds=0.8, seed=4)
    whole = make_sound(maker, "pianos", seed=4)

    assert made.seconds == 0.8
    assert np.array_equal(made.samples[0, :12_000], whole.samples[0, :12_000])
    assert made.samples[0, -1] == 0


def test_the_same_seed_makes_the_same_sound(maker: MelDiffusion):
    first = make_sound(maker, "rain", seed=1).encode()

    assert make_sound(maker, "rain", seed=1).encode() == first
    assert make_sound(maker, "rain", seed=2).encode() != first


def test_what_it_knows_nothing_of_is_refused(maker: MelDiffusion):
    with pytest.raises(BadArgument) as caught:
        make_sound(maker, "a lion")

    assert caught.value.message == (
        "the sound maker knows none of the things in 'a lion'; it knows: piano, rain"
    )


def test_it_stops_when_asked(maker: MelDiffusion):
    stopped = Event()
    stopped.set()

    with call_scope(CallContext(stop=stopped)), pytest.raises(Cancelled):
        make_sound(maker, "rain")


def test_a_checkpoint_in_the_layout_of_diffusers_makes_sounds(tmp_path: Path):
    from diffusers import FlowMatchEulerDiscreteScheduler, PRXPixelPipeline, PRXTransformer2DModel
    from transformers import T5Config, T5EncoderModel

    from train.recipes.piece_tokenizer import piece_tokenizer

    tokens = piece_tokenizer(["rain", "a piano"], 8, 60)
    text = T5Config(vocab_size=len(tokens), d_model=8, d_kv=8, num_heads=1, d_ff=8, num_layers=1)
    PRXPixelPipeline(
        transformer=PRXTransformer2DModel(
            in_channels=20,
            patch_size=4,
            context_in_dim=8,
            hidden_size=16,
            num_heads=1,
            depth=1,
            axes_dim=[8, 8],
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(),
        text_encoder=T5EncoderModel(text),
        tokenizer=tokens,
        default_sample_size=4,
        prompt_max_tokens=8,
    ).save_pretrained(tmp_path)
    (tmp_path / "things.txt").write_text(THINGS)
    files = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*.*")}

    made = MelDiffusion.load(files, SETTINGS | {"guidance": "2"}, "cpu").make_sound("rain", 2.0, 3)

    assert made.seconds == 2.0
    assert np.isfinite(made.samples).all()
