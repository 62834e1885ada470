"""Quality of the audio tools, measured on known texts and mixtures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from evals.quality.quality_measures import Quality, mean, si_sdr
from evals.scoring.audio_scores import held_out_sounds, score_classifier, to_audio
from evals.user_catalogue import user_catalogue
from evals.world.audio.sound_content import SOUND_NAMES
from tools import Audio
from tools.library.audio.change_voice import change_voice
from tools.library.audio.classify_sound import SoundClassifier, classify_sound
from tools.library.audio.clean_sound import VoiceFilter, clean_sound
from tools.library.audio.fill_sound import GapFiller, fill_sound
from tools.library.audio.find_speech import SpeechFinder, find_speech
from tools.library.audio.make_music import STYLES, Composer, Musician
from tools.library.audio.separate import Separator, separate
from tools.library.audio.speak import SpeechSynthesizer, speak
from tools.library.audio.transcribe import Transcriber, transcribe
from tools.media.open_untrusted import open_media
from tools.models.residency.card_loader import open_model
from tools.sdk.tool_check import SAMPLES

SENTENCES = (
    "The quick brown fox jumps over the lazy dog.",
    "Please bring two loaves of bread and a bottle of milk.",
    "Our train leaves the station at half past seven.",
    "She opened the window because the kitchen was full of smoke.",
    "Nobody knows where the old lighthouse keeper went.",
    "The weather will be cold and windy until Thursday.",
)
RATE = 16_000
VOICE, TRANSCRIBER = "speak/hibari", "transcribe/whisper-tiny-en"
"""The voice used to measure transcription, and the transcriber used to measure voices."""

AUDIOSET_LABELS: Mapping[str, tuple[str, ...]] = {
    "piano": ("Piano",), "xylophone": ("Marimba, xylophone", "Mallet percussion"),
    "organ": ("Organ",), "accordion": ("Accordion",), "guitar": ("Guitar", "Acoustic guitar"),
    "violin": ("Violin, fiddle",), "cello": ("Cello",), "harp": ("Harp",),
    "trumpet": ("Trumpet",), "saxophone": ("Saxophone",), "clarinet": ("Clarinet",),
    "flute": ("Flute",), "banjo": ("Banjo",), "beep": ("Beep, bleep",), "knock": ("Knock",),
    "bell": ("Bell", "Church bell"), "chirp": ("Chirp, tweet", "Bird"), "drip": ("Drip",),
    "clap": ("Clapping", "Hands"), "tick": ("Tick", "Clock"), "boom": ("Boom", "Explosion"),
    "horn": ("Vehicle horn, car horn, honking",), "noise": ("White noise", "Noise", "Static"),
    "rain": ("Rain",), "wind": ("Wind",), "waves": ("Waves, surf", "Ocean"),
    "siren": ("Siren",), "engine": ("Engine",), "buzz": ("Buzz", "Insect"),
    "applause": ("Applause",), "whistle": ("Whistle", "Whistling"), "music box": ("Music",),
}  # fmt: skip
"""The AudioSet labels of the world's sounds."""


def open_sample(name: str) -> Audio:
    media = open_media(SAMPLES[name])
    if not isinstance(media, Audio):
        raise TypeError(f"the sample {name!r} is not a sound")
    return media


def word_error_rate(references: list[str], hypotheses: list[str]) -> float:
    """Return the word error rate, ignoring case and punctuation."""
    import jiwer

    normalised = [
        [re.sub(r"[^a-z' ]", "", text.lower()) for text in texts]
        for texts in (references, hypotheses)
    ]
    return float(jiwer.wer(*normalised))


def transcribe_speech(model: Transcriber) -> Iterator[Quality]:
    voice: SpeechSynthesizer = open_model(user_catalogue()[VOICE])
    recordings = [speak(voice, sentence) for sentence in SENTENCES]
    transcripts = [transcribe(model, audio) for audio in recordings]
    yield Quality(
        f"WER of what {VOICE} says", word_error_rate([*SENTENCES], transcripts), len(transcripts)
    )
    noisy_samples = [
        _mix(audio.mono(RATE), _pink_noise(len(audio.mono(RATE))), 10) for audio in recordings
    ]
    transcripts = [transcribe(model, Audio(samples, RATE)) for samples in noisy_samples]
    yield Quality(
        "WER in pink noise, 10 dB softer",
        word_error_rate([*SENTENCES], transcripts),
        len(transcripts),
    )


def speak_texts(model: SpeechSynthesizer) -> Iterator[Quality]:
    transcriber: Transcriber = open_model(user_catalogue()[TRANSCRIBER])
    sentences = SENTENCES[:4]
    transcripts = [transcribe(transcriber, speak(model, sentence)) for sentence in sentences]
    yield Quality(
        f"WER as {TRANSCRIBER} hears it", word_error_rate([*sentences], transcripts), len(sentences)
    )


def _pink_noise(length: int, seed: int = 0) -> NDArray[np.float64]:
    """Return pink noise: the same power in each octave."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=length))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    return np.fft.irfft(spectrum, length)


def _mix(
    voice: NDArray[np.floating], noise: NDArray[np.floating], decibels: float
) -> NDArray[np.float64]:
    """Mix a voice with noise at a signal-to-noise ratio in decibels."""
    return voice + _scale_noise(voice, noise, decibels)


def _scale_noise(
    voice: NDArray[np.floating], noise: NDArray[np.floating], decibels: float
) -> NDArray[np.float64]:
    power = np.mean(voice.astype(np.float64) ** 2) / np.mean(noise.astype(np.float64) ** 2)
    return noise * np.sqrt(power * 10 ** (-decibels / 10))


def _noises(length: int) -> Mapping[str, NDArray[np.floating]]:
    world = {sound.content.name: sound for sound in held_out_sounds(300)}
    loops = {name: np.resize(world[name].samples, length) for name in ("rain", "engine", "wind")}
    return {"pink": _pink_noise(length), **loops}


def clean_speech(model: VoiceFilter) -> Iterator[Quality]:
    voice = open_sample("speech").mono(RATE) / 2
    gains: list[float] = []
    for noise in _noises(len(voice)).values():
        for decibels in (0, 10):
            mixture = _mix(voice, noise, decibels)
            estimate = clean_sound(model, Audio(mixture, RATE)).mono(RATE)
            before = si_sdr(voice, np.asarray(mixture))
            gains.append(si_sdr(voice, estimate) - before)
    yield Quality("SI-SDR gained, dB", mean(gains), len(gains))


def separate_parts(model: Separator) -> Iterator[Quality]:
    voice = open_sample("speech").mono(RATE) / 2
    gains: list[float] = []
    for noise in _noises(len(voice)).values():
        background = _scale_noise(voice, noise, 5)
        mixture = voice + background
        estimate = separate(model, Audio(mixture, RATE), "background").mono(RATE)
        before = si_sdr(background, np.asarray(mixture))
        gains.append(si_sdr(background, estimate) - before)
    yield Quality("SI-SDR of the background gained, dB", mean(gains), len(gains))


def find_speech_segments(model: SpeechFinder) -> Iterator[Quality]:
    """Measure detection of speech at known times and two noise levels."""
    voice = open_sample("speech").mono(RATE)
    energy = np.abs(voice).cumsum() / np.abs(voice).sum()
    first, last = (float(np.searchsorted(energy, share)) / RATE for share in (0.002, 0.998))
    errors: list[float] = []
    is_single: list[float] = []
    for number, onset in enumerate((0.5, 2.2, 4.7, 6.9)):
        for decibels in (20, 10):
            total = np.zeros(10 * RATE)
            total[round(onset * RATE) : round(onset * RATE) + len(voice)] = voice / 2
            noise = _scale_noise(voice / 2, _pink_noise(len(total), number), decibels)
            rows = find_speech(model, Audio(total + noise, RATE)).rows
            is_single.append(float(len(rows) == 1))
            if rows:
                ends = (float(rows[0][0]), float(rows[-1][1]))
                errors += [abs(ends[0] - onset - first), abs(ends[1] - onset - last)]
    yield Quality("found as one piece", mean(is_single), len(is_single))
    yield Quality("seconds off where it begins and ends", mean(errors), len(errors))


def classify_sounds(model: SoundClassifier) -> Iterator[Quality]:
    if set(SOUND_NAMES) <= set(model.labels):
        for aspect, score in score_classifier(model, 60).items():
            yield Quality(f"{aspect} of the world's sounds", score.share, score.cases)
        return
    correct: list[float] = []
    for sound in held_out_sounds(80):
        predictions = {row[0] for row in classify_sound(model, to_audio(sound)).rows}
        correct.append(float(bool(predictions & set(AUDIOSET_LABELS[sound.content.name]))))
    yield Quality(
        "kind of the world's sounds among the returned kinds", mean(correct), len(correct)
    )


def compose_music(model: Musician) -> Iterator[Quality]:
    """Measure composers by their notes; sound has no ground truth."""
    if not isinstance(model, Composer):
        return
    scale: list[float] = []
    pace: list[float] = []
    for style in STYLES.values():
        notes = model.compose(style, 10, seed=1)
        pitch_classes = np.bincount([note.key % 12 for note in notes], minlength=12)
        in_scale = max(
            sum(
                pitch_classes[(key + tone) % 12]
                for tone, allowed in enumerate(style.scale)
                if allowed
            )
            for key in range(12)
        )
        scale.append(float(in_scale / max(len(notes), 1)))
        pace.append(len(notes) / 10 / style.notes_a_second)
    yield Quality("notes of the scale asked for", mean(scale), len(scale))
    yield Quality("notes a second, of those asked for", mean(pace), len(pace))


def change_voices() -> Iterator[Quality]:
    """Measure the pitch error in cents on shifted harmonic tones."""
    time = np.arange(RATE) / RATE
    errors: list[float] = []
    for hertz in (110.0, 220.0, 440.0):
        tone = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in (1, 2, 3)) / 3
        for pitch in (-7, 4, 12):
            shifted = change_voice(Audio(np.asarray(tone), RATE), pitch=pitch).samples[0]
            spectrum = np.abs(np.fft.rfft(shifted * np.hanning(len(shifted)), 16 * RATE))
            frequency = float(spectrum.argmax()) / 16
            errors.append(abs(1200 * np.log2(frequency / (hertz * 2 ** (pitch / 12)))))
    yield Quality("cents off the pitch asked for", mean(errors), len(errors))


def fill_gaps(model: GapFiller) -> Iterator[Quality]:
    """Measure filled gaps against the original samples."""
    chords = [sound for sound in held_out_sounds(60) if sound.content.pattern == "chord"][:4]
    sounds = {"speech": [open_sample("speech")], "chords": [to_audio(sound) for sound in chords]}
    for name, recordings in sounds.items():
        snr: list[float] = []
        for audio in recordings:
            original = audio.samples[0].astype(np.float64)
            for start in np.arange(0.2, audio.seconds - 0.2, 0.1).tolist():
                gap = slice(int(start * audio.rate), round((start + 0.02) * audio.rate))
                if np.abs(original[gap]).max() < np.abs(original).max() / 10:
                    continue  # nearly silent: there is nothing to restore
                damaged = original.copy()
                damaged[gap] = 0
                damaged_audio = Audio(damaged, audio.rate)
                restored = fill_sound(model, damaged_audio, start, start + 0.02).samples[0]
                error = np.sum((restored[gap] - original[gap]) ** 2)
                snr.append(float(10 * np.log10(np.sum(original[gap] ** 2) / error)))
        baseline = "left silent 0"
        yield Quality(f"SNR of 20 ms filled in {name}, dB", mean(snr), len(snr), baseline)
