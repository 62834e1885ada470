"""Dialogues about scenes, films and sounds, with their only correct answers.

>>> dialogue = make_dialogue("subtract", "train", seed=0, number=1)
>>> dialogue.exchanges[-1].request, dialogue.exchanges[-1].answer
('there were eight bees and two are gone, show the rest', 'six bees')

A requested output comes as its ground truth: a scene with six bees, a film, or a sound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from agent.joint.region_text import box_words
from evals.world.audio.sound_content import SoundContent
from evals.world.audio.sound_sentences import plain_sound, read_sound
from evals.world.audio.sounds import Sound, make_sound
from evals.world.dialogue.asker import DIALOGUES, SIDE, Asker, noun_for
from evals.world.dialogue.image_changes import changed, changed_in_number, with_others
from evals.world.images.scene_claims import read_sentence
from evals.world.images.scene_content import COLOURS, Background, Content, Group, draw_content
from evals.world.images.scene_sentences import plain_caption
from evals.world.images.scenes import Scene, make_scene
from evals.world.phrase_templates import Phrasing
from evals.world.seeded_random import Dice
from evals.world.splits import Split, split_number
from evals.world.video.films import Film, make_film
from evals.world.vocabulary import KINDS, NUMBERS, PLACES, with_article
from tools import Box

Shown = Scene | Film | Sound

HEARD_AS: Mapping[str, str] = {
    "guitar": "guitar", "bell": "bell", "tick": "clock", "engine": "car", "buzz": "bee",
    "rain": "umbrella", "chirp": "chicken", "waves": "boat", "horn": "bus", "knock": "drum",
}  # fmt: skip
"""The object to draw for each sound."""


@dataclass(frozen=True)
class Exchange:
    """A request with its inputs, and the expected answer."""

    given: tuple[Shown, ...]
    request: str
    answer: str
    made: Shown | None = None
    """The scene, film or sound that the answer comes with."""
    found: bool = False
    """Whether the output is retrieved from a folder instead of generated."""


@dataclass(frozen=True)
class Dialogue:
    """A sequence of exchanges of one kind."""

    kind: str
    exchanges: tuple[Exchange, ...]

    @property
    def made(self) -> Shown | None:
        """The output of the last exchange."""
        return self.exchanges[-1].made


def make_dialogue(kind: str, split: Split, seed: int, number: int) -> Dialogue:
    """Create a dialogue; the same arguments always return the same one."""
    phrasing: Phrasing = "seen" if split == "train" else "unseen"
    key = (DIALOGUES, split_number(split), seed, number, tuple(MAKERS).index(kind))
    return Dialogue(kind, MAKERS[kind](Asker(split, seed, number, phrasing, Dice(*key))))


_Exchanges = tuple[Exchange, ...]


def _draw(asker: Asker) -> _Exchanges:
    return _spoken(asker, make_scene(asker.split, asker.seed, asker.number, SIDE, "clear"))


def _number(asker: Asker) -> _Exchanges:
    """Draw one to nine objects of one kind."""
    return _spoken(asker, asker.scene(asker.counted()))


def _relation(asker: Asker) -> _Exchanges:
    while (content := draw_content(asker.split, "clear", asker.dice)).word == "":
        pass
    return _spoken(asker, asker.scene(content))


def _attribute(asker: Asker) -> _Exchanges:
    """Draw an object on a background of a named colour."""
    while (content := asker.counted()).groups[0].count != 1:
        pass
    scene = asker.scene(content)
    numbers = iter(range(100))
    while not read_sentence(request := scene.speak(next(numbers), asker.phrasing)).background:
        pass
    return (Exchange((), request, said_plainly(content, request), scene),)


def _spoken(asker: Asker, scene: Scene) -> _Exchanges:
    request = scene.speak(0, asker.phrasing)
    return (Exchange((), request, said_plainly(scene.content, request), scene),)


def said_plainly(content: Content, request: str) -> str:
    """Return what is requested in the wording of captions."""
    place = content.place
    placed = bool(place) and any(words in request.lower() for words in PLACES[place])
    said = without_background(content)
    if placed:
        said = f"{said} {PLACES[place][0]}"
    if read_sentence(request).background:
        said = f"{said} on {with_article(content.background.words)} background"
    return said


def without_background(content: Content) -> str:
    return plain_caption(content).rpartition(" on a")[0]


def _film(asker: Asker) -> _Exchanges:
    film = make_film(asker.split, asker.seed, asker.number)
    request = film.speak(0, asker.phrasing)
    said = film.caption
    if film.content.background not in request.lower():
        said = said.rpartition(" on a")[0]
    return (Exchange((), request, said, film),)


def _sum(asker: Asker) -> _Exchanges:
    content = asker.counted()
    slot = "subtract" if asker.dice.chance(0.75) else "add"
    return _reckoned(asker, content, slot)


def _subtract(asker: Asker) -> _Exchanges:
    return _reckoned(asker, asker.counted(), "subtract")


def _reckoned(asker: Asker, content: Content, slot: str) -> _Exchanges:
    group = content.groups[0]
    if slot == "add" and group.count > 1:
        change = asker.dice.whole(1, group.count - 1)
        first = group.count - change
    else:
        slot, change = "subtract", asker.dice.whole(1, min(4, len(NUMBERS) - 1 - group.count))
        first = group.count + change
    words = {
        "x": asker.number_of(first),
        "y": asker.number_of(change),
        "nouns": noun_for(group.name, first),
        "was": "was" if first == 1 else "were",
        "is": "is" if change == 1 else "are",
    }
    request = asker.say(slot, **words)
    return (Exchange((), request, without_background(content), asker.scene(content)),)


def _again(asker: Asker) -> _Exchanges:
    """Draw the input image with one change."""
    while True:
        shown = draw_content(asker.split, "clear", asker.dice)
        if found := changed(asker, shown):
            content, request = found
            answer = plain_caption(content)
            given = asker.scene(shown, 1)
            return (Exchange((given,), request, answer, asker.scene(content)),)


def _fewer(asker: Asker) -> _Exchanges:
    """Draw the input image with fewer or more objects."""
    while True:
        shown = draw_content(asker.split, "clear", asker.dice)
        if found := changed_in_number(asker, shown, ("fewer", "more")):
            content, request = found
            given, made = asker.scene(shown, 1), asker.scene(content)
            return (Exchange((given,), request, plain_caption(content), made),)


def _next(asker: Asker) -> _Exchanges:
    """Draw a scene, then draw it again with a change."""
    while True:
        shown = asker.counted()
        if asker.dice.chance(0.7):
            found = changed_in_number(asker, shown, ("next fewer", "next more"))
        else:
            found = with_others(asker, shown, "next instead")
        if found:
            content, request = found
            drawn = asker.scene(shown, 1)
            first = without_background(shown)
            asked = drawn.speak(0, asker.phrasing)
            if read_sentence(asked).background:
                first, answer = plain_caption(shown), plain_caption(content)
            else:
                answer = without_background(content)
            return (
                Exchange((), asked, first, drawn),
                Exchange((), request, answer, asker.scene(content)),
            )


def _describe(asker: Asker) -> _Exchanges:
    scene = asker.scene()
    described = Exchange((scene,), asker.say("describe"), scene.caption)
    return (described, *_asked(asker, scene, 1))


def _ask(asker: Asker) -> _Exchanges:
    scene = asker.scene()
    first, *others = _asked(asker, scene, 3)
    return (replace(first, given=(scene,)), *others)


def _asked(asker: Asker, scene: Scene, count: int) -> list[Exchange]:
    """Sample questions about the scene, one for each sampled kind."""
    by_kind: dict[str, list[Exchange]] = {}
    for question in scene.ask(asker.phrasing):
        exchange = Exchange((), question.text, question.answer)
        by_kind.setdefault(question.kind, []).append(exchange)
    kinds = asker.dice.shuffled(sorted(by_kind))[:count]
    return [asker.dice.choose(by_kind[kind]) for kind in kinds]


def _mark(asker: Asker) -> _Exchanges:
    while True:
        content = draw_content(asker.split, "clear", asker.dice)
        group = content.groups[0]
        if group.count == 1:
            break
    scene = asker.scene(content)
    box = next(thing.box for thing in scene.things if thing.name == group.name)
    return (Exchange((scene,), asker.say("mark", noun=group.name), in_percent(box)),)


def _at(asker: Asker) -> _Exchanges:
    """Name the object inside the box in the request."""
    scene = asker.scene(draw_content(asker.split, "clear", asker.dice))
    thing = asker.dice.choose(scene.things)
    asked = asker.say("at", box=in_percent(thing.box))
    return (Exchange((scene,), asked, with_article(thing.name)),)


def in_percent(box: tuple[int, int, int, int]) -> str:
    """Format a box as left, top, right, bottom in percent."""
    return box_words(Box(*box), SIDE, SIDE)


def _left_over(asker: Asker) -> _Exchanges:
    content = asker.counted()
    group = content.groups[0]
    change = asker.dice.whole(1, min(3, group.count))
    words = {
        "y": asker.number_of(change),
        "nouns": KINDS[group.name].plural,
        "is": "is" if change == 1 else "are",
    }
    answer = str(group.count - change)
    return (Exchange((asker.scene(content),), asker.say("left over", **words), answer),)


def _describe_film(asker: Asker) -> _Exchanges:
    film = make_film(asker.split, asker.seed, asker.number)
    return (Exchange((film,), asker.say("describe film"), film.caption),)


def _describe_sound(asker: Asker) -> _Exchanges:
    sound = make_sound(asker.split, asker.seed, asker.number)
    return (Exchange((sound,), asker.say("describe sound"), sound.caption),)


def _sound(asker: Asker) -> _Exchanges:
    """Generate a sound from a request."""
    sound = make_sound(asker.split, asker.seed, asker.number)
    request = sound.speak(0, asker.phrasing)
    return (Exchange((), request, heard_plainly(sound.content, request), sound),)


def heard_plainly(content: SoundContent, request: str) -> str:
    """Return the sound's caption with the requested loudness and tempo only."""
    asked = read_sound(request)
    loudness = content.loudness if asked.loudness else None
    tempo = content.tempo if asked.tempo else None
    return plain_sound(replace(content, loudness=loudness, tempo=tempo, register=None))


def _sounds_like(asker: Asker) -> _Exchanges:
    """Generate the sound of the object in an image."""
    number = asker.number * 100
    while (sound := make_sound(asker.split, asker.seed, number)).content.name not in HEARD_AS:
        number += 1
    content = asker.counted()
    group = Group(HEARD_AS[sound.content.name], sound.content.times or 1)
    given = asker.scene(replace(content, groups=(group,)))
    request = asker.say("sounds like")
    return (Exchange((given,), request, heard_plainly(sound.content, request), sound),)


def _find(asker: Asker) -> _Exchanges:
    """Retrieve an image from a folder."""
    scene = make_scene(asker.split, asker.seed, asker.number, SIDE, "clear")
    said = scene.caption if asker.dice.chance(0.5) else without_background(scene.content)
    return (Exchange((), asker.say("find", words=said), said, scene, found=True),)


def _heard(asker: Asker) -> _Exchanges:
    """Draw the source of a sound, as many as the sound repeats."""
    number = asker.number * 100
    while (sound := make_sound(asker.split, asker.seed, number)).content.name not in HEARD_AS:
        number += 1
    group = Group(HEARD_AS[sound.content.name], sound.content.times or 1)
    content = Content("count", (group,), Background(asker.dice.choose(tuple(COLOURS))))
    answer = without_background(content)
    return (Exchange((sound,), asker.say("heard"), answer, asker.scene(content)),)


MAKERS: Mapping[str, Callable[[Asker], _Exchanges]] = {
    "draw": _draw,
    "sum": _sum,
    "subtract": _subtract,
    "again": _again,
    "fewer": _fewer,
    "next": _next,
    "describe": _describe,
    "ask": _ask,
    "mark": _mark,
    "left over": _left_over,
    "film": _film,
    "describe film": _describe_film,
    "describe sound": _describe_sound,
    "heard": _heard,
    "number": _number,
    "relation": _relation,
    "attribute": _attribute,
    "at": _at,
    "sound": _sound,
    "sounds like": _sounds_like,
    "find": _find,
}
"""The builder of each kind of dialogue."""
