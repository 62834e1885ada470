import PIL.Image
import pytest

from tools import BadArgument, Box, Image, Points
from tools.library.images.edit import Editor, edit


class PaintsItGreen(Editor):
    def edit(self, image: Image, instruction: str, seed: int) -> Image:
        return Image(PIL.Image.new("RGB", image.pixels.size, "lime"))


PAGE = Image(PIL.Image.new("RGB", (60, 40), "white"))


def test_the_whole_picture_changes():
    assert edit(PaintsItGreen(), PAGE, "make it green").pixels.getpixel((1, 1)) == (0, 255, 0)


def test_with_a_region_only_the_region_changes():
    edited = edit(PaintsItGreen(), PAGE, "make it green", Box(20, 10, 40, 30)).pixels

    assert edited.getpixel((30, 20)) == (0, 255, 0)
    assert edited.getpixel((5, 5)) == (255, 255, 255)


def test_transparent_parts_stay_so():
    clear = Image(PIL.Image.new("RGBA", (60, 40), (0, 0, 0, 0)))

    assert edit(PaintsItGreen(), clear, "make it green").pixels.getpixel((5, 5))[3] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((PAGE, "!"), "there is nothing to do in '!'"),
        ((PAGE, "redder", Points(((1, 1),))), "(1, 1) are points, and a region to change needs an"),
        ((PAGE, "redder", Box(70, 0, 90, 9)), "is empty or outside the picture of 60×40"),
        ((Image(PIL.Image.new("RGB", (1, 1))), "redder"), "a picture of 1×1 pixels shows nothing"),
    ],
)
def test_what_cannot_be_edited_is_refused(arguments, message):
    with pytest.raises(BadArgument) as caught:
        edit(PaintsItGreen(), *arguments)

    assert message in caught.value.message
