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
from evals.world.seeded_random import Dice, LoadedDice
from evals.world.vocabulary import NUMBERS, as_typed, with_right_articles

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
    return _say(content, "seen", LoadedDice())


def speak_of_sound(content: SoundContent, phrasing: Phrasing, dice: Dice) -> str:
    """Return a random true sentence or request, perhaps incomplete."""
    sound = _say(content, phrasing, dice)
    said = dice.choose(templates("sound: request", phrasing)).format(sound=sound)
    return as_typed(said, dice)


def _say(content: SoundContent, phrasing: Phrasing, dice: Dice) -> str:
    loud = _adjective(LOUDNESS, content.loudness, dice)
    times = content.times or 1
    words = {
        "name": content.name,
        "loud": loud,
        "fast": _adjective(TEMPO, content.tempo, dice),
        "fastly": ADVERBS[content.tempo],
        "pitch": f"{content.register} " if content.register else "",
        "times": dice.choose(TIMES[times]),
        "n": dice.choose(("a", "one", "1") if times == 1 else (NUMBERS[times], str(times))),
    }
    if content.name in INSTRUMENTS:
        words["name"] = dice.choose((content.name, *INSTRUMENTS[content.name].words))
    elif EFFECTS[content.name].counted:
        noun, nouns = dice.choose(EVENTS[content.name])
        words |= {"noun": noun, "nouns": noun if times == 1 else nouns}
    else:
        words["noise"] = _with_adjective(dice.choose(NOISES[content.name]), loud)
    template = dice.choose(templates(f"sound: {content.pattern}", phrasing))
    # Collapse the space of an omitted adverb.
    return with_right_articles(" ".join(template.format_map(words).split()))


def _adjective(words: Mapping[str, tuple[str, ...]], value: str | None, dice: Dice) -> str:
    return f"{dice.choose(words[value])} " if value and dice.chance(0.85) else ""


def _with_adjective(noise: str, loud: str) -> str:
    article, found, rest = noise.partition(" ")
    return f"a {loud}{rest}" if found and article in ("a", "an") else f"{loud}{noise}"


@dataclass(frozen=True)
class SoundClaims:
    """The claims of a sentence about a sound; None if left open."""

    name: str | None
    pattern: str | None
    times: int | None
    loudness: str | None
    tempo: str | None


_SIGNS: tuple[tuple[str, str], ...] = (
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
def _names() -> tuple[tuple[str, str], ...]:
    """Return the words for each sound with its name, longest word first."""
    found = {word: kind.name for kind in INSTRUMENTS.values() for word in (kind.name, *kind.words)}
    found |= {word: name for name, words in NOISES.items() for word in words}
    found |= {word: name for name, pairs in EVENTS.items() for pair in pairs for word in pair}
    bare = {re.sub(r"^an? ", "", word): name for word, name in found.items()}
    return tuple(sorted(bare.items(), key=lambda pair: len(pair[0]), reverse=True))


def read_sound(text: str) -> SoundClaims:
    """Parse the source, pattern, count, loudness and tempo in a sentence."""
    said = text.lower()
    named = next(
        ((word, name) for word, name in _names() if re.search(rf"\b{word}\b", said)), (None, None)
    )
    word, name = named
    rest = said.replace(word, "…") if word else said
    pattern = next((pattern for pattern, sign in _SIGNS if re.search(sign, rest)), None)
    times = _times(rest)
    if name in INSTRUMENTS and pattern is None:
        pattern = "notes" if times else "note" if "note" in said else None
    elif name in EVENTS:
        pattern, times = "times", times or 1
    elif name in NOISES and pattern not in (*ONGOING, *SLIDES):
        pattern = "steady"
    return SoundClaims(name, pattern, times, _which(LOUDNESS, rest), _which(TEMPO, rest))


def _times(said: str) -> int | None:
    for number, words in TIMES.items():
        if any(re.search(rf"\b{word}\b", said) for word in words):
            return number
    found = re.search(rf"\b({'|'.join(NUMBERS[2:6])}|[2-5])\b", said)
    if not found:
        return None
    return NUMBERS.index(found[0]) if found[0] in NUMBERS else int(found[0])


def _which(words: Mapping[str, tuple[str, ...]], said: str) -> str | None:
    every = {value: (*options, ADVERBS.get(value, "") or value) for value, options in words.items()}
    return next(
        (
            value
            for value, options in every.items()
            for word in options
            if re.search(rf"\b{word}\b", said)
        ),
        None,
    )
