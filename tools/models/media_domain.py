"""Media domains: kinds of media that some models are limited to.

A card names the domain of its model. Any medium may go to a model whose domain is not listed in
`media_domains.toml`; the models of a listed domain accept only media that pass its test.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from tools.media import Audio, Image, Media, Video


@dataclass(frozen=True)
class MediaDomain:
    """A kind of media that models can be limited to, and its test."""

    name: str
    """As cards write it."""
    singular: str
    plural: str
    image_noun: str
    """What an image of the domain is called instead of `Image.noun`."""
    alternatives: str
    """A hint with tools that accept other media."""
    contains: Callable[[Image | Audio | Video], bool]

    def describe(self, description: str) -> str:
        """Return the description of a medium with the noun of the domain."""
        if not description.startswith(Image.noun):
            return description
        return self.image_noun + description.removeprefix(Image.noun)


@cache
def media_domains() -> Mapping[str, MediaDomain]:
    """Return the domains that have a test, by name."""
    text = Path(__file__).with_name("media_domains.toml").read_text(encoding="utf-8")
    domains: dict[str, MediaDomain] = {}
    for path in tomllib.loads(text)["domains"]:
        module, _, attribute = path.partition(":")
        domain = getattr(import_module(module), attribute)
        domains[domain.name] = domain
    return domains


def domain_of(media: Media) -> str:
    """Return the name of the domain that an image or audio is in, else ""."""
    # The test of a video would decode it.
    if not isinstance(media, Image | Audio):
        return ""
    return next((name for name, domain in media_domains().items() if domain.contains(media)), "")
