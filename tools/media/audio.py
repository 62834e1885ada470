"""The audio type."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from tools.media.base import Media

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FULL_SCALE = np.float32(32767)


class Audio(Media):
    """Audio samples from -1 to 1, as (samples,) or (channels, samples), and the sample rate.

    Stored as 16-bit WAV, which every program opens.
    """

    kind: ClassVar[str] = "audio"
    suffix: ClassVar[str] = ".wav"

    def __init__(self, samples: NDArray[np.floating], rate: int) -> None:
        finite = np.nan_to_num(np.atleast_2d(samples)).clip(-1, 1).astype(np.float32)
        # Quantised to the 16 bits in which it is stored, so that it is the same when read back.
        self.samples: NDArray[np.float32] = (finite * _FULL_SCALE).round() / _FULL_SCALE
        self.rate = rate

    @property
    def seconds(self) -> float:
        return self.samples.shape[1] / self.rate

    def mono(self, rate: int) -> NDArray[np.float32]:
        """Mix down to one channel and resample to `rate`, as most models need it."""
        import av

        mixed = self.samples.mean(axis=0)
        if rate == self.rate or not mixed.size:
            return mixed
        resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
        frame = av.AudioFrame.from_ndarray(mixed[None, :], format="flt", layout="mono")
        frame.sample_rate = self.rate
        parts = [*resampler.resample(frame), *resampler.resample(None)]
        # Resampling a single sample may leave none.
        return np.concatenate([np.zeros(0, np.float32), *(part.to_ndarray()[0] for part in parts)])

    def encode(self) -> bytes:
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setnchannels(self.samples.shape[0])
            writer.setsampwidth(2)
            writer.setframerate(self.rate)
            steps = (self.samples.T * _FULL_SCALE).round()
            writer.writeframes(steps.astype(np.int16).tobytes())
        return file.getvalue()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        with wave.open(io.BytesIO(data)) as reader:
            raw = np.frombuffer(reader.readframes(reader.getnframes()), dtype=np.int16)
            samples = raw.reshape(-1, reader.getnchannels()).T.astype(np.float32) / _FULL_SCALE
            return cls(samples, reader.getframerate())

    def describe(self) -> str:
        return f"a sound of {self.seconds:.1f} seconds"
