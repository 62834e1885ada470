from pathlib import Path

from tools.models.catalogue import Catalogue
from train.loop.catalogue_card import card_lines, new_card, stamp_card

CARDS = """[[model]]
id = "draw/other"
tools = ["draw"]
adapter = "a:B"
licence = "MIT"
commercial_use = true
quality = 1
quality_source = "none"
limitations = "fly"

[[model.files]]
format = "bin"
sources = ["file:/other.bin"]
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
bytes = 7

"""


def test_a_card_is_told_what_lies_in_its_folder_and_others_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "tools" / "sprites" / "weights" / "draw"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "config.json").write_text("{}")
    (folder / "README.md").write_text("about it")
    (folder / "training.json").write_text("{}")
    cards = tmp_path / "catalogue" / "draw.toml"
    cards.parent.mkdir()
    cards.write_text(CARDS + CARDS.replace("draw/other", "draw/small"))

    for _ in range(2):
        stamp_card(cards, "draw/small", folder)

    catalogue = Catalogue.load(tmp_path)
    (file,) = catalogue["draw/small"].files
    assert (file.name, file.format, file.bytes) == ("inner/config.json", "json", 2)
    assert str(file.sources[0]) == "shipped:sprites/weights/draw/inner/config.json"
    assert file.sha256 == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert catalogue["draw/other"].files[0].bytes == 7


def test_a_card_that_is_not_there_yet_is_begun(tmp_path: Path) -> None:
    folder = tmp_path / "tools" / "sprites" / "weights" / "film"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    cards = tmp_path / "catalogue" / "make_video.toml"
    cards.parent.mkdir()
    card = new_card(["make_video", "animate"], "a:B", {"rows": "32"}, "film a photo", "film")

    for _ in range(2):
        stamp_card(cards, "make_video/small", folder, card)
    stamp_card(cards, "make_video/smaller", folder, card)

    catalogue = Catalogue.load(tmp_path)
    small = catalogue["make_video/small"]
    assert (small.tools, small.settings) == (("make_video", "animate"), {"rows": "32"})
    assert [file.name for file in small.files] == ["config.json"]
    assert catalogue["make_video/smaller"].limitations == "film a photo"


def test_a_file_that_a_registry_has_stays(tmp_path: Path) -> None:
    folder = tmp_path / "tools" / "sprites" / "weights" / "draw"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    cards = tmp_path / "catalogue" / "draw.toml"
    cards.parent.mkdir()
    base = CARDS.replace("file:/other.bin", "pypi:other==1.0/other/base.bin")
    cards.write_text(base.replace('format = "bin"', 'name = "base.bin"\nformat = "bin"'))

    for _ in range(2):
        stamp_card(cards, "draw/other", folder)

    files = Catalogue.load(tmp_path)["draw/other"].files
    assert [file.name for file in files] == ["base.bin", "config.json"]
    assert files[0].bytes == 7


def test_the_lines_of_a_card_say_that_its_copy_was_trained_here(tmp_path: Path) -> None:
    cards = tmp_path / "catalogue" / "draw.toml"
    cards.parent.mkdir()
    cards.write_text(CARDS)

    lines = card_lines(cards, "draw/other")

    assert lines.startswith('tools = ["draw"]\nadapter = "a:B"\n')
    assert "trained on this machine" in lines
    assert card_lines(cards, "draw/none") == ""
    assert card_lines(tmp_path / "none.toml", "draw/other") == ""
