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


def test_a_picture_takes_the_transparent_parts_of_another_scaled_to_fit():
    shape = PIL.Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    shape.putpixel((1, 0), (9, 9, 9, 255))
    red = Image(PIL.Image.new("RGB", (200, 100), "red"))

    cut = red.transparent_as(Image(shape)).pixels

    assert cut.getpixel((10, 50)) == (255, 0, 0, 0)
    assert cut.getpixel((190, 50)) == (255, 0, 0, 255)
    assert red.transparent_as(red) is red
