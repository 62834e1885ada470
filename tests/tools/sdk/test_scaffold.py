import subprocess
import sys

import pytest

from tools.errors import InputError
from tools.sdk.registry import Registry
from tools.sdk.scaffold import new_tool
from tools.sdk.tool_check import check_tool


def test_a_new_tool_loads_without_a_complaint(tmp_path):
    made = new_tool("flip_over", tmp_path)

    registry = Registry.load([made.tool], tmp_path / "none")

    assert registry.broken == ()
    assert check_tool(registry["flip_over"]) == ()
    assert registry["flip_over"].signature == "flip_over(image: Image) -> Image"
    assert registry["flip_over"].examples == ("turned = flip_over(photo)",)


@pytest.mark.slow
def test_the_test_of_a_new_tool_passes(tmp_path):
    made = new_tool("flip_over", tmp_path)

    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(made.test)]
    done = subprocess.run(command, capture_output=True, text=True)

    assert "1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    "name", ["", "Flip", "flip-over", "2d", "flip over", "../flip", "class", "_flip", "é", "f" * 41]
)
def test_a_name_that_a_plan_cannot_hold_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="a tool cannot be called") as caught:
        new_tool(name, tmp_path)

    assert repr(name) in caught.value.message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["say", "detect"])
def test_a_word_that_plans_know_already_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="plans already know that word"):
        new_tool(name, tmp_path, existing_names={"detect"})


@pytest.mark.parametrize("name", ["random", "numpy", "tools"])
def test_a_name_of_an_installed_module_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="Python has a module of that name"):
        new_tool(name, tmp_path)


@pytest.mark.parametrize("existing", ["flip_over.py", "test_flip_over.py"])
def test_no_file_is_written_over(tmp_path, existing):
    (tmp_path / existing).write_text("mine")

    with pytest.raises(InputError, match="there is already a file"):
        new_tool("flip_over", tmp_path)

    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_a_folder_that_cannot_be_written_into_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(InputError, match="cannot be written into"):
        new_tool("flip_over", tmp_path / "file" / "folder")
