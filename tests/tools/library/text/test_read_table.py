import PIL.Image
import pytest

from tools import BadArgument, Box, Boxes, Image, Table
from tools.library.text.read_table import read_table
from tools.library.text.read_text import TextReader
from tools.media.open_untrusted import open_media
from tools.sdk.tool_check import SAMPLES

BLANK = Image(PIL.Image.new("RGB", (300, 200), "white"))


class Reads(TextReader):
    """Reads lines of words, each word at the place of its column's edge."""

    def __init__(self, *lines: dict[tuple[int, int], str]) -> None:
        self.pieces = tuple(
            Box(left, 20 * row, right, 20 * row + 10, word)
            for row, line in enumerate(lines)
            for (left, right), word in line.items()
        )

    def read(self, image: Image) -> Boxes:
        return Boxes(self.pieces)


def test_words_above_one_another_make_columns_and_the_first_row_names_them():
    model = Reads(
        {(0, 40): "Item", (100, 140): "Price"},
        {(0, 70): "Cheesecake", (120, 140): "5.50"},
        {(0, 30): "Tea", (115, 140): "12.00"},
    )

    assert read_table(model, BLANK) == Table(
        ("Item", "Price"), (("Cheesecake", "5.50"), ("Tea", "12.00"))
    )


def test_columns_without_names_are_numbered():
    model = Reads({(0, 40): "Tea", (100, 140): "3.00"}, {(0, 40): "Milk", (100, 140): "1.20"})

    assert read_table(model, BLANK) == Table(("1", "2"), (("Tea", "3.00"), ("Milk", "1.20")))


def test_a_missing_cell_is_empty_and_a_title_is_left_out():
    model = Reads(
        {(20, 200): "Results of the day"},
        {(0, 40): "Name", (60, 100): "First", (120, 160): "Second"},
        {(0, 40): "Ada", (120, 160): "9"},
        {(60, 100): "7"},
    )

    assert read_table(model, BLANK).rows == (("Ada", "", "9"), ("", "7", ""))


@pytest.mark.parametrize("lines", [(), ({(0, 90): "Only a sentence."}, {(0, 90): "And another."})])
def test_a_picture_without_columns_is_refused(lines):
    with pytest.raises(BadArgument, match="no columns were found in the picture"):
        read_table(Reads(*lines), BLANK)


@pytest.mark.real
def test_rapidocr_reads_the_receipt(load_model):
    receipt = open_media(SAMPLES["receipt"])
    assert isinstance(receipt, Image)

    assert read_table(load_model("read_text/pp-ocr-v6-small"), receipt) == Table(
        ("Item", "Number", "Price"),
        (
            ("Espresso", "2", "4.80"),
            ("Cheesecake", "1", "5.50"),
            ("Orange juice", "3", "10.20"),
            ("Total", "", "20.50"),
        ),
    )
