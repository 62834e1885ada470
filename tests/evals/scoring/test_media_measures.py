"""Measures tell what was done to a picture, a sound or a film."""

import numpy as np
import PIL.Image
import PIL.ImageFilter
import pytest

from evals.scoring.media_measures import TRANSFORMED, measure
from tests.tools.known_videos import plain_film
from tools import Audio, Image

RAMP = np.zeros((60, 80, 3), np.uint8)
RAMP[..., 0] = np.arange(80)[None, :] * 3
RAMP[:30, :, 2] = 200
RAMP[10:20, 5:30, 1] = 255
PICTURE = Image(PIL.Image.fromarray(RAMP))


@pytest.mark.parametrize("name", sorted(TRANSFORMED))
def test_a_changed_picture_is_nearest_to_the_same_change(name: str) -> None:
    result = Image(TRANSFORMED[name](PICTURE.opaque()))

    measures = measure(result, [PICTURE])

    distances = {other: measures[other] for other in TRANSFORMED}
    assert min(distances, key=distances.__getitem__) == name
    assert distances[name] == 0


def test_a_blurred_picture_has_less_detail_and_a_grey_one_no_saturation() -> None:
    blurred = Image(PICTURE.pixels.filter(PIL.ImageFilter.GaussianBlur(6)))
    grey = Image(PICTURE.pixels.convert("L").convert("RGB"))

    assert measure(blurred, [PICTURE])["detail_change"] < 0.8
    assert measure(grey)["saturation"] == 0
    assert measure(grey, [PICTURE])["saturation_change"] < -50


def test_half_the_amplitude_is_six_decibels_less_and_silence_is_low() -> None:
    time = np.arange(16_000) / 16_000
    loud = Audio(0.5 * np.sin(2 * np.pi * 440 * time), 16_000)
    faded = Audio(loud.samples[0] * np.linspace(1, 0, 16_000), 16_000)

    soft = Audio(loud.samples[0] / 2, 16_000)
    assert measure(loud)["loudness"] - measure(soft)["loudness"] == pytest.approx(6.02, abs=0.1)
    assert measure(faded)["end_loudness"] < measure(faded)["start_loudness"] - 10
    assert measure(Audio(np.zeros(100), 16_000))["loudness"] == -100


def test_a_film_tells_its_length_its_sound_and_its_ends() -> None:
    silent = measure(plain_film(*[0] * 10, *[200] * 10))
    tone = Audio(0.5 * np.sin(np.arange(32_000) / 5), 16_000)

    assert silent["seconds"] == pytest.approx(2, abs=0.1)
    assert (silent["width"], silent["height"], silent["has_sound"]) == (64, 48, 0)
    assert silent["first_red"] < 10 < 190 < silent["last_red"]
    assert measure(plain_film(*[0] * 20, sound=tone))["has_sound"] == 1


def test_a_change_is_measured_inside_and_outside_a_region() -> None:
    changed = RAMP.copy()
    changed[:30] = 255 - changed[:30]
    result = Image(PIL.Image.fromarray(changed))

    top = measure(result, [PICTURE], (0, 0, 100, 50))
    left = measure(result, [PICTURE], (0, 0, 50, 100))

    assert top["inside_change"] > 50
    assert top["outside_change"] == 0
    assert left["inside_change"] > 20
    assert left["outside_change"] > 20
    assert "inside_change" not in measure(
        Image(PICTURE.pixels.resize((40, 30))), [PICTURE], (0, 0, 50, 100)
    )


def test_the_order_of_two_pictures_side_by_side_is_measured() -> None:
    red, blue = (Image(PIL.Image.new("RGB", (40, 40), colour)) for colour in ("red", "blue"))
    row = PIL.Image.new("RGB", (80, 40), "red")
    row.paste((0, 0, 255), (40, 0, 80, 40))

    measures = measure(Image(row), [red, blue])

    assert (measures["left_from_first"], measures["right_from_second"]) == (0, 0)
    assert measures["left_from_second"] > 100
    assert measures["top_from_first"] > 50


def test_a_sound_is_compared_with_its_file() -> None:
    rng = np.random.default_rng(0)
    file = Audio(rng.normal(0, 0.1, 16_000), 16_000)
    reverse = Audio(file.samples[0][::-1], 16_000)

    assert measure(reverse, [file])["reversed_match"] == pytest.approx(1)
    assert measure(file, [file])["reversed_match"] == pytest.approx(0, abs=0.05)
    assert measure(Audio(file.samples[0] / 2, 16_000), [file])["loudness_change"] == pytest.approx(
        -6.02, abs=0.01
    )
