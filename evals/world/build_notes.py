"""Render the note bank with fluidsynth and FluidR3 (Debian: fluidsynth, fluid-soundfont-gm).

    python -m evals.world.build_notes

Only needed when the instruments change: the bank and the soundfont's licence are shipped.
"""

from __future__ import annotations

import struct
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import av
import numpy as np
import typer
from numpy.typing import NDArray

from evals.world.audio.instruments import INSTRUMENTS, NOTE_S, PITCHES, RATE
from evals.world.sprites import DATA

SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
LICENCE = Path("/usr/share/doc/fluid-soundfont-gm/copyright")
NOTE_SPACING_S = 4
"""Seconds between the starts of two notes: each decays before the next starts."""
LOUDNESS = 0.12
"""Root mean square of the loudest tenth of a second of each note."""


def midi(program: int) -> bytes:
    """Return a MIDI file that plays the bank's pitches in turn."""
    events = b"\x00" + bytes([0xC0, program])
    for number, pitch in enumerate(PITCHES):
        delay = 0 if number == 0 else round((NOTE_SPACING_S - NOTE_S) * 960)
        events += _variable_length(delay) + bytes([0x90, pitch, 96])
        events += _variable_length(round(NOTE_S * 960)) + bytes([0x80, pitch, 0])
    events += _variable_length(NOTE_SPACING_S * 960) + b"\xff\x2f\x00"
    # 480 ticks a beat at 120 beats a minute: 960 ticks a second.
    header = b"MThd" + struct.pack(">IHHH", 6, 0, 1, 480)
    return header + b"MTrk" + struct.pack(">I", len(events)) + events


def _variable_length(ticks: int) -> bytes:
    """Encode a MIDI variable-length quantity."""
    groups = [ticks & 0x7F]
    while ticks := ticks >> 7:
        groups.append(ticks & 0x7F | 0x80)
    return bytes(reversed(groups))


def render(program: int, soundfont: Path) -> NDArray[np.float32]:
    """Render the instrument's notes: (pitches, samples)."""
    with tempfile.TemporaryDirectory() as folder:
        midi_file, wav = Path(folder) / "notes.mid", Path(folder) / "notes.wav"
        midi_file.write_bytes(midi(program))
        command = ["fluidsynth", "-ni", "-q", "-R0", "-C0", "-g0.8", "-r48000", f"-F{wav}"]
        subprocess.run([*command, str(soundfont), str(midi_file)], check=True)
        samples = _read(wav)
    starts = [number * NOTE_SPACING_S * RATE for number in range(len(PITCHES))]
    return np.stack([_normalise(samples[start : start + int(NOTE_S * RATE)]) for start in starts])


def _read(path: Path) -> NDArray[np.float32]:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    with av.open(str(path)) as file:
        frames = [part for frame in file.decode(audio=0) for part in resampler.resample(frame)]
    frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray().ravel() for frame in frames]).astype(np.float32)


def _normalise(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Trim leading silence and normalise the loudness of a note."""
    loud = np.abs(samples) > 0.02 * np.abs(samples).max()
    start = max(int(loud.argmax()) - 16, 0)
    note = np.zeros_like(samples)
    note[: len(samples) - start] = samples[start:]
    windows = note.reshape(-1, RATE // 10)
    loudest = np.sqrt((windows**2).mean(axis=1).max())
    return note * (LOUDNESS / loudest)


def main(soundfont: Annotated[Path, typer.Option()] = SOUNDFONT) -> None:
    """Write notes.flac and its licence."""
    bank = np.stack([render(instrument.program, soundfont) for instrument in INSTRUMENTS.values()])
    pcm = (bank.clip(-1, 1) * 32767).round().astype(np.int16)
    with av.open(str(DATA / "notes.flac"), "w") as file:
        stream = file.add_stream(
            "flac", rate=RATE, layout="mono", options={"compression_level": "12"}
        )
        frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        file.mux([*stream.encode(frame), *stream.encode(None)])
    text = LICENCE.read_text(encoding="utf-8")
    licence = text[text.index("Upstream Author") : text.index("The Debian packaging")]
    (DATA / "notes.LICENCE.txt").write_text(
        f"notes.flac is rendered from the soundfont FluidR3 GM.\n\n{licence}", encoding="utf-8"
    )


if __name__ == "__main__":
    typer.run(main)
