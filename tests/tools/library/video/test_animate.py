import PIL.Image
import pytest

from tools import BadArgument, Image, Video
from tools.library.video.animate import Animator, animate


class HoldsStill(Animator):
    longest_s = 2.0

    def animate(self, image: Image, prompt: str, seconds: float, seed: int) -> Video:
        return Video.of_frames([image.array()] * round(seconds * 10), 10)


PAGE = Image(PIL.Image.new("RGB", (64, 48), "white"))


def test_a_film_has_the_shape_of_the_picture():
    film = animate(HoldsStill(), PAGE, seconds=1)

    assert (film.width, film.height, film.seconds) == (64, 48, 1)


@pytest.mark.parametrize(
    ("image", "seconds", "message"),
    [
        (PAGE, 3, "seconds is 3; 0.5 to 2 are allowed"),
        (Image(PIL.Image.new("RGB", (1, 1))), 1, "a picture of 1×1 pixels shows nothing that"),
    ],
)
def test_what_cannot_be_animated_is_refused(image, seconds, message):
    with pytest.raises(BadArgument) as caught:
        animate(HoldsStill(), image, seconds=seconds)

    assert message in caught.value.message
