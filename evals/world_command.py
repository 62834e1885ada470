"""The commands `batuta world …`: render samples of the sprite world."""

from __future__ import annotations

from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from evals.world.images.scenes import AnyLevel
    from evals.world.splits import Split

app = typer.Typer(help="Synthetic scenes, sounds and films.", no_args_is_help=True)


class SheetKind(StrEnum):
    """The kind of samples on a sheet."""

    SCENES = "scenes"
    SOUNDS = "sounds"
    FILMS = "films"


class SplitName(StrEnum):
    """The split of the samples."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class LevelName(StrEnum):
    """The difficulty of the scenes."""

    ANY = "any"
    CLEAR = "clear"
    OVERLAP = "overlap"
    CLUTTER = "clutter"


@app.callback()
def world() -> None:
    """The sprite world, which has exact ground truth."""


@app.command()
def show(
    out: Annotated[Path, typer.Option(help="The PNG to write; sounds go to a folder next to it.")],
    kind: Annotated[SheetKind, typer.Option(help="What to show.")] = SheetKind.SCENES,
    split: Annotated[SplitName, typer.Option(help="Which contents.")] = SplitName.TRAIN,
    seed: Annotated[int, typer.Option(min=0, help="The same seed shows the same samples.")] = 0,
    level: Annotated[LevelName, typer.Option(help="How hard the scenes are.")] = LevelName.ANY,
    size: Annotated[int, typer.Option(help="Pixels of a side: 64, 128 …")] = 64,
    count: Annotated[int, typer.Option(min=1, max=400, help="How many.")] = 24,
) -> None:
    """Write a contact sheet of samples, each with its caption."""
    from tools.errors import InputError

    try:
        _write(out, kind, split.value, seed, level.value, size, count)
    except InputError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"wrote {out}")


def _write(
    out: Path, kind: SheetKind, split: Split, seed: int, level: AnyLevel, size: int, count: int
) -> None:
    from evals.world import contact_sheet
    from evals.world.audio.sounds import sounds
    from evals.world.images.scenes import scenes
    from evals.world.video.films import films

    if out.suffix.lower() != ".png":
        from tools.errors import InputError

        raise InputError(
            f"a sheet cannot be written to {str(out)!r}; allowed: a name ending in .png"
        )
    match kind:
        case SheetKind.SCENES:
            sheet = contact_sheet.scene_sheet(list(islice(scenes(split, seed, size, level), count)))
        case SheetKind.FILMS:
            sheet = contact_sheet.film_sheet(list(islice(films(split, seed, size), count)))
        case SheetKind.SOUNDS:
            sample_sounds = list(islice(sounds(split, seed), count))
            sheet = contact_sheet.sound_sheet(sample_sounds, out.with_suffix(""))
    out.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(out)
