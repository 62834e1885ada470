import numpy as np
import pytest

from tests.tools.adapters.diffusers.tiny_pipelines import write_ace_step
from tests.tools.adapters.load_card import load
from tools import Audio, BadArgument
from tools.library.audio.fill_sound import fill_sound
from tools.library.audio.separate import separate
from tools.signal.gap_filling import Gap

pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated:FutureWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_ace_step(tmp_path_factory.mktemp("ace-step"))


@pytest.fixture(scope="module")
def separator(folder):
    card = "separate/ace-step-1.5-xl-base"
    told = {"rate": "400", "steps": "2", "longest": "4", "sources": "drums, red, apple"}
    return load(card, folder, **told).model


@pytest.fixture(scope="module")
def filler(folder):
    return load("fill_sound/ace-step-1.5-xl-turbo", folder, rate="400", steps="2", around="1").model


def song(channels: int, seconds: float, rate: int = 800) -> Audio:
    noise = np.random.default_rng(0).normal(0, 0.1, (channels, round(seconds * rate)))
    return Audio(noise, rate)


@pytest.mark.parametrize(("channels", "seconds"), [(1, 0.01), (1, 2.005), (2, 2), (3, 1.5)])
def test_a_part_is_as_long_and_has_the_rate_and_channels_of_the_whole(separator, channels, seconds):
    whole = song(channels, seconds)

    drums = separate(separator, whole, "the drums")

    assert (drums.samples.shape, drums.rate) == (whole.samples.shape, 800)
    assert np.abs(drums.samples).max() <= np.abs(whole.samples).max() * 1.001


def test_another_part_is_another_sound_and_the_same_the_same(separator):
    whole = song(2, 2)

    red = separator.extract_source(whole, "red").encode()

    assert separator.extract_source(whole, "red").encode() == red
    assert separator.extract_source(whole, "apple").encode() != red


def test_a_sound_that_is_too_long_is_refused(separator):
    with pytest.raises(BadArgument, match="lasts 5 seconds; the model takes 4"):
        separator.extract_source(song(1, 5), "drums")


@pytest.mark.parametrize(("start", "end"), [(0, 0.5), (1.2, 2), (3, 4)])
def test_a_gap_is_filled_and_all_else_stays_as_it_was(filler, start, end):
    broken = song(2, 4)
    gap = slice(round(start * 800), round(end * 800))
    broken.samples[:, gap] = 0

    filled = fill_sound(filler, broken, start, end).samples

    assert filled.shape == broken.samples.shape
    assert np.abs(filled[:, gap]).max() > 0.01
    changed = slice(max(0, gap.start - 16), gap.stop + 16)
    assert np.array_equal(
        np.delete(filled, changed, axis=1), np.delete(broken.samples, changed, axis=1)
    )


def test_what_fills_a_gap_is_about_as_loud_as_what_is_around(filler):
    broken = song(1, 4)

    filled = filler.fill(broken, Gap(1_600, 2_400)).samples[0]

    assert 0.03 < float(np.sqrt(np.mean(filled[1_600:2_400] ** 2))) < 0.3


def test_stop_is_heard(separator, filler, is_stopped):
    assert is_stopped(lambda: separator.extract_source(song(1, 2), "drums"))
    assert is_stopped(lambda: filler.fill(song(1, 2), Gap(800, 1_000)))
