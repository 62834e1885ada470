"""Say which sounds are heard in a film, and when."""

from __future__ import annotations

from tools import Table, Video, tool
from tools.library.audio.classify_sound import SoundClassifier
from tools.signal.video.video_frames import extract_audio

SOUND_COLUMNS = ("second", "sound", "score")
LEAST_SCORE = 0.2
MOST_ROWS = 5_000


@tool(words="Listen to the sounds in {video}", internal=True)
def sounds_in_video(model: SoundClassifier, video: Video) -> Table:
    """Say which sounds are heard in a film at which second; no rows if it has no sound.

    >>> heard = sounds_in_video(film)
    """
    sound = extract_audio(video)
    rows: list[tuple[str | float, ...]] = []
    if sound:
        scores = model.scores(sound)
        for window, label in zip(*(scores >= LEAST_SCORE).nonzero(), strict=True):
            score = round(float(scores[window, label]), 2)
            rows.append((round(float(window) * model.step_s, 2), model.labels[label], score))
    return Table(SOUND_COLUMNS, tuple(rows[:MOST_ROWS]))
