from tools import Image, tool
from tools.sdk.registry import Registry
from tools.sdk.tool_check import SAMPLES, check_tool


def test_every_built_in_tool_is_without_a_complaint(tmp_path):
    complaints = {
        name: check_tool(tool) for name, tool in Registry.load(user_folder=tmp_path).items()
    }

    assert complaints == dict.fromkeys(complaints, ())


def test_the_samples_are_small_and_their_origin_is_told():
    sources = (SAMPLES["photo"].parent / "SOURCES.md").read_text()

    assert set(SAMPLES) == {
        "film",
        "noisy_speech",
        "photo",
        "portrait",
        "programme",
        "receipt",
        "scene",
        "sign",
        "speech",
    }
    for path in SAMPLES.values():
        assert path.stat().st_size < 100_000
        assert path.name in sources


def test_a_tool_without_an_example_is_told_so():
    @tool
    def blur(image: Image) -> Image:
        """Blur a picture."""
        return image

    (problem,) = check_tool(blur)

    assert problem.startswith("there is no example: add a line such as `>>> result = blur(…)`")


def test_an_example_of_something_else_does_not_count():
    @tool
    def blur(image: Image) -> Image:
        """Blur a picture.

        >>> grey = unblur(photo)
        """
        return image

    assert check_tool(blur) == ("none of the examples calls blur",)


def test_a_long_description_and_a_seed_that_is_no_number_are_told():
    @tool
    def blur(image: Image, seed: str = "") -> Image:
        """Blur a picture very much indeed, so that nobody can tell any longer what it has shown before all this came about.

        >>> soft = blur(photo)
        """  # noqa: E501
        return image

    assert check_tool(blur) == (
        "the first paragraph of the docstring has 113 characters; 110 are allowed, because the "
        "planner reads it before each plan",
        "'seed' is filled in by the run and must be an int: seed: Text = ''",
    )
