import pytest

from tools import Image, tool
from tools.errors import PluginError


def test_a_tool_carries_the_words_that_tell_its_calls_to_people() -> None:
    @tool(words="Find every {label|thing} in {image}")
    def seek(image: Image, label: str = "") -> int:
        """Count things in a picture."""
        raise NotImplementedError

    assert seek.words == "Find every {label|thing} in {image}"


def test_words_that_tell_of_an_unknown_parameter_are_refused() -> None:
    with pytest.raises(PluginError, match=r"'seek' refer to 'picture'; its parameters are: image"):

        @tool(words="Look at {picture|it}")
        def seek(image: Image) -> int:
            """Count things in a picture."""
            raise NotImplementedError


def test_the_description_is_the_first_paragraph_without_examples() -> None:
    @tool
    def seek(image: Image) -> int:
        """Count things in a picture,
        but for those that nobody would count.
        >>> number = seek(photo)

        What counts is what is whole.
        """
        raise NotImplementedError

    assert seek.description == "Count things in a picture, but for those that nobody would count."
    assert seek.examples == ("number = seek(photo)",)
