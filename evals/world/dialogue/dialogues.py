"""Dialogues about scenes, films and sounds, with their only correct answers.

>>> dialogue = make_dialogue("subtract", "train", seed=0, number=1)
>>> dialogue.exchanges[-1].request, dialogue.exchanges[-1].answer
('there were eight bees and two are gone, show the rest', 'six bees')

A requested output comes as its ground truth: a scene with six bees, a film, or a sound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from agent.joint.region_text import format_box
from evals.world.audio.sound_content import SoundContent
from evals.world.audio.sound_sentences import plain_sound, read_sound
from evals.world.audio.sounds import Sound, make_sound
from evals.world.dialogue.dialogue_context import DIALOGUES, SIDE, DialogueContext, noun_for
from evals.world.dialogue.image_changes import change_content, change_count, replace_objects
from evals.world.images.scene_claims import read_sentence
from evals.world.images.scene_content import COLOURS, Background, Content, Group, draw_content
from evals.world.images.scene_sentences import plain_caption
from evals.world.images.scenes import Scene, make_scene
from evals.world.phrase_templates import Phrasing
from evals.world.seeded_random import SeededRandom
from evals.world.splits import Split, split_number
from evals.world.video.films import Film, make_film
from evals.world.vocabulary import KINDS, NUMBERS, PLACES, with_article
from tools import Box

WorldMedia = Scene | Film | Sound

SOUND_SOURCES: Mapping[str, str] = {
    "guitar": "guitar", "bell": "bell", "tick": "clock", "engine": "car", "buzz": "bee",
    "rain": "umbrella", "chirp": "chicken", "waves": "boat", "horn": "bus", "knock": "drum",
}  # fmt: skip
"""The object to draw for each sound."""


@dataclass(frozen=True)
class WorldExchange:
    """A request with its inputs, and the expected answer."""

    inputs: tuple[WorldMedia, ...]
    request: str
    answer: str
    output: WorldMedia | None = None
    """The scene, film or sound that the answer comes with."""
    is_retrieval: bool = False
    """Whether the output is retrieved from a folder instead of generated."""


@dataclass(frozen=True)
class Dialogue:
    """A sequence of exchanges of one kind."""

    kind: str
    exchanges: tuple[WorldExchange, ...]

    @property
    def output(self) -> WorldMedia | None:
        """The output of the last exchange."""
        return self.exchanges[-1].output


def make_dialogue(kind: str, split: Split, seed: int, number: int) -> Dialogue:
    """Create a dialogue; the same arguments always return the same one."""
    phrasing: Phrasing = "seen" if split == "train" else "unseen"
    key = (DIALOGUES, split_number(split), seed, number, tuple(DIALOGUE_BUILDERS).index(kind))
    return Dialogue(
        kind,
        DIALOGUE_BUILDERS[kind](DialogueContext(split, seed, number, phrasing, SeededRandom(*key))),
    )


_Exchanges = tuple[WorldExchange, ...]


def _draw(context: DialogueContext) -> _Exchanges:
    return _drawing_request(
        context, make_scene(context.split, context.seed, context.number, SIDE, "clear")
    )


def _number(context: DialogueContext) -> _Exchanges:
    """Draw one to nine objects of one kind."""
    return _drawing_request(context, context.scene(context.sample_counted()))


def _relation(context: DialogueContext) -> _Exchanges:
    while (content := draw_content(context.split, "clear", context.rng)).word == "":
        pass
    return _drawing_request(context, context.scene(content))


def _attribute(context: DialogueContext) -> _Exchanges:
    """Draw an object on a background of a named colour."""
    while (content := context.sample_counted()).groups[0].count != 1:
        pass
    scene = context.scene(content)
    numbers = iter(range(100))
    while not read_sentence(request := scene.speak(next(numbers), context.phrasing)).background:
        pass
    return (WorldExchange((), request, plain_answer(content, request), scene),)


def _drawing_request(context: DialogueContext, scene: Scene) -> _Exchanges:
    request = scene.speak(0, context.phrasing)
    return (WorldExchange((), request, plain_answer(scene.content, request), scene),)


def plain_answer(content: Content, request: str) -> str:
    """Return what is requested in the wording of captions."""
    place = content.place
    names_position = bool(place) and any(words in request.lower() for words in PLACES[place])
    answer = without_background(content)
    if names_position:
        answer = f"{answer} {PLACES[place][0]}"
    if read_sentence(request).background:
        answer = f"{answer} on {with_article(content.background.words)} background"
    return answer


def without_background(content: Content) -> str:
    return plain_caption(content).rpartition(" on a")[0]


def _film(context: DialogueContext) -> _Exchanges:
    film = make_film(context.split, context.seed, context.number)
    request = film.speak(0, context.phrasing)
    answer = film.caption
    if film.content.background not in request.lower():
        answer = answer.rpartition(" on a")[0]
    return (WorldExchange((), request, answer, film),)


def _sum(context: DialogueContext) -> _Exchanges:
    content = context.sample_counted()
    slot = "subtract" if context.rng.chance(0.75) else "add"
    return _arithmetic_exchange(context, content, slot)


def _subtract(context: DialogueContext) -> _Exchanges:
    return _arithmetic_exchange(context, context.sample_counted(), "subtract")


def _arithmetic_exchange(context: DialogueContext, content: Content, slot: str) -> _Exchanges:
    group = content.groups[0]
    if slot == "add" and group.count > 1:
        change = context.rng.integer(1, group.count - 1)
        first = group.count - change
    else:
        slot, change = "subtract", context.rng.integer(1, min(4, len(NUMBERS) - 1 - group.count))
        first = group.count + change
    words = {
        "x": context.number_words(first),
        "y": context.number_words(change),
        "nouns": noun_for(group.name, first),
        "was": "was" if first == 1 else "were",
        "is": "is" if change == 1 else "are",
    }
    request = context.fill_phrase(slot, **words)
    return (WorldExchange((), request, without_background(content), context.scene(content)),)


def _again(context: DialogueContext) -> _Exchanges:
    """Draw the input image with one change."""
    while True:
        original = draw_content(context.split, "clear", context.rng)
        if change := change_content(context, original):
            content, request = change
            answer = plain_caption(content)
            input_scene = context.scene(original, 1)
            return (WorldExchange((input_scene,), request, answer, context.scene(content)),)


def _fewer(context: DialogueContext) -> _Exchanges:
    """Draw the input image with fewer or more objects."""
    while True:
        original = draw_content(context.split, "clear", context.rng)
        if change := change_count(context, original, ("fewer", "more")):
            content, request = change
            input_scene, output_scene = context.scene(original, 1), context.scene(content)
            return (WorldExchange((input_scene,), request, plain_caption(content), output_scene),)


def _next(context: DialogueContext) -> _Exchanges:
    """Draw a scene, then draw it again with a change."""
    while True:
        original = context.sample_counted()
        if context.rng.chance(0.7):
            change = change_count(context, original, ("next fewer", "next more"))
        else:
            change = replace_objects(context, original, "next instead")
        if change:
            content, request = change
            first_scene = context.scene(original, 1)
            first_answer = without_background(original)
            first_request = first_scene.speak(0, context.phrasing)
            if read_sentence(first_request).background:
                first_answer, answer = plain_caption(original), plain_caption(content)
            else:
                answer = without_background(content)
            return (
                WorldExchange((), first_request, first_answer, first_scene),
                WorldExchange((), request, answer, context.scene(content)),
            )


def _describe(context: DialogueContext) -> _Exchanges:
    scene = context.scene()
    description = WorldExchange((scene,), context.fill_phrase("describe"), scene.caption)
    return (description, *_sample_questions(context, scene, 1))


def _ask(context: DialogueContext) -> _Exchanges:
    scene = context.scene()
    first, *others = _sample_questions(context, scene, 3)
    return (replace(first, inputs=(scene,)), *others)


def _sample_questions(context: DialogueContext, scene: Scene, count: int) -> list[WorldExchange]:
    """Sample questions about the scene, one for each sampled kind."""
    by_kind: dict[str, list[WorldExchange]] = {}
    for question in scene.ask(context.phrasing):
        exchange = WorldExchange((), question.text, question.answer)
        by_kind.setdefault(question.kind, []).append(exchange)
    kinds = context.rng.shuffled(sorted(by_kind))[:count]
    return [context.rng.choose(by_kind[kind]) for kind in kinds]


def _mark(context: DialogueContext) -> _Exchanges:
    while True:
        content = draw_content(context.split, "clear", context.rng)
        group = content.groups[0]
        if group.count == 1:
            break
    scene = context.scene(content)
    box = next(thing.box for thing in scene.things if thing.name == group.name)
    return (
        WorldExchange(
            (scene,), context.fill_phrase("mark", noun=group.name), format_percent_box(box)
        ),
    )


def _at(context: DialogueContext) -> _Exchanges:
    """Name the object inside the box in the request."""
    scene = context.scene(draw_content(context.split, "clear", context.rng))
    thing = context.rng.choose(scene.things)
    request = context.fill_phrase("at", box=format_percent_box(thing.box))
    return (WorldExchange((scene,), request, with_article(thing.name)),)


def format_percent_box(box: tuple[int, int, int, int]) -> str:
    """Format a box as left, top, right, bottom in percent."""
    return format_box(Box(*box), SIDE, SIDE)


def _left_over(context: DialogueContext) -> _Exchanges:
    content = context.sample_counted()
    group = content.groups[0]
    change = context.rng.integer(1, min(3, group.count))
    words = {
        "y": context.number_words(change),
        "nouns": KINDS[group.name].plural,
        "is": "is" if change == 1 else "are",
    }
    answer = str(group.count - change)
    return (
        WorldExchange((context.scene(content),), context.fill_phrase("left over", **words), answer),
    )


def _describe_film(context: DialogueContext) -> _Exchanges:
    film = make_film(context.split, context.seed, context.number)
    return (WorldExchange((film,), context.fill_phrase("describe film"), film.caption),)


def _describe_sound(context: DialogueContext) -> _Exchanges:
    sound = make_sound(context.split, context.seed, context.number)
    return (WorldExchange((sound,), context.fill_phrase("describe sound"), sound.caption),)


def _sound(context: DialogueContext) -> _Exchanges:
    """Generate a sound from a request."""
    sound = make_sound(context.split, context.seed, context.number)
    request = sound.speak(0, context.phrasing)
    return (WorldExchange((), request, plain_sound_answer(sound.content, request), sound),)


def plain_sound_answer(content: SoundContent, request: str) -> str:
    """Return the sound's caption with the requested loudness and tempo only."""
    claims = read_sound(request)
    loudness = content.loudness if claims.loudness else None
    tempo = content.tempo if claims.tempo else None
    return plain_sound(replace(content, loudness=loudness, tempo=tempo, register=None))


def _sounds_like(context: DialogueContext) -> _Exchanges:
    """Generate the sound of the object in an image."""
    number = context.number * 100
    while (
        sound := make_sound(context.split, context.seed, number)
    ).content.name not in SOUND_SOURCES:
        number += 1
    content = context.sample_counted()
    group = Group(SOUND_SOURCES[sound.content.name], sound.content.times or 1)
    input_scene = context.scene(replace(content, groups=(group,)))
    request = context.fill_phrase("sounds like")
    return (
        WorldExchange((input_scene,), request, plain_sound_answer(sound.content, request), sound),
    )


def _find(context: DialogueContext) -> _Exchanges:
    """Retrieve an image from a folder."""
    scene = make_scene(context.split, context.seed, context.number, SIDE, "clear")
    description = scene.caption if context.rng.chance(0.5) else without_background(scene.content)
    return (
        WorldExchange(
            (),
            context.fill_phrase("find", words=description),
            description,
            scene,
            is_retrieval=True,
        ),
    )


def _draw_sound_source(context: DialogueContext) -> _Exchanges:
    """Draw the source of a sound, as many as the sound repeats."""
    number = context.number * 100
    while (
        sound := make_sound(context.split, context.seed, number)
    ).content.name not in SOUND_SOURCES:
        number += 1
    group = Group(SOUND_SOURCES[sound.content.name], sound.content.times or 1)
    content = Content("count", (group,), Background(context.rng.choose(tuple(COLOURS))))
    answer = without_background(content)
    return (WorldExchange((sound,), context.fill_phrase("heard"), answer, context.scene(content)),)


DIALOGUE_BUILDERS: Mapping[str, Callable[[DialogueContext], _Exchanges]] = {
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
    "heard": _draw_sound_source,
    "number": _number,
    "relation": _relation,
    "attribute": _attribute,
    "at": _at,
    "sound": _sound,
    "sounds like": _sounds_like,
    "find": _find,
}
"""The builder of each kind of dialogue."""
