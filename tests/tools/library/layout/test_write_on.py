import PIL.Image
import PIL.ImageChops
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import BadArgument, Box, Image
from tools.library.layout.write_on import write_on
from tools.library.regions.area import Where

GREY = Image(PIL.Image.new("RGB", (400, 300), (128, 128, 128)))
LONG = "The quick brown fox jumps over the lazy dog, again and again, until it is dark."


def extent(image: Image) -> tuple[int, int, int, int]:
    """The box around all that is no longer grey."""
    grey = PIL.Image.new("RGB", image.size, (128, 128, 128))
    box = PIL.ImageChops.difference(image.opaque(), grey).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize(
    ("place", "x", "y"),
    [
        ("bottom", 200, 273), ("top", 200, 27), ("middle", 200, 150), ("top left", 62, 27),
        ("bottom right", 338, 273),
    ],
)  # fmt: skip
def test_the_text_stands_at_its_place(place: str, x: int, y: int) -> None:
    left, top, right, bottom = extent(write_on(GREY, "Hello you", place))

    assert 15 < bottom - top < 36
    assert abs((left + right) / 2 - x) < 22
    assert abs((top + bottom) / 2 - y) < 6
    assert left >= 12 and right <= 388 and top >= 12 and bottom <= 288


def test_letters_have_their_colour_and_an_outline_of_another() -> None:
    colours = {c for _, c in write_on(GREY, "Hello", colour="red", size=0.3).pixels.getcolors(9999)}
    plain = write_on(GREY, "Hello", colour="red", size=0.3, outline="").pixels.getcolors(9999)

    assert {(255, 0, 0), (0, 0, 0), (128, 128, 128)} <= colours
    assert (0, 0, 0) not in {colour for _, colour in plain}


def test_the_size_is_the_share_of_the_pictures_height() -> None:
    small, large = (extent(write_on(GREY, "HE", size=size, outline="")) for size in (0.1, 0.4))

    # Capitals are seven tenths of the size.
    assert small[3] - small[1] == pytest.approx(21, abs=2)
    assert large[3] - large[1] == pytest.approx(86, abs=5)


def test_long_text_is_wrapped_at_its_size_and_made_smaller_where_it_would_not_fit() -> None:
    wrapped = extent(write_on(GREY, LONG))
    huge = extent(write_on(GREY, LONG, "middle", size=1))

    assert wrapped[3] - wrapped[1] > 70
    assert wrapped[0] >= 12 and wrapped[2] <= 388
    assert huge[0] >= 12 and huge[1] >= 12 and huge[2] <= 388 and huge[3] <= 288


def test_a_word_is_made_smaller_before_it_is_broken() -> None:
    _, top, right, bottom = extent(write_on(GREY, "Extraordinarily", size=0.3))

    assert right <= 388
    assert bottom - top < 70


def test_text_fits_into_a_region() -> None:
    left, top, right, bottom = extent(write_on(GREY, LONG, region=Box(50, 40, 200, 140)))

    assert left >= 50 and top >= 40 and right <= 200 and bottom <= 140
    assert abs((left + right) / 2 - 125) < 4 and abs((top + bottom) / 2 - 90) < 4


def test_lines_of_a_text_stay_lines() -> None:
    one, two = (extent(write_on(GREY, text)) for text in ("Hxllo", "Hxllo\nHxllo"))

    assert (two[3] - two[1]) - (one[3] - one[1]) == pytest.approx(39, abs=2)


@pytest.mark.parametrize(
    "text",
    [
        "Grüße, ça va? Łódź",
        "Привет, мир",
        "Καλημέρα",
        "你好,世界",
        "こんにちは",
        "안녕하세요",
        "½ € → ♥",
    ],
)
def test_other_scripts_are_written_with_letters_of_their_own(text: str) -> None:
    assert write_on(GREY, text).digest != write_on(GREY, "?" * len(text)).digest
    assert write_on(GREY, text).digest != write_on(GREY, text[::-1]).digest


def test_a_character_without_a_font_is_named() -> None:
    with pytest.raises(BadArgument) as caught:
        write_on(GREY, "cake \U0001fae0")

    assert str(caught.value) == (
        "there is no font here for '\U0001fae0' in 'cake \U0001fae0'; Latin, Greek, Cyrillic, "
        "Chinese, Japanese and Korean can be written everywhere\n"
        "hint: leave these characters out, or install a font for them such as DejaVu or Noto Sans"
    )


def test_text_on_a_transparent_part_is_opaque() -> None:
    clear = Image(PIL.Image.new("RGBA", (400, 300), (0, 0, 0, 0)))

    pixels = write_on(clear, "Hello", size=0.3).pixels

    assert pixels.getpixel((2, 2))[3] == 0
    assert (255, 255, 255, 255) in {colour for _, colour in pixels.getcolors(9999)}


@pytest.mark.parametrize("text", ["", " \n", "\u200b"])
def test_a_text_without_anything_visible_is_refused(text: str) -> None:
    with pytest.raises(BadArgument, match="there is nothing to write"):
        write_on(GREY, text)


def test_what_cannot_be_read_any_more_is_refused() -> None:
    with pytest.raises(BadArgument, match="does not fit into 23×23 pixels in letters of 6 pixels"):
        write_on(Image(PIL.Image.new("RGB", (25, 25))), LONG)


@pytest.mark.parametrize("size", [0, -1, 1.5, float("nan")])
def test_an_impossible_size_is_refused(size: float) -> None:
    with pytest.raises(BadArgument, match="allowed is more than 0, up to 1"):
        write_on(GREY, "Hello", size=size)


@given(
    st.text("abc defg\nÄж你", min_size=1, max_size=60).filter(str.strip),
    st.sampled_from(Where.__args__),
    st.floats(0.01, 1),
)
def test_text_never_leaves_the_picture(text: str, place: Where, size: float) -> None:
    left, top, right, bottom = extent(write_on(GREY, text, place, size=size))

    assert left >= 11 and top >= 11 and right <= 389 and bottom <= 289
