"""Vary the wording of requests: politeness, reasons, letter case, typing errors."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import cache

from train.planner.data.phrase_files import load

_TYPO_SHARE = 0.07
_PROTECTED = re.compile(r"\([^)]*\)|'[^']{3,}'|\"[^\"]*\"|\S*[\d_/@.:]\S*")
"""Text where a typing error would change the meaning: quotes, numbers, names, marks."""
_NEIGHBOURS = {
    "a": "s", "e": "r", "i": "o", "o": "p", "u": "y", "t": "r", "n": "m", "s": "d", "r": "t",
    "l": "k", "h": "g", "d": "f", "c": "v", "m": "n",
}  # fmt: skip
_SHORTENED = {
    "please": "pls", "you": "u", "picture": "pic", "photo": "foto", "because": "cuz",
    "are": "r", "thanks": "thx", "what's": "whats", "don't": "dont", "there's": "theres",
    "it's": "its", "can't": "cant", "to": "2", "people": "ppl", "background": "bg",
}  # fmt: skip


@cache
def _wrappers() -> dict[str, list[str]]:
    return dict(load("wrappers.toml"))


def ask(dice: random.Random, imperative: str) -> str:
    """Phrase an imperative as a request: "can you …?", "… please"."""
    if dice.random() < 0.5:
        return imperative
    if imperative.split(" ", 1)[0].casefold() in _wrappers()["no_verbs"]:
        return be_polite(dice, imperative)
    return dice.choice(_wrappers()["ask"]).replace("$", imperative)


def give_reason(dice: random.Random, request: str, kind: str) -> str:
    """Add a reason before or after the request, sometimes."""
    reasons = _wrappers().get(f"reasons_{kind.lower()}", [])
    if not reasons or dice.random() > 0.12:
        return request
    reason = dice.choice(reasons)
    sentence = request if request.endswith("?") else request.rstrip(".!") + "."
    return (
        f"{reason} {_capital(sentence)}"
        if dice.random() < 0.7
        else f"{_capital(sentence)} {reason}"
    )


def be_polite(dice: random.Random, request: str) -> str:
    """Add "please" or a greeting to the request, sometimes."""
    roll = dice.random()
    if roll < 0.86 or "please" in request or "?" in request[:-1] or len(request) > 120:
        return request
    if request.endswith("?"):
        return dice.choice(_wrappers()["before_question"]).replace("$", request)
    bare = request.rstrip(".!")
    return dice.choice(_wrappers()["around"]).replace("$", bare)


def finish(dice: random.Random, request: str) -> str:
    """Vary letter case, final full stop and typing errors."""
    request = re.sub(r"[^\S\n]+", " ", request).strip()
    roll = dice.random()
    if roll < 0.45:
        request = _capital(request)
        if dice.random() < 0.45 and request[-1].isalnum():
            request += "."
    elif roll < 0.5:
        request = request.rstrip("?.")
    if dice.random() < _TYPO_SHARE:
        request = add_typo(dice, request)
    elif dice.random() < 0.03:
        request = shorten(dice, request)
    return request


def shorten(dice: random.Random, text: str) -> str:
    """Rewrite the text in text message spelling."""
    words = [
        _SHORTENED.get(word, word) if dice.random() < 0.8 else word
        for word in text.lower().split(" ")
    ]
    return " ".join(words) if not _PROTECTED.search(text) else text


def add_typo(dice: random.Random, text: str) -> str:
    """Add one or two typing errors to unprotected words."""
    for _ in range(dice.choice((1, 1, 2))):
        protected = [match.span() for match in _PROTECTED.finditer(text)]
        words = [
            match.span()
            for match in re.finditer(r"[A-Za-zäöüéèñ]{4,}", text)
            if not any(start < match.end() and match.start() < end for start, end in protected)
        ]
        if not words:
            return text
        start, end = dice.choice(words)
        text = text[:start] + _add_slip(dice, text[start:end]) + text[end:]
    return text


def join(dice: random.Random, parts: Sequence[str], how: str) -> str:
    """Join requests into one; `how` names the joiners in wrappers.toml."""
    joiner = dice.choice(_wrappers()[f"{how}_{len(parts)}"])
    for number, part in enumerate(parts, 1):
        before, _, _ = joiner.partition(f"${number}")
        part_text = _capital(part) if re.search(r"[.?!]\s*$", before) else part
        if re.search(rf"\${number}[,.;&]|\${number} \w", joiner):
            part_text = (
                part_text.rstrip("?.") if not joiner.startswith(f"${number}.") else part_text
            )
        joiner = joiner.replace(f"${number}", part_text)
    return re.sub(r"\?\.", "?", joiner)


def _add_slip(dice: random.Random, word: str) -> str:
    index = dice.randrange(1, len(word) - 1)
    match dice.randrange(4):
        case 0:
            return word[:index] + word[index + 1] + word[index] + word[index + 2 :]
        case 1:
            return word[:index] + word[index + 1 :]
        case 2:
            return word[:index] + word[index] + word[index:]
        case _:
            other = _NEIGHBOURS.get(word[index], word[index])
            return word[:index] + other + word[index + 1 :]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
