"""What a judge who sees everything makes of real films, of still ones and of those it is shown."""

import PIL.Image
import pytest

from evals.scoring.video_scores import (
    held_out_films,
    observe_film,
    score_animator,
    score_film_maker,
    score_judge,
)
from evals.world.video.films import Film, make_film
from tools import Box, Boxes, Image, Video
from tools.library.video.animate import Animator
from tools.library.video.make_video import VideoMaker
from tools.library.vision.detect import Detector

CASES = 12
SECONDS = 2.0


class Known(Video):
    """A film that is not encoded, and knows its truth."""

    def __init__(self, film: Film) -> None:
        self.film = film

    def frames(self):
        return iter(self.film.pixels)


class SeesEverything(Detector):
    """Knows what is to be seen by the pixels of the pictures."""

    def __init__(self, shown: list[Film]) -> None:
        self.boxes = {
            pixels.tobytes(): Boxes(
                tuple(
                    Box(*track.boxes[moment], label=track.name, score=1.0)
                    for track in reversed(film.tracks)
                    if track.boxes[moment]
                )
            )
            for film in shown
            for moment, pixels in enumerate(film.pixels)
        }

    def find(self, image: Image) -> Boxes:
        return self.boxes[image.array().tobytes()]


FILMS = held_out_films(2 * CASES)


class MakesWhatIsAsked(VideoMaker, Animator):
    longest_s = SECONDS

    def generate_video(self, prompt: str, seconds: float, seed: int) -> Video:
        return Known(next(film for film in FILMS if film.speak(0) == prompt))

    def animate(self, image: Image, prompt: str, seconds: float, seed: int) -> Video:
        found = self.generate_video(prompt, seconds, seed)
        assert image.array().tobytes() == next(found.frames()).tobytes()
        return found


class ShowsOneFilm(VideoMaker):
    longest_s = SECONDS

    def generate_video(self, prompt: str, seconds: float, seed: int) -> Video:
        return Known(FILMS[0])


@pytest.fixture(scope="module")
def judge() -> SeesEverything:
    return SeesEverything(FILMS)


def test_who_makes_what_is_asked_reaches_every_score(judge: SeesEverything):
    scores = score_film_maker(MakesWhatIsAsked(), judge, CASES)

    assert {measure: score.share for measure, score in scores.items() if score.share != 1} == {}
    assert scores["object"].cases == CASES


def test_so_does_who_brings_the_right_picture_to_life(judge: SeesEverything):
    scores = score_animator(MakesWhatIsAsked(), judge, CASES)

    assert {measure: score.share for measure, score in scores.items() if score.share != 1} == {}


def test_the_same_film_for_all_words_is_right_once(judge: SeesEverything):
    scores = score_film_maker(ShowsOneFilm(), judge, CASES)

    assert scores["objects, no others"].share == pytest.approx(1 / CASES)


@pytest.mark.parametrize(
    "motion",
    ["left", "right", "up", "down", "bouncing", "appearing", "vanishing", "growing", "shrinking",
     "standing still"],
)  # fmt: skip
def test_every_motion_is_recognised(motion: str):
    film = next(
        film
        for number in range(200)
        if (film := make_film("train", 3, number)).content.motion == motion
    )

    sight = observe_film(SeesEverything([film]), Known(film))

    assert sight.motions[film.content.name] == motion


def test_encoded_films_of_the_world_are_judged_by_their_pictures():
    class Blind(Detector):
        def find(self, image: Image) -> Boxes:
            assert isinstance(image.pixels, PIL.Image.Image)
            return Boxes(())

    assert score_judge(Blind(), 2)["object"].share == 0
