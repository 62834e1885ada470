"""Read the Berkeley Function Calling Leaderboard's files, and match calls as it does.

Functions are matched, then each argument against its allowed values: texts without case, spaces and
punctuation, integers where floats are expected, lists item by item. The order of parallel calls
does not matter. Where no function fits the request, the right answer is no call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from evals.published.described_tools import ToolParameter, make_tool, plan_names
from evals.published.published_files import find_file, read_published
from evals.published.recorded_calls import RecordedCall
from tools.sdk.tool import Tool

Category = Literal["simple", "multiple", "parallel", "parallel_multiple", "irrelevance"]

FILES: Mapping[Category, str] = {
    "simple": r"BFCL_v\d+_simple(_python)?\.json",
    "multiple": r"BFCL_v\d+_multiple\.json",
    "parallel": r"BFCL_v\d+_parallel\.json",
    "parallel_multiple": r"BFCL_v\d+_parallel_multiple\.json",
    "irrelevance": r"BFCL_v\d+_irrelevance\.json",
}

_TYPES: Mapping[str, type] = {
    "string": str,
    "integer": int,
    "float": float,
    "boolean": bool,
    "array": list,
    "tuple": list,
    "dict": dict,
    "any": str,
}

Allowed = Mapping[str, Mapping[str, Sequence[Any]]]
"""A function with the allowed values of each parameter; "" if it may be omitted."""


@dataclass(frozen=True)
class BfclQuestion:
    """A request, the available functions, and the allowed values of right calls."""

    id: str
    category: Category
    request: str
    functions: Sequence[Mapping[str, Any]]
    answers: Sequence[Allowed]

    def tools(self) -> dict[str, Tool[..., Any]]:
        """Return the functions as tools of the plan language."""
        names = plan_names(function["name"] for function in self.functions)
        tools = [_tool(names[function["name"]], function) for function in self.functions]
        return {tool.name: tool for tool in tools}

    def published_calls(self, calls: Sequence[RecordedCall]) -> list[dict[str, dict[str, Any]]]:
        """Return the calls of a plan with the names of the file."""
        functions = {
            plain: name
            for name, plain in plan_names(function["name"] for function in self.functions).items()
        }
        result: list[dict[str, dict[str, Any]]] = []
        for call in calls:
            name = functions[call.tool]
            function = next(candidate for candidate in self.functions if candidate["name"] == name)
            parameters = {
                plain: original for original, plain in plan_names(_properties(function)).items()
            }
            result.append({name: {parameters[key]: v for key, v in call.arguments.items()}})
        return result


def read_questions(
    folder: Path, category: Category, *, any_version: bool = False
) -> list[BfclQuestion]:
    """Read the questions of one category, with their answers."""
    path = find_file(folder, FILES[category])
    answers: dict[str, Sequence[Allowed]] = {}
    if category != "irrelevance":
        entries = read_published(
            path.parent / "possible_answer" / path.name, any_version=any_version
        )
        answers = {answer["id"]: answer["ground_truth"] for answer in entries}
    return [
        BfclQuestion(
            id=entry["id"],
            category=category,
            request=entry["question"][0][-1]["content"],
            functions=entry["function"],
            answers=answers.get(entry["id"], ()),
        )
        for entry in read_published(path, any_version=any_version)
    ]


def find_mismatch(question: BfclQuestion, calls: Sequence[Mapping[str, Mapping[str, Any]]]) -> str:
    """Return why the calls are wrong; empty if they are right."""
    if question.category == "irrelevance":
        return "something was called where nothing fits" if calls else ""
    if len(calls) != len(question.answers):
        return f"{len(calls)} calls instead of {len(question.answers)}"
    remaining = list(calls)
    for allowed in question.answers:
        name = next(iter(allowed))
        function = next(candidate for candidate in question.functions if candidate["name"] == name)
        reasons = [_mismatch(function, allowed, call) for call in remaining]
        if "" not in reasons:
            return f"no call fits {name}: {'; '.join(reasons)}"
        del remaining[reasons.index("")]
    return ""


def _mismatch(
    function: Mapping[str, Any], allowed: Allowed, call: Mapping[str, Mapping[str, Any]]
) -> str:
    name, values = next(iter(allowed.items()))
    if name not in call:
        return f"{next(iter(call))} instead of {name}"
    arguments = call[name]
    for required in function["parameters"].get("required", ()):
        if required not in arguments:
            return f"{required} is missing"
    for parameter, value in arguments.items():
        properties = _properties(function)
        if parameter not in properties or parameter not in values:
            return f"{parameter} is not expected"
        if not _value_fits(value, properties[parameter], values[parameter]):
            return f"{parameter}={value!r} is none of {values[parameter]!r}"
    for parameter, options in values.items():
        if parameter not in arguments and "" not in options:
            return f"{parameter} may not be left out"
    return ""


def _value_fits(value: Any, described: Mapping[str, Any], options: Sequence[Any]) -> bool:
    kind = _TYPES[described["type"]]
    nested = _TYPES[described["items"]["type"]] if described["type"] in ("array", "tuple") else None
    if kind is float and type(value) is int:
        value = float(value)
    typical = next((type(option) for option in options if option != ""), None)
    # Answers of another type than the function declares stand for a variable.
    variable = typical is not None and typical is not kind
    if type(value) is not kind:
        return type(value) is typical and value in options
    if nested is not None and not any(_items_fit(value, nested, option) for option in options):
        return type(value) is typical and value in options
    if variable:
        return value in options
    if kind is dict:
        return any(_dict_fits(value, option) for option in options if option != "")
    if kind is list and nested is dict:
        return any(_dicts_fit(value, option) for option in options)
    if kind is str:
        return _plain(value) in [_plain(option) for option in options if isinstance(option, str)]
    if kind is list:
        plain = [[_plain(item) for item in option] for option in options]
        return [_plain(item) for item in value] in plain
    return value in options


def _items_fit(values: Sequence[Any], kind: type, option: Any) -> bool:
    """Return whether the items have the declared or the answer's type."""
    if not isinstance(option, list):
        return True
    items = cast("list[Any]", option)
    typical = next((type(item) for item in items if item != ""), None)
    return all(type(value) in (kind, typical) for value in values)


def _dict_fits(value: Mapping[str, Any], option: Mapping[str, Sequence[Any]]) -> bool:
    for key, item in value.items():
        if key not in option or _plain(item) not in [_plain(right) for right in option[key]]:
            return False
    return all(key in value or "" in options for key, options in option.items())


def _dicts_fit(values: Sequence[Mapping[str, Any]], option: Any) -> bool:
    return len(values) == len(option) and all(map(_dict_fits, values, option))


def _plain(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return re.sub(r"[ ,./\-_*^]", "", value).lower().replace("'", '"')


def _tool(name: str, function: Mapping[str, Any]) -> Tool[..., Any]:
    required = function["parameters"].get("required", ())
    properties = _properties(function)
    names = plan_names(properties)
    parameters = [
        ToolParameter(names[original], _hint(described), original in required)
        for original, described in properties.items()
    ]
    return make_tool(name, function["description"], parameters, returns=Any)


def _properties(function: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    return function["parameters"]["properties"]


def _hint(described: Mapping[str, Any]) -> Any:
    kind = _TYPES[described["type"]]
    options = described.get("enum")
    if kind is str and options and all(isinstance(option, str) for option in options):
        return Literal[tuple(options)]
    if kind is list:
        item = _TYPES[described.get("items", {}).get("type", "any")]
        return list[Any] if item in (list, dict) else list[item]
    # The plan language has no dictionary literals: a plan can only pass one on.
    return Any if kind is dict or described["type"] == "any" else kind
