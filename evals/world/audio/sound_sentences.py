"""Sentences about a sound, and a parser of their claims."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from evals.world.audio.effects import EFFECTS
from evals.world.audio.instruments import INSTRUMENTS
from evals.world.audio.sound_content import ONGOING, SLIDES, SoundContent
from evals.world.phrase_templates import Phrasing, templates
from evals.world.seeded_random import FirstChoiceRandom, SeededRandom
from evals.world.vocabulary import NUMBERS, fix_articles, vary_typing

LOUDNESS: Mapping[str, tuple[str, ...]] = {
    "soft": ("soft", "quiet", "gentle", "faint"),
    "loud": ("loud", "noisy", "strong"),
}
TEMPO: Mapping[str, tuple[str, ...]] = {
    "slow": ("slow", "calm", "unhurried"),
    "fast": ("fast", "quick", "rapid", "lively"),
}
ADVERBS: Mapping[str | None, str] = {None: "", "slow": "slowly", "fast": "quickly"}
TIMES: Mapping[int, tuple[str, ...]] = {
    1: ("once", "one time"),
    2: ("twice", "two times", "2 times"),
    3: ("three times", "3 times"),
    4: ("four times", "4 times"),
    5: ("five times", "5 times"),
}
NOISES: Mapping[str, tuple[str, ...]] = {
    "noise": ("noise", "white noise", "static"),
    "rain": ("rain", "falling raindrops", "rainfall"),
    "wind": ("wind", "blowing wind"),
    "waves": ("waves", "sea waves"),
    "siren": ("a siren", "a wailing siren"),
    "engine": ("an engine", "a running engine", "a motor"),
    "buzz": ("a buzz", "a buzzing bee", "buzzing"),
    "applause": ("applause", "clapping hands"),
    "whistle": ("a whistle", "a whistling sound"),
}
"""Names of the continuous sounds; the plain one first."""
EVENTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "beep": (("beep", "beeps"), ("bleep", "bleeps")),
    "knock": (("knock", "knocks"), ("knock on a door", "knocks on a door")),
    "bell": (("bell", "bells"), ("ring of a bell", "rings of a bell")),
    "chirp": (("chirp", "chirps"), ("bird chirp", "bird chirps")),
    "drip": (("drip", "drips"), ("drop of water", "drops of water")),
    "clap": (("clap", "claps"), ("hand clap", "hand claps")),
    "tick": (("tick", "ticks"), ("tick of a clock", "ticks of a clock")),
    "horn": (("horn", "horns"), ("car horn", "car horns")),
    "boom": (("boom", "booms"), ("drum beat", "drum beats")),
}
"""Names of the countable sounds as (singular, plural); the plain ones first."""


def plain_sound(content: SoundContent) -> str:
    """Return the canonical caption: all that is true, always phrased alike."""
    return _describe(content, "seen", FirstChoiceRandom())


def speak_of_sound(content: SoundContent, phrasing: Phrasing, rng: SeededRandom) -> str:
    """Return a random true sentence or request, perhaps incomplete."""
    sound = _describe(content, phrasing, rng)
    sentence = rng.choose(templates("sound: request", phrasing)).format(sound=sound)
    return vary_typing(sentence, rng)


def _describe(content: SoundContent, phrasing: Phrasing, rng: SeededRandom) -> str:
    loud = _adjective(LOUDNESS, content.loudness, rng)
    times = content.times or 1
    words = {
        "name": content.name,
        "loud": loud,
        "fast": _adjective(TEMPO, content.tempo, rng),
        "fastly": ADVERBS[content.tempo],
        "pitch": f"{content.register} " if content.register else "",
        "times": rng.choose(TIMES[times]),
        "n": rng.choose(("a", "one", "1") if times == 1 else (NUMBERS[times], str(times))),
    }
    if content.name in INSTRUMENTS:
        words["name"] = rng.choose((content.name, *INSTRUMENTS[content.name].words))
    elif EFFECTS[content.name].is_countable:
        noun, nouns = rng.choose(EVENTS[content.name])
        words |= {"noun": noun, "nouns": noun if times == 1 else nouns}
    else:
        words["noise"] = _with_adjective(rng.choose(NOISES[content.name]), loud)
    template = rng.choose(templates(f"sound: {content.pattern}", phrasing))
    # Collapse the space of an omitted adverb.
    return fix_articles(" ".join(template.format_map(words).split()))


def _adjective(words: Mapping[str, tuple[str, ...]], value: str | None, rng: SeededRandom) -> str:
    return f"{rng.choose(words[value])} " if value and rng.chance(0.85) else ""


def _with_adjective(noise: str, loud: str) -> str:
    article, space, rest = noise.partition(" ")
    return f"a {loud}{rest}" if space and article in ("a", "an") else f"{loud}{noise}"


@dataclass(frozen=True)
class SoundClaims:
    """The claims of a sentence about a sound; None if left open."""

    name: str | None
    pattern: str | None
    times: int | None
    loudness: str | None
    tempo: str | None


_PATTERN_REGEXES: tuple[tuple[str, str], ...] = (
    (
        "rising scale",
        r"scale.*\b(up|rises|climb|low to high)|(rising|ascending).* (scale|notes)|up the scale",
    ),
    (
        "falling scale",
        r"scale.*\b(down|falls|sink|high to low)|(falling|descending).* (scale|notes)"
        r"|down the scale",
    ),
    ("chord", r"\bchord"),
    ("tune", r"\b(tune|melody)"),
    ("growing", r"\b(louder|closer)"),
    ("fading", r"\b(quieter|fading)"),
    ("starting", r"silence and then|silence, then|starts|after a silence"),
    ("stopping", r"stops|then silence|ends early"),
    ("rising", r"going up|rising|low to high"),
    ("falling", r"going down|\bfalling (pitch|a|whist)|with a falling|is falling|high to low"),
)
"""Regular expressions of the patterns; the first match counts."""


@cache
def _sound_words() -> tuple[tuple[str, str], ...]:
    """Return the words for each sound with its name, longest word first."""
    names = {word: kind.name for kind in INSTRUMENTS.values() for word in (kind.name, *kind.words)}
    names |= {word: name for name, words in NOISES.items() for word in words}
    names |= {word: name for name, pairs in EVENTS.items() for pair in pairs for word in pair}
    bare = {re.sub(r"^an? ", "", word): name for word, name in names.items()}
    return tuple(sorted(bare.items(), key=lambda pair: len(pair[0]), reverse=True))


def read_sound(text: str) -> SoundClaims:
    """Parse the source, pattern, count, loudness and tempo in a sentence."""
    sentence = text.lower()
    match = next(
        ((word, name) for word, name in _sound_words() if re.search(rf"\b{word}\b", sentence)),
        (None, None),
    )
    word, name = match
    rest = sentence.replace(word, "…") if word else sentence
    pattern = next((pattern for pattern, regex in _PATTERN_REGEXES if re.search(regex, rest)), None)
    times = _find_times(rest)
    if name in INSTRUMENTS and pattern is None:
        pattern = "notes" if times else "note" if "note" in sentence else None
    elif name in EVENTS:
        pattern, times = "times", times or 1
    elif name in NOISES and pattern not in (*ONGOING, *SLIDES):
        pattern = "steady"
    return SoundClaims(name, pattern, times, _find_value(LOUDNESS, rest), _find_value(TEMPO, rest))


def _find_times(sentence: str) -> int | None:
    for number, words in TIMES.items():
        if any(re.search(rf"\b{word}\b", sentence) for word in words):
            return number
    match = re.search(rf"\b({'|'.join(NUMBERS[2:6])}|[2-5])\b", sentence)
    if not match:
        return None
    return NUMBERS.index(match[0]) if match[0] in NUMBERS else int(match[0])


def _find_value(words: Mapping[str, tuple[str, ...]], sentence: str) -> str | None:
    words_by_value = {
        value: (*options, ADVERBS.get(value, "") or value) for value, options in words.items()
    }
    return next(
        (
            value
            for value, options in words_by_value.items()
            for word in options
            if re.search(rf"\b{word}\b", sentence)
        ),
        None,
    )
