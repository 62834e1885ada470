"""Write numbers, durations and their nouns as people do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tools.signal.english_nouns import plural, singular

_UNIT_S = re.compile(r"\s*(?:seconds?|secs?|s)\b(?![-\w])")
_OTHER_UNITS = re.compile(r"\b(minutes?|hours?|days?|weeks?|months?|years?)\b", re.IGNORECASE)
_MONEY = re.compile(r"\s?(?:€|\$|£|(?:euros?|dollars?|pounds?|francs?|EUR|USD|GBP|CHF)\b)")
_NO_NOUNS = """
a about above after again against all always an and are as at away be been before below beside
between both but by can contains does each else equals far for from gives good had has have he her
here his how if in instead into is it its left less likely long looks makes many may means missing
more most much near needed no nor not now of off on one only or other out over per present remain
remaining remains right says she shows since so still such takes than that the their them then there
these they this those through to together too under until up visible was were what when where which
while who will with within without yet you your
"""
_FUNCTION_WORDS = frozenset(_NO_NOUNS.split())
_NUMBERED = re.compile(
    r"\b(picture|page|image|photo|number|no|line|row|column|step|part|scene|item|file|film|sound|clip"
    r"|recording|chapter|question|version|face|box|option|track|frame|shot|level)\s*$",
    re.IGNORECASE,
)
_THERE_ARE = re.compile(
    r"\b(there) (are|is|were|was)((?: (?:only|still|now|just|exactly))?\s*)$", re.IGNORECASE
)
_ARE = re.compile(
    r"(?<!you )(?<!they )(?<!we )\b(are|were)(\s*(?:only|still|now)?\s*)$", re.IGNORECASE
)
_ANNOUNCED_NUMBER = re.compile(
    r"\b(number|count|total|amount)( of [\w ]+)?( is)?:?\s*$|\b(in all|altogether|I count):?\s*$",
    re.IGNORECASE,
)
_SINGULAR_VERBS = {"are": "is", "were": "was"}
_PLURAL_VERBS = {"is": "are", "was": "were"}


@dataclass(frozen=True)
class Fitted:
    """A value as text, with the words around it fitted to it."""

    before: str
    text: str
    after: str


def format_number(number: float) -> str:
    """Return the number rounded to what a reader needs: 0.055, 3.14, 20."""
    if isinstance(number, int):
        return str(number)
    if not number or abs(number) >= 1:
        return f"{number or 0.0:.2f}".rstrip("0").rstrip(".")
    return f"{float(f'{number:.2g}'):.10f}".rstrip("0").rstrip(".")


def format_duration(seconds: float) -> str:
    """Return a duration such as "2.5 s", "2 min 5 s" or "1 h 10 min"."""
    if seconds < 60:
        return f"{_tenths(seconds)} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def fit_number(
    number: float, before: str, after: str, *, english: bool = True, seconds: bool = False
) -> Fitted:
    """Format a number and fit the sentence around it: unit, noun and verb.

    `before` and `after` are the words of the same sentence. `seconds` keeps seconds as they are.
    """
    if not english:
        return Fitted(before, format_number(number), after)
    if unit := _UNIT_S.match(after):
        return _fit_seconds(number, before, after, unit, keep=seconds)
    fitted = _fit_noun(number, before, after)
    if _MONEY.match(after) or before.rstrip().endswith(("€", "$", "£")):
        cents = 0 if number == int(number) else 2
        return Fitted(fitted.before, f"{number:.{cents}f}", fitted.after)
    return fitted


def starts_with_noun(after: str) -> bool:
    """Return whether the words after a number begin with what is counted."""
    phrase = _noun_phrase(after)
    return phrase is not None or re.match(r"\s+of (them|these|those)\b", after) is not None


def stands_for_number(before: str) -> bool:
    """Return whether the words before a value announce a number."""
    return bool(_THERE_ARE.search(before) or _ANNOUNCED_NUMBER.search(before))


def _fit_seconds(
    number: float, before: str, after: str, unit: re.Match[str], *, keep: bool
) -> Fitted:
    rest = after[unit.end() :]
    # "An hour has 3600 seconds" is about the unit itself.
    if keep or number < 60 or _OTHER_UNITS.search(before + after):
        word = unit[0].strip()
        if word.startswith("second"):
            word = "second" if number == 1 else "seconds"
        return Fitted(before, _tenths(number), f" {word}{rest}")
    return Fitted(before, format_duration(number), rest)


def _fit_noun(number: float, before: str, after: str) -> Fitted:
    if _NUMBERED.search(before):
        return Fitted(before, format_number(number), after)
    phrase = _noun_phrase(after)
    existential = _THERE_ARE.search(before)
    if number == 1:
        before = _singular_verb(before, existential, has_noun=phrase is not None)
        return Fitted(before, "1", _singular_noun(after, phrase) if phrase else after)
    if existential is None:
        return Fitted(before, format_number(number), after)
    if phrase and existential[2] in _PLURAL_VERBS:
        start, end = phrase
        after = after[:start] + plural(singular(after[start:end])) + after[end:]
    verb = _PLURAL_VERBS.get(existential[2], existential[2])
    before = f"{before[: existential.start(2)]}{verb}{existential[3]}"
    if number == 0 and not existential[3].strip():
        return Fitted(before, "no" if phrase else "none", after)
    return Fitted(before, format_number(number), after)


def _singular_verb(before: str, existential: re.Match[str] | None, *, has_noun: bool) -> str:
    if existential:
        verb = _SINGULAR_VERBS.get(existential[2], existential[2])
        return f"{before[: existential.start(2)]}{verb}{existential[3]}"
    match = _ARE.search(before) if has_noun else None
    if match is None:
        return before
    return f"{before[: match.start(1)]}{_SINGULAR_VERBS[match[1].casefold()]}{match[2]}"


def _singular_noun(after: str, phrase: tuple[int, int]) -> str:
    """Return the words with the noun, and the verb behind it, in the singular."""
    start, end = phrase
    rest = re.sub(
        r"^((?: that| which)?) (are|were)\b",
        lambda match: f"{match[1]} {_SINGULAR_VERBS[match[2]]}",
        after[end:],
    )
    return after[:start] + singular(after[start:end]) + rest


def _noun_phrase(after: str) -> tuple[int, int] | None:
    """Return where in the text the noun that is counted stands, if there is one.

    The noun is the last word before punctuation, a function word or the end, of three at most.
    """
    position: tuple[int, int] | None = None
    start = 0
    for _ in range(3):
        word = re.compile(r"\s+([A-Za-z][A-Za-z'-]*)").match(after, start)
        if word is None or word[1].casefold() in _FUNCTION_WORDS:
            break
        position = word.span(1)
        start = word.end()
        if singular(word[1]) != word[1]:
            break
    return position


def _tenths(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0") if isinstance(number, float) else str(number)
