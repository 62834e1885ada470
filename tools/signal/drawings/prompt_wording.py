"""Word what a prompt asks for: as a plain prompt, and as a list for people."""

from __future__ import annotations

from collections.abc import Sequence

from tools.signal.drawings.image_claims import ObjectClaim, PromptClaims, RelationClaim
from tools.signal.drawings.prompt_parser import parse_prompt
from tools.signal.drawings.prompt_sums import NUMBERS


def plain_prompt(prompt: str) -> str:
    """Return what a prompt asks for in plain words; empty if a part of it would get lost."""
    claims = parse_prompt(prompt)
    return _scene_wording(claims) if claims.is_complete else ""


def stress_numbers(prompt: str) -> str:
    """Return the prompt with its numbers repeated at the end."""
    claims = parse_prompt(prompt)
    exact = [describe_object(claim) for claim in claims.objects if claim.is_exact]
    return f"{prompt.rstrip(' .!?')}, exactly {join_phrases(exact)}" if exact else prompt


def describe_claims(claims: PromptClaims) -> list[str]:
    """Return what a drawing has to show, a phrase for each claim."""
    phrases = [
        describe_object(claim) + (f" ({claim.place})" if claim.place else "")
        for claim in claims.objects
    ]
    phrases += map(describe_relation, claims.relations)
    if claims.background:
        phrases.append(_background_wording(claims.background))
    return phrases


def describe_object(claim: ObjectClaim) -> str:
    """Return such as "three small dogs"."""
    words = " ".join(filter(None, (claim.size, claim.colour, claim.noun)))
    if claim.count is None:
        return words
    if claim.count == 1 and not claim.is_exact:
        return with_article(words)
    number = NUMBERS[claim.count] if claim.count < len(NUMBERS) else str(claim.count)
    return f"{number} {words}"


def describe_relation(relation: RelationClaim) -> str:
    """Return such as "dog left of cat"."""
    return f"{relation.subject} {relation.word} {' and '.join(relation.objects)}"


def join_phrases(phrases: Sequence[str]) -> str:
    """Return phrases as "a, b and c"."""
    if len(phrases) < 2:
        return "".join(phrases)
    return f"{', '.join(phrases[:-1])} and {phrases[-1]}"


def _scene_wording(claims: PromptClaims) -> str:
    """Return the claims as one phrase, or an empty string if their relations are too complex."""
    phrases = {claim.name: describe_object(claim) for claim in claims.objects}
    scene = _arrangement(phrases, claims.relations) if claims.relations else _list_objects(claims)
    if scene and claims.background:
        scene += f" on {_background_wording(claims.background)}"
    return scene


def _list_objects(claims: PromptClaims) -> str:
    places = [claim.place for claim in claims.objects if claim.place]
    if len(claims.objects) > 1 and places:
        return ""
    scene = join_phrases([describe_object(claim) for claim in claims.objects])
    return f"{scene} {_PLACE_WORDING[places[0]]}" if places else scene


_PLACE_WORDING = {
    **{
        f"{row} {side}": f"in the {row} {side} corner"
        for row in ("top", "bottom")
        for side in ("left", "right")
    },
    "top": "at the top",
    "bottom": "at the bottom",
    "left": "on the left",
    "right": "on the right",
    "middle": "in the middle",
}


def _arrangement(phrases: dict[str, str], relations: Sequence[RelationClaim]) -> str:
    """Word a chain of relations between all objects; an empty string if there is none."""
    first = relations[0]
    names = [first.subject, *first.objects]
    if first.word == "between":
        end = " and ".join(phrases[name] for name in first.objects)
        wording = f"{phrases[first.subject]} between {end}"
        return wording if len(relations) == 1 and set(names) == phrases.keys() else ""
    wording = f"{phrases[first.subject]} {first.word} {phrases[first.objects[0]]}"
    for relation in relations[1:]:
        if relation.subject != names[-1] or relation.word != first.word:
            return ""
        names.append(relation.objects[0])
        wording += f" {relation.word} {phrases[relation.objects[0]]}"
    return wording if set(names) == phrases.keys() and len(names) == len(phrases) else ""


def _background_wording(colours: Sequence[str]) -> str:
    words = " and ".join(colours)
    return f"{with_article(words)} background"


def with_article(words: str) -> str:
    """Return words with "a" or "an" before them."""
    return f"{'an' if words[:1] in tuple('aeiou') else 'a'} {words}"
