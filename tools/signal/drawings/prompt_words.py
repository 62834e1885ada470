"""The words by which prompts are parsed."""

from __future__ import annotations

import re

from tools.signal.colour_shades import SHADES


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z-]+", text))


COLOURS = tuple(SHADES)
COLOUR_SYNONYMS = {"gray": "grey", "violet": "purple"}
SIZES = _words("small little tiny medium medium-sized large big huge")
ADJECTIVES = frozenset({*SIZES, *COLOURS, *COLOUR_SYNONYMS})
QUANTITIES = {
    "a single": 1,
    "a pair of": 2,
    "a couple of": 2,
    "a trio of": 3,
    "half a dozen": 6,
    "a dozen": 12,
}
OPEN_QUANTITIES = ("several", "some", "many", "a few", "lots of", "the")
"""These leave the number open."""
PHRASE_ENDS = _words(
    "a an the and or but with without of on in at to by for from into onto over under above below "
    "beneath underneath inside within outside between beside behind near next around across along "
    "against before after while where which that who is are was were be has have having holds "
    "holding contains containing left right higher lower atop together stands standing sits "
    "sitting wears plays runs then plus minus less more there here please it them this these "
    "those some exactly precisely placed somewhere lying shown seen painted wearing"
)
"""A noun phrase ends before these."""
SCENE_WORDS = _words(
    "picture image photo photograph drawing painting sketch illustration artwork scene background "
    "backdrop foreground style kind sort way view side top bottom middle centre center corner "
    "front back group total set number bunch row line lot bit distance day night morning evening "
    "sunset sunrise weather mood light atmosphere world time moment colour color upper feeling "
    "sense idea theme watercolour watercolor portrait poster cartoon logo icon print collage"
)
"""No objects that a detector could find."""
PARTITIVES = _words("slice slices piece pieces glass bowl basket cup bottle")
"""Nouns that may go on with "of": a slice of pizza."""
ING_NOUNS = _words("building painting ceiling earring string spring ring king wing")
FILLERS = _words(
    "draw paint sketch make create give show produce generate imagine illustrate me us us please "
    "can could would will you i we want need like d to see let a an the of for with and in on at "
    "there here is are this that now just only exactly precisely nice it them picture pictures "
    "image photo photograph drawing painting sketch illustration artwork scene background where "
    "whole placed somewhere standing sitting stands sits together beside next by side up"
)
"""Words of a request that say nothing about its image."""
CONTAINERS = _words("circle ring square box frame bowl basket cage")
"""What is "in" these is inside of them; a man in a hat is not."""
