"""Check that a wheel holds the tracked files of its packages, its metadata, and nothing else."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main(wheel: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    listed = ["git", "-C", str(ROOT), "ls-files", "--", *packages]
    tracked = set(subprocess.check_output(listed, text=True).splitlines())
    metadata = f"batuta-{project['project']['version']}.dist-info/"
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if not name.startswith(metadata)}
    problems = [f"missing: {name}" for name in sorted(tracked - held)]
    problems += [f"not tracked: {name}" for name in sorted(held - tracked)]
    if problems:
        sys.exit("error: the wheel does not hold what git tracks\n" + "\n".join(problems))
    size = wheel.stat().st_size / 1e6
    print(f"{wheel.name}: {len(held)} files of {', '.join(packages)}; {size:.1f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
