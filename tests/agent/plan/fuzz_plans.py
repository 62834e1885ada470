"""Fuzz the plan reader and interpreter: only PlanError may be raised.

    python -m tests.agent.plan.fuzz_plans --count 200000 --seed 0

Prints the outcomes, the rate, the peak memory and the slowest plan; exits with 1 if anything other
than a PlanError was raised.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
import traceback
import warnings
import zlib
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

import numpy as np
import PIL.Image

from agent.plan import CallSite, CheckedPlan, PlanError, format_plan, interpret, parse, read_plan
from tools import Audio, Box, Boxes, Image, Region, ToolError, tool
from tools.operating_system import peak_bytes
from tools.sdk.plan_types import INTEGER, TEXT, Type, Value
from tools.sdk.tool import SEED, Tool


@tool
def detect(image: Image, label: str = "") -> Boxes:
    """Find things in a picture."""
    raise NotImplementedError


@tool
def count(boxes: Boxes, label: str = "") -> int:
    """Count the boxes of a kind."""
    raise NotImplementedError


@tool
def crop(image: Image, region: Region) -> Image:
    """Cut a part out of a picture."""
    raise NotImplementedError


@tool
def draw(prompt: str, style: Literal["oil", "ink"] = "oil", seed: int = 0) -> Image:
    """Draw a picture from words."""
    raise NotImplementedError


@tool
def read_text(image: Image) -> str:
    """Read the text in a picture."""
    raise NotImplementedError


@tool
def speak(text: str, speed: float = 1.0) -> Audio:
    """Say a text aloud."""
    raise NotImplementedError


@tool
def transcribe(audio: Audio) -> str:
    """Write down what is said in a sound."""
    raise NotImplementedError


@tool
def mix(sounds: list[Audio]) -> Audio:
    """Play several sounds at once."""
    raise NotImplementedError


TOOLS: dict[str, Tool[..., Any]] = {
    sample_tool.name: sample_tool
    for sample_tool in (detect, count, crop, draw, read_text, speak, transcribe, mix)
}
NAMES = {"image1": Type("Image"), "audio1": Type("Audio"), "text1": TEXT, "number1": INTEGER}

_WORDS = (
    *("apple", "a red {number1}", "{text1}", "{{x}}", "", "\\n\\t\\\\", "ü🍏"),
    "{number1} {text1}",
)
_NOISE = (
    *"()[]{}\"'\\#:=,.+-*/%<>@ \n\t_0129azüé\x00\x0c\ud800",
    *("if ", "else", "elif", "for ", " in ", "not ", "and", "lambda: ", "await ", "def f():"),
    *('"""', "'''", 'f"', 'b"', "\\d", "\\N{DASH}", "1if", "0x", "1e999", "9" * 30, "say(", "..."),
    *("(" * 30, "[" * 300, "- " * 40, "not " * 500, "x.y", "**", ":=", "    ", "\r\n", "image1"),
    *("range(99)", "__import__"),
)


class PlanWriter:
    """Write random plans, most of them valid."""

    def __init__(self, random: Random, mistakes: float = 0.01) -> None:
        self.random = random
        self.mistakes = mistakes
        self.names: dict[str, list[str]] = {}
        self.name_count = 0

    def write(self) -> str:
        self.names = {
            "Image": ["image1"],
            "Audio": ["audio1"],
            "Text": ["text1"],
            "Integer": ["number1"],
            "Boxes": [],
            "Box": [],
            "list[Integer]": [],
            "list[Audio]": [],
        }
        lines = self.block(self.random.randint(1, 8), depth=0)
        return "\n".join(lines) + "\n"

    def block(self, size: int, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(size):
            roll = self.random.random()
            if roll < 0.12 and depth < 3:
                lines += self.branch(depth)
            elif roll < 0.25:
                lines.append(f"say({self.text()})")
            elif roll < 0.3:
                lines.append(self.call(self.random.choice(["Image", "Text", "Audio"]), 2))
            else:
                kind = self.random.choice(list(self.names))
                value = self.value(kind, 3)
                lines.append(f"{self.new_name(kind)} = {value}")
        return lines

    def branch(self, depth: int) -> list[str]:
        saved_names = {kind: list(names) for kind, names in self.names.items()}
        lines = [f"if {self.test()}:"]
        lines += ["    " + line for line in self.block(self.random.randint(1, 3), depth + 1)]
        for head in ("elif", "else"):
            self.names = {kind: list(names) for kind, names in saved_names.items()}
            if self.random.random() < 0.4:
                lines.append(f"{head} {self.test()}:" if head == "elif" else "else:")
                inner = self.block(self.random.randint(1, 2), depth + 1)
                lines += ["    " + line for line in inner]
        self.names = saved_names
        return lines

    def new_name(self, kind: str) -> str:
        self.name_count += 1
        name = f"name{self.name_count}"
        self.names[kind].append(name)
        return name

    def value(self, kind: str, depth: int) -> str:
        if self.random.random() < self.mistakes:
            kind = self.random.choice(list(self.names))
        names = self.names[kind]
        roll = self.random.random()
        if names and (roll < 0.4 or depth == 0):
            return self.random.choice(names)
        if depth and roll < 0.5:
            sides = self.value(kind, depth - 1), self.test(), self.value(kind, depth - 1)
            return "({} if {} else {})".format(*sides)
        return self.new_value(kind, depth)

    def new_value(self, kind: str, depth: int) -> str:
        number = str(self.random.randint(-3, 9))
        match kind:
            case "Integer" if depth:
                left, right = self.value(kind, depth - 1), self.value(kind, depth - 1)
                return self.random.choice(
                    [
                        number,
                        f"{left} {self.random.choice('+-*/%')} {right}",
                        f"({left} // {right})",
                        f"max({left}, {right})",
                        f"len({self.value('Boxes', depth - 1)})",
                        f"sum({self.value('list[Integer]', depth - 1)})",
                        f"{self.value('list[Integer]', depth - 1)}[{number}]",
                        self.call(kind, depth),
                    ]
                )
            case "Integer":
                return number
            case "Text" if depth == 0 or self.random.random() < 0.6:
                return self.text()
            case "Box":
                return f"{self.value('Boxes', max(depth - 1, 0))}[{number}]"
            case "list[Integer]" if self.random.random() < 0.3:
                return f"range({self.random.randint(0, 120)})"
            case "list[Integer]" | "list[Audio]":
                item = kind.removeprefix("list[").removesuffix("]")
                return self.listing(item, max(depth - 1, 0))
            case _:
                return self.call(kind, max(depth, 1))

    def listing(self, item: str, depth: int) -> str:
        if self.random.random() < 0.5:
            return f"[{self.value(item, depth)}, {self.value(item, depth)}]"
        source = self.random.choice(["range(4)", *self.names["list[Integer]"], "[3, 1, 2]"])
        self.names["Integer"].append("i")
        value, test = self.value(item, depth), self.test()
        self.names["Integer"].remove("i")
        return f"[{value} for i in {source}{f' if {test}' if depth else ''}]"

    def call(self, kind: str, depth: int) -> str:
        candidates = [
            sample_tool for sample_tool in TOOLS.values() if str(sample_tool.returns) == kind
        ]
        if not candidates:
            return self.value("Integer", 0)
        sample_tool = self.random.choice(candidates)
        arguments: list[str] = []
        by_name = False
        for parameter in sample_tool.parameters:
            if not parameter.required and self.random.random() < 0.6:
                by_name = True
                continue
            type_name = str(parameter.type)
            value = (
                '"ink"'
                if parameter.type.choices
                else self.value(_generated_kind(type_name), depth - 1)
            )
            by_name = by_name or parameter.name == SEED or self.random.random() < 0.3
            arguments.append(f"{parameter.name}={value}" if by_name else value)
        pin = "@some_model" if self.random.random() < 0.05 else ""
        call = f"{sample_tool.name}{pin}({', '.join(arguments)})"
        return f"({call})" if pin else call

    def test(self) -> str:
        left, right = self.value("Integer", 0), self.value("Integer", 0)
        test = f"{left} {self.random.choice(['<', '==', '>=', '!='])} {right}"
        match self.random.randint(0, 5):
            case 0:
                return f"not {test}"
            case 1:
                return f"{test} and {self.value('Integer', 1)}"
            case 2:
                return f"{test} or {self.text()} in {self.value('Text', 0)}"
            case _:
                return test

    def text(self) -> str:
        candidates = [name for kind in ("Integer", "Text", "Boxes") for name in self.names[kind]]
        name = self.random.choice(candidates)
        words = self.random.choice([*_WORDS, f"{{{name}}} and more", f"{{{name}}}"])
        return f'{self.random.choice(["", "", "f"])}"{words}"'


def _generated_kind(kind: str) -> str:
    return {"Region": "Box", "Number": "Integer"}.get(kind, kind)


def mutate(text: str, random: Random) -> str:
    """Delete, duplicate, shuffle or replace a few parts of the text."""
    for _ in range(random.randint(1, 4)):
        start = random.randint(0, len(text))
        end = min(len(text), start + random.choice([0, 1, 1, 2, 8, 40]))
        middle = random.choice(
            ["", text[start:end] * 2, random.choice(_NOISE), random.choice(_NOISE)]
        )
        text = text[:start] + middle + text[end:]
    if random.random() < 0.05:
        lines = text.split("\n")
        random.shuffle(lines)
        text = "\n".join(lines)
    return text * 40 if random.random() < 0.005 else text


async def simulate_call(site: CallSite) -> Value:
    """Return a value of the right type, or sometimes fail."""
    if zlib.crc32(site.path.encode()) % 10 == 0:
        raise ToolError("this one never works")
    match site.tool.returns.name:
        case "Boxes":
            return Boxes((Box(0, 0, 2, 1, "apple"), Box(1, 1, 2, 2, "pear")))
        case "Image":
            return Image(PIL.Image.new("RGB", (2, 2)))
        case "Audio":
            return Audio(np.zeros(10, np.float32), 16_000)
        case "Text":
            return "words " * (len(site.text) * 20)
        case _:
            return len(site.text)


@dataclass
class Report:
    """The outcomes of the plans."""

    outcomes: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    slowest_seconds: float = 0.0
    slowest_plan: str = ""
    seconds: float = 0.0
    peak_megabytes: float = 0.0

    def __str__(self) -> str:
        total = sum(self.outcomes.values())
        outcome_text = ", ".join(f"{number} {what}" for what, number in self.outcomes.most_common())
        rate = total / self.seconds
        return (
            f"{total} plans in {self.seconds:.0f} s, {rate:.0f} a second: {outcome_text}\n"
            f"peak memory {self.peak_megabytes:.0f} MB\n"
            f"slowest plan, {self.slowest_seconds * 1000:.0f} ms of processor time: "
            f"{self.slowest_plan[:200]!r}\n"
            f"{len(self.errors)} unexpected errors\n" + "\n".join(self.errors[:5])
        )


def run_plan(text: str, runner: asyncio.Runner) -> str:
    """Run one plan and return its outcome; raise on a defect."""
    try:
        checked = read_plan(text, TOOLS, NAMES)
    except PlanError as error:
        if not error.problems or not str(error):
            raise AssertionError("a refusal without a reason") from error
        return "refused"
    if parse(checked.text) != checked.plan or format_plan(parse(checked.text)) != checked.text:
        raise AssertionError("formatting changed the plan")
    return _interpret(checked, runner)


def _interpret(checked: CheckedPlan, runner: asyncio.Runner) -> str:
    inputs: dict[str, Value] = {
        "image1": Image(PIL.Image.new("RGB", (2, 2))),
        "audio1": Audio(np.zeros(10, np.float32), 16_000),
        "text1": "some words",
        "number1": 3,
    }
    result = runner.run(interpret(checked, inputs, simulate_call))
    return "run with failures" if result.failures else "run"


def fuzz(count: int, seed: int) -> Report:
    """Run `count` plans; the same seed gives the same plans."""
    random = Random(seed)
    report = Report()
    start = time.perf_counter()
    with asyncio.Runner() as runner:
        for _ in range(count):
            text = PlanWriter(random).write()
            if random.random() < 0.5:
                text = mutate(text, random)
            plan_start = time.process_time()
            try:
                report.outcomes[run_plan(text, runner)] += 1
            except Exception:  # noqa: BLE001  (any other exception is a defect to report)
                report.outcomes["broken"] += 1
                report.errors.append(f"{text!r}\n{traceback.format_exc()}")
            elapsed = time.process_time() - plan_start
            if elapsed > report.slowest_seconds:
                report.slowest_seconds, report.slowest_plan = elapsed, text
    report.seconds = time.perf_counter() - start
    report.peak_megabytes = peak_bytes() / 2**20
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("error")
    report = fuzz(options.count, options.seed)
    print(report)
    return 1 if report.errors else 0


if __name__ == "__main__":
    sys.exit(main())
