import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.signal.text_chunks import split_text


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", [""]),
        ("short", ["short"]),
        ("One. Two.\n\nThree. Four.", ["One. Two.\n\n", "Three. Four."]),
        ("One. Two. Three.", ["One. Two. ", "Three."]),
        ("One two three four", ["One two ", "three four"]),
        ("onetwothreefour", ["onetwothreef", "our"]),
    ],
)
def test_a_text_is_cut_where_a_reader_would_pause(text, pieces):
    assert split_text(text, 12) == pieces


@given(st.text(alphabet="ab .\n", max_size=200), st.integers(1, 20))
def test_the_pieces_are_small_and_together_the_text(text, most):
    pieces = split_text(text, most)

    assert "".join(pieces) == text
    assert all(len(piece) <= most for piece in pieces)
