"""Print the installed versions as constraints for pip: names and versions, nothing else.

Run by `make constraints` in the environment whose tests have passed.
"""

from __future__ import annotations

import re
from importlib.metadata import distributions

OWN = "batuta"
INSTALLERS = {"pip", "setuptools", "wheel"}
BUILT_FOR_LINUX = re.compile(r"(nvidia|cuda|triton)(-|$)")
"""Parts of one build of torch, which pins them itself; other builds have none of them."""
BUILT_BY_PLATFORM = {"torch", "torchvision"}
"""Other platforms have other newest versions of these."""
TESTED_PLATFORM = "sys_platform == 'linux' and platform_machine == 'x86_64'"


def main() -> None:
    """Print a line for each distribution, sorted by name."""
    versions = {
        re.sub(r"[-_.]+", "-", found.name).lower(): found.version.partition("+")[0]
        for found in distributions()
    }
    print("# Versions that passed all tests together. Written by `make constraints`.")
    for name in sorted(versions.keys() - INSTALLERS - {OWN}):
        if BUILT_FOR_LINUX.match(name):
            continue
        marker = f"; {TESTED_PLATFORM}" if name in BUILT_BY_PLATFORM else ""
        print(f"{name}=={versions[name]}{marker}")


if __name__ == "__main__":
    main()
