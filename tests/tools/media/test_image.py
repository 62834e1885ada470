import PIL.Image

from tools import Image


def test_transparent_parts_are_white_in_the_opaque_picture():
    pixels = PIL.Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    pixels.putpixel((1, 0), (255, 0, 0, 255))

    assert Image(pixels).array().tolist() == [[[255, 255, 255], [255, 0, 0]]]


def test_a_picture_survives_being_kept():
    image = Image(PIL.Image.new("RGB", (3, 2), (1, 2, 3)))

    again = Image.decode(image.encode())

    assert (again.width, again.height) == (3, 2)
    assert again.digest == image.digest
