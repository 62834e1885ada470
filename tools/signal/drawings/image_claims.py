"""What a prompt asks an image to show, as objects, relations and background."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ObjectClaim:
    """Objects of one kind that the prompt names."""

    name: str
    """A singular noun, with adjectives other than size and colour."""
    noun: str
    """The name as the prompt writes it, perhaps in the plural."""
    count: int | None
    """Their number; None if it is left open."""
    is_exact: bool = True
    """Whether a number is stated, rather than an article."""
    colour: str = ""
    size: str = ""
    place: str = ""
    """Such as "top left" in the image; "" if it is left open."""


@dataclass(frozen=True)
class RelationClaim:
    """A spatial relation: "left of", "above" or "inside" an object, or "between" two."""

    subject: str
    word: str
    objects: tuple[str, ...]


@dataclass(frozen=True)
class PromptClaims:
    """Everything in a prompt that can be compared with an image."""

    objects: tuple[ObjectClaim, ...]
    relations: tuple[RelationClaim, ...]
    background: tuple[str, ...]
    """The colours of the background; empty if it is not mentioned."""
    is_complete: bool
    """Whether no word of the prompt was left out."""
