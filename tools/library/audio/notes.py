"""Write down the notes of music."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from tools import Audio, Model, Table, tool
from tools.sdk.argument_checks import require_sound
from tools.signal.music.note_tables import notes_table
from tools.signal.music.piano_synth import Note

MOST_NOTES = 5_000


class NoteFinder(Model, ABC):
    """A model that hears which notes are played."""

    @abstractmethod
    def notes(self, audio: Audio) -> Sequence[Note]:
        """Return the notes, in any order; none where nothing is played."""


@tool(words="Write down the notes of {audio}")
def notes(model: NoteFinder, audio: Audio) -> Table:
    """Write down the notes that are played or sung: which, from when to when.

    >>> played = notes(make_music("calm", seconds=4))
    """
    require_sound(audio)
    return notes_table(sorted(model.notes(audio), key=lambda note: note.start)[:MOST_NOTES])
