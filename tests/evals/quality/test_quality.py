"""Measures on results that are right, wrong or off in one known way."""

import numpy as np
import PIL.Image
import pytest

from evals.quality import QUALITY
from evals.quality.audio_quality import VOICE
from evals.quality.labelled_photos import FACE, sheets
from evals.quality.quality_measures import Quality, mask_iou, psnr, si_sdr
from evals.quality.sample_calls import arguments_for
from evals.quality.vision_quality import large_scenes
from evals.scoring.vision_scores import precision_of_boxes, to_image
from tests.requirements import require_weights
from tools import Box, Boxes, Image, Mask
from tools.adapters.correlation_tracker import Correlation
from tools.library.audio.transcribe import Transcriber
from tools.library.images.cut_out import ForegroundFinder
from tools.library.vision.faces import FaceFinder
from tools.library.vision.segment import Segmenter
from tools.sdk.registry import Registry


def grey(shade: int) -> Image:
    return Image(PIL.Image.new("RGB", (8, 8), (shade, shade, shade)))


def test_a_picture_that_is_one_shade_off_is_48_decibels_near():
    assert psnr(grey(100), grey(101)) == pytest.approx(48.13, abs=0.01)


def test_only_what_the_mask_shows_counts():
    half = grey(100).map(lambda pixels: pixels.copy())
    half.pixels.paste((0, 0, 0), (0, 0, 4, 8))
    right = Box(4, 0, 8, 8).mask(8, 8)

    assert psnr(half, grey(101), right) == pytest.approx(48.13, abs=0.01)


def test_overlap_is_what_two_share_of_what_they_cover():
    left, most = Mask(Box(0, 0, 4, 8).mask(8, 8)), Mask(Box(0, 0, 8, 8).mask(8, 8))

    assert mask_iou(left, most) == 0.5
    assert Box(0, 0, 4, 8).iou(Box(0, 0, 8, 8)) == 0.5
    assert Box(0, 0, 4, 8).iou(Box(5, 0, 8, 8)) == 0


def test_loudness_is_no_distortion_and_noise_is():
    true = np.sin(np.arange(1_000))
    noise = np.cos(np.arange(1_000))

    assert si_sdr(true, true / 3) > 80
    assert si_sdr(true, true + noise / 10) == pytest.approx(20, abs=0.1)


def test_a_quality_says_its_cases_and_what_else_would_score():
    assert str(Quality("PSNR, dB", 27.318, 4, "bicubic 28.1")) == "PSNR, dB 27.3 (4), bicubic 28.1"


def test_boxes_pasted_on_a_sheet_lie_where_their_photos_were_pasted():
    pasted = list(sheets(6))

    assert {box.label for sheet in pasted for box in sheet.objects} == {"cup", "person"}
    for sheet in pasted:
        for face in sheet.faces:
            person = max(sheet.objects, key=lambda box: box.iou(face))
            assert person.left < face.left < face.right < person.right
            shape = (face.right - face.left) / (face.bottom - face.top)
            assert shape == pytest.approx((FACE.right - FACE.left) / (FACE.bottom - FACE.top))


def test_boxes_that_are_all_there_are_wholly_precise_and_none_are_not_at_all():
    true = [Boxes((Box(0, 0, 9, 9, "cup"),)), Boxes((Box(5, 5, 20, 20, "person"),))]

    assert precision_of_boxes(true, true) == (pytest.approx(1), 2)
    assert precision_of_boxes([Boxes(()), Boxes(())], true) == (0, 2)


class KnowsTheScenes(Segmenter, ForegroundFinder):
    """Gives the true outlines."""

    def __init__(self):
        scenes = large_scenes(10)
        self.scenes = {to_image(scene).digest: scene for scene in scenes}

    def outline(self, image, prompts):
        scene = self.scenes[image.digest]
        found = [self._of_box(scene, prompt) for prompt in prompts if isinstance(prompt, Box)]
        points = [prompt.items[0] for prompt in prompts if not isinstance(prompt, Box)]
        found += [next(m for m in scene.masks if m[int(y), int(x)]) for x, y in points]
        return tuple(Mask(PIL.Image.fromarray(mask.astype(np.uint8) * 255)) for mask in found)

    def foreground(self, image):
        scene = self.scenes.get(image.digest)
        seen = scene.masks.any(axis=0) if scene else np.ones((image.height, image.width))
        return Mask(PIL.Image.fromarray(seen.astype(np.uint8) * 255))

    def _of_box(self, scene, box):
        corners = (box.left, box.top, box.right, box.bottom)
        return next(m for t, m in zip(scene.things, scene.masks, strict=True) if t.box == corners)


def test_true_outlines_score_one():
    model = KnowsTheScenes()

    assert [quality.value for quality in QUALITY["segment"](model)] == [1, 1]
    whole, boxed = QUALITY["cut_out"](model)
    assert whole.value == 1
    assert boxed.value < 1  # it takes all of a box for the thing in it


@pytest.mark.slow
def test_one_who_sees_faces_everywhere_finds_them_all_and_is_seldom_right():
    true = {sheet.image.digest: sheet.faces for sheet in sheets(24)}

    class SeesFacesEverywhere(FaceFinder):
        def faces(self, image: Image) -> Boxes:
            others = (Box(x, 0, x + 9, 9, "face") for x in range(0, 90, 10))
            return Boxes((*true[image.digest], *others))

    found, right = QUALITY["faces"](SeesFacesEverywhere())

    assert found.value == 1
    assert right.value < 0.2


@pytest.mark.real
def test_one_who_hears_nothing_makes_every_error_there_is():
    class Deaf(Transcriber):
        def transcribe(self, audio):
            return ""

    require_weights(VOICE)
    errors = [quality.value for quality in QUALITY["transcribe"](Deaf())]

    assert errors == [1, 1]


@pytest.mark.slow
def test_what_needs_no_weights_measures_well():
    followed, *_ = QUALITY["track"](Correlation())
    pitch, *_ = QUALITY["change_voice"]()

    assert followed.value > 0.9
    assert pitch.value < 5


def test_every_tool_that_is_shipped_has_a_call_to_be_timed_with(tmp_path):
    for name, tool in Registry.load(user_folder=tmp_path).items():
        given = arguments_for(name)
        required = {parameter.name for parameter in tool.parameters if parameter.required}
        assert required <= set(given), name
        assert set(given) <= {parameter.name for parameter in tool.parameters}, name


def test_every_measure_is_of_a_tool_there_is(tmp_path):
    assert set(QUALITY) <= set(Registry.load(user_folder=tmp_path))
