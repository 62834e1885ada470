import subprocess
import sys
from pathlib import Path

import pytest

from tools.errors import InputError
from tools.sdk.registry import Registry

GOOD = '''
from tools import tool

@tool
def shout(text: str) -> str:
    """Write a text in capital letters."""
    return text.upper()
'''

BUILT_IN = [
    "box",
    "count",
    "crop",
    "detect",
    "draw_boxes",
    "edges",
    "grayscale",
    "read_text",
    "speak",
    "transcribe",
]


@pytest.fixture
def folder(tmp_path) -> Path:
    """A person's folder of tools, empty."""
    folder = tmp_path / "tools"
    folder.mkdir()
    return folder


def load_file(tmp_path: Path, folder: Path, text: str) -> tuple[Registry, Path]:
    path = tmp_path / "mine.py"
    path.write_text(text)
    return Registry.load([path], folder), path


def test_the_built_in_tools_are_there_and_none_is_broken(folder):
    registry = Registry.load(user_folder=folder)

    assert set(BUILT_IN) <= set(registry)
    assert list(registry) == sorted(registry)
    assert registry.broken == ()


def test_a_tool_of_a_file_can_be_called(tmp_path, folder):
    registry, _ = load_file(tmp_path, folder, GOOD)

    assert registry["shout"]("hear") == "HEAR"
    assert registry.broken == ()


def test_the_folder_gives_every_tool_but_not_the_tests_beside_them(folder):
    (folder / "shout.py").write_text(GOOD)
    (folder / "test_shout.py").write_text("raise SystemExit('a test was imported')")
    (folder / "_draft.py").write_text("raise SystemExit('a draft was imported')")

    registry = Registry.load(user_folder=folder)

    assert "shout" in registry
    assert registry.broken == ()


def test_a_file_given_twice_is_loaded_once(folder):
    path = folder / "shout.py"
    path.write_text(GOOD)

    registry = Registry.load([path, path.parent / ".." / "tools" / "shout.py"], folder)

    assert "shout" in registry
    assert registry.broken == ()


def test_an_unknown_tool_is_answered_with_near_names(folder):
    registry = Registry.load(user_folder=folder)

    with pytest.raises(InputError, match="there is no tool 'detekt'") as caught:
        registry["detekt"]

    assert caught.value.hint == "did you mean 'detect'?"
    assert registry.get("detekt") is None
    assert "detekt" not in registry


@pytest.mark.parametrize(
    ("text", "error", "hint"),
    [
        ("def f(:\n", "{path}:1: invalid syntax", "correct that line"),
        (
            "import numpyy\n",
            "{path}:1: ModuleNotFoundError: No module named 'numpyy'",
            "install what provides 'numpyy', or correct its name",
        ),
        (
            "x = 1\nx / 0\n",
            "{path}:2: ZeroDivisionError: division by zero",
            "correct that line, or move what it does into the tool",
        ),
        (
            "import sys\nsys.exit(3)\n",
            "{path}:2: SystemExit: 3",
            "correct that line, or move what it does into the tool",
        ),
        (
            "raise BaseException('surprise')\n",
            "{path}:1: BaseException: surprise",
            "correct that line, or move what it does into the tool",
        ),
        (
            "x = 1\n",
            "{path} has no tool",
            "put @tool above a function: from tools import tool",
        ),
        (
            "from tools.library.vision.detect import detect\n",
            "{path} has no tool",
            "put @tool above a function: from tools import tool",
        ),
        (
            "from tools import tool\n@tool\ndef f(x: int) -> int:\n    return x\n",
            "{path}:2: tool 'f' has no docstring",
            'add one line that says what it does: """Turn a picture into …"""',
        ),
        (
            'from tools import tool\n@tool\ndef f(x) -> int:\n    """Add."""\n',
            "{path}:2: the parameter 'x' of tool 'f' has no type hint",
            "write it as in: def grayscale(image: Image) -> Image",
        ),
        (
            'from tools import tool\n@tool\nasync def f(x: int) -> int:\n    """Add."""\n',
            "cannot be a tool: it is not an ordinary function",
            "put @tool above a `def`; async functions and classes are not called by plans",
        ),
        (
            'from tools import tool\n@tool\ndef say(x: int) -> int:\n    """Add."""\n',
            "{path}:2: the name 'say' belongs to the plan language",
            "give the tool another name",
        ),
    ],
)
def test_a_broken_plugin_is_reported_with_its_line_and_the_rest_goes_on(
    tmp_path, folder, text, error, hint
):
    registry, path = load_file(tmp_path, folder, text)

    (broken,) = registry.broken
    assert broken.source == str(path)
    assert error.format(path=path) in broken.error
    assert broken.hint == hint
    assert set(BUILT_IN) <= set(registry)


def test_a_plugin_that_takes_a_built_in_name_is_left_out_as_a_whole(tmp_path, folder):
    registry, path = load_file(tmp_path, folder, GOOD + GOOD.replace("shout", "detect"))

    (broken,) = registry.broken
    assert f"{path}:11: there is already a tool 'detect', from " in broken.error
    assert "shout" not in registry
    assert registry["detect"].model_class is not None


def test_a_missing_file_is_reported(tmp_path, folder):
    path = tmp_path / "gone.py"

    (broken,) = Registry.load([path], folder).broken

    assert str(broken) == f"there is no file '{path}'\nhint: check its name and place"


def test_a_file_that_is_not_python_is_reported(tmp_path, folder):
    path = tmp_path / "tool.txt"
    path.write_text("hello")

    (broken,) = Registry.load([path], folder).broken

    assert broken.error == f"{path} is not a Python file"


def test_ctrl_c_while_a_plugin_loads_stops_the_program(tmp_path, folder):
    with pytest.raises(KeyboardInterrupt):
        load_file(tmp_path, folder, "raise KeyboardInterrupt\n")


def test_an_edited_file_gives_a_tool_of_another_version(tmp_path, folder):
    before, path = load_file(tmp_path, folder, GOOD)
    path.write_text(GOOD.replace("text.upper()", "text.upper() + '!'"))

    after = Registry.load([path], folder)

    assert after["shout"]("hear") == "HEAR!"
    assert after["shout"].version != before["shout"].version


def install(site: Path, name: str, entry: str, text: str) -> None:
    """What pip leaves of a package: the module and the file that names its entry points."""
    (site / f"{name}.py").write_text(text)
    about = site / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[batuta.tools]\n{name} = {entry}\n")


def test_installed_packages_offer_a_module_or_a_tool(tmp_path, folder, monkeypatch):
    install(tmp_path, "shouting_plugin", "shouting_plugin", GOOD)
    install(tmp_path, "calling_plugin", "calling_plugin:call", GOOD.replace("shout", "call"))
    install(tmp_path, "number_plugin", "number_plugin:n", "n = 1\n")
    install(tmp_path, "absent_plugin", "absent_plugin:gone", "n = 1\n")
    monkeypatch.syspath_prepend(tmp_path)

    registry = Registry.load(user_folder=folder)

    assert registry["shout"]("hear") == "HEAR"
    assert registry["call"]("hear") == "HEAR"
    assert [broken.source for broken in registry.broken] == [
        "entry point absent_plugin",
        "entry point number_plugin",
    ]
    assert "AttributeError" in registry.broken[0].error
    assert registry.broken[1].error == (
        "entry point 'number_plugin:n' is neither a module nor a tool but 1"
    )


def test_listing_the_tools_imports_nothing_heavy(folder):
    heavy = ("torch", "onnxruntime", "av", "whisper", "transformers")
    script = (
        "import sys; from pathlib import Path; from tools.sdk.registry import Registry; "
        f"print(len(Registry.load(user_folder=Path({str(folder)!r}))) > 0, "
        f"[name for name in {heavy!r} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert done.stdout == "True []\n", done.stderr
