from pathlib import Path

import pytest

import tools
from tests.tools.models.download.sample_cards import card, weight_file
from tools.errors import SourceError
from tools.models.download import fetch, plan_pull, verify

SIGN = Path(tools.__file__).parent / "samples" / "sign.png"


def test_a_file_that_comes_with_batuta_is_used_where_it_lies(home: Path) -> None:
    shipped = card(weight_file(SIGN.read_bytes(), "shipped:samples/sign.png"))

    assert fetch(shipped) == {"weights": SIGN}
    (item,) = plan_pull([shipped])
    assert (item.present, item.download_bytes) == (True, 0)
    assert verify([shipped]) == ()
    assert not home.exists()


@pytest.mark.parametrize("source", ["shipped:samples/sign.png", "shipped:small/nothing.bin"])
def test_one_that_is_missing_or_cut_off_is_reported(home: Path, source: str) -> None:
    with pytest.raises(SourceError) as raised:
        fetch(card(weight_file(b"ten bytes!", source)))

    assert "comes with Batuta, but" in raised.value.message
    assert "is missing or not the 10 bytes that its card says" in raised.value.message
    assert raised.value.hint == "install batuta again"
