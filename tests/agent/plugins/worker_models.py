"""Models for tests of workers: they hold nothing, but note what is asked of them."""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from tools import Model


def note(line: str) -> None:
    with Path(os.environ["SLOW_TOOLS_LOG"]).open("a") as log:
        log.write(line + "\n")


class Sleeper(Model):
    """Sleeps as long as a model would compute."""

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        note(f"load sleeper {os.getpid()}")
        return cls()


class Squares(Model):
    """Squares numbers; a batch takes as long as one number, as on a GPU."""

    batched_methods: ClassVar[tuple[str, ...]] = ("squares",)

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls()

    def squares(self, numbers: Sequence[int]) -> NDArray[np.int64]:
        note(f"batch of {len(numbers)}")
        time.sleep(0.1)
        if 13 in numbers:
            raise ArithmeticError("13 brings bad luck")
        return np.array(numbers, np.int64) ** 2


class Broken(Model):
    """Cannot be loaded."""

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        raise MemoryError("there are no 4 GB left")
