"""Scores of a joint model on dialogues with exactly one correct answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from agent.joint.arithmetic_request import Term
from agent.joint.attention_probe import in_common
from agent.joint.dialogue import Exchange
from agent.joint.joint_model import JointMind
from agent.joint.joint_reply import Reply
from agent.joint.region_text import box_in
from evals.quality.video_quality import video_of
from evals.scoring.audio_scores import audio_of, claimed_in, heard_in
from evals.scoring.image_scores import SIDE
from evals.scoring.vision_scores import picture_of
from evals.world import Film, Scene, Sound
from evals.world.dialogue.dialogues import Dialogue, in_percent, make_dialogue
from evals.world.dialogue.dialogues import Exchange as AskedOf
from evals.world.images.drawing_scores import ground_colour, score_drawing
from evals.world.images.scene_claims import read_sentence
from evals.world.vocabulary import KINDS, with_article
from tools import Audio, Box, Boxes, Embedding, Image, Video
from tools.adapters.transformers.rt_detr import RtDetr
from tools.library.images.draw import ToldPainter
from tools.models.catalogue import Catalogue
from tools.models.residency.card_loader import open_model

SEED = 3_000


def medium_of(given: Scene | Film | Sound) -> Image | Video | Audio:
    """Convert a scene, film or sound to the tools' media type."""
    if isinstance(given, Scene):
        return picture_of(given)
    return video_of(given) if isinstance(given, Film) else audio_of(given)


def unmet_dialogues(kind: str, count: int) -> Iterator[Dialogue]:
    """Yield dialogues in phrasings and combinations held out from training."""
    return (make_dialogue(kind, "test", SEED, number) for number in range(count))


def replies_of(mind: JointMind, dialogue: Dialogue, seed: int = 0) -> list[Reply]:
    """Return the model's reply to each request, with its replies as history."""
    said: list[Exchange] = []
    replies: list[Reply] = []
    for exchange in dialogue.exchanges:
        media = tuple(map(medium_of, exchange.given))
        replies.append(mind.converse([*said, Exchange(media, exchange.request)], seed))
        said.append(Exchange(media, exchange.request, replies[-1].text))
    return replies


def fits(answer: str, found: Boxes) -> bool:
    """Return whether detected boxes match the counts and relations of an answer."""
    drawn = score_drawing(read_sentence(answer), found)
    return drawn.counts and drawn.relations is not False


def score_answers(mind: JointMind, kinds: Iterable[str], count: int) -> Mapping[str, float]:
    """Return the share of exactly matching answers by kind of dialogue."""
    scores: dict[str, float] = {}
    for kind in kinds:
        right = [
            reply.text == exchange.answer
            for dialogue in unmet_dialogues(kind, count)
            for reply, exchange in zip(replies_of(mind, dialogue), dialogue.exchanges, strict=True)
        ]
        scores[f"{kind}: right word for word"] = sum(right) / len(right)
    return scores


def score_drawn(mind: JointMind, kinds: Iterable[str], count: int) -> Mapping[str, float]:
    """Return the share of drawings in which the detector finds the request."""

    def told(dialogue: Dialogue, seed: int) -> Embedding | None:
        return replies_of(mind, dialogue, seed)[-1].told.get("image")

    return _drawn_rightly(mind, kinds, count, told, "drawn as asked for")


def score_told(mind: JointMind, kinds: Iterable[str], count: int) -> Mapping[str, float]:
    """Score drawings from the conditioning after the correct answer (teacher forcing)."""

    def told(dialogue: Dialogue, seed: int) -> Embedding:
        last = dialogue.exchanges[-1]
        asked = [Exchange(tuple(map(medium_of, last.given)), last.request)]
        return mind.tell(asked, last.answer, "image", seed)

    return _drawn_rightly(mind, kinds, count, told, "drawn as asked for, told the words")


def _drawn_rightly(
    mind: JointMind,
    kinds: Iterable[str],
    count: int,
    told_for: Callable[[Dialogue, int], Embedding | None],
    measure: str,
) -> Mapping[str, float]:
    painter, judge = open_judged(mind.network.shape.generators["image"].card)
    scores: dict[str, float] = {}
    for kind in kinds:
        right: list[bool] = []
        for seed, dialogue in enumerate(unmet_dialogues(kind, count)):
            told = told_for(dialogue, seed)
            wanted = dialogue.exchanges[-1].answer
            right.append(bool(told) and fits(wanted, judge.find(painter.paint_told(told, seed))))
        scores[f"{kind}: {measure}"] = sum(right) / len(right)
    return scores


def score_marked(mind: JointMind, count: int) -> Mapping[str, float]:
    """Return the share of boxes with an IoU of at least .5."""
    right: list[bool] = []
    for dialogue in unmet_dialogues("mark", count):
        box = box_in(replies_of(mind, dialogue)[-1].text)
        truth = box_in(dialogue.exchanges[-1].answer)
        assert truth
        right.append(box is not None and in_common(box, truth) >= 0.5)
    return {"mark: the right box": sum(right) / len(right)}


def score_looked(mind: JointMind, count: int) -> Mapping[str, float]:
    """Return how often attention is highest at an object asked about.

    The chance level follows each score. Images with only such objects are left out.
    """
    scores: dict[str, float] = {}
    for kind in ("ask", "at", "mark"):
        right: list[bool] = []
        by_chance: list[float] = []
        for dialogue in unmet_dialogues(kind, count):
            (scene,) = dialogue.exchanges[0].given
            assert isinstance(scene, Scene)
            for reply, exchange in zip(replies_of(mind, dialogue), dialogue.exchanges, strict=True):
                wanted = asked_about(exchange, scene)
                found = [
                    any(in_common(box, each) >= 0.5 for each in wanted)
                    for box in reply.looks[0].things
                    if box.label
                ]
                if any(found) and not all(found):
                    right.append(found[0])
                    by_chance.append(sum(found) / len(found))
        scores[f"{kind}: looked most at what is asked about"] = sum(right) / max(len(right), 1)
        scores[f"{kind}: the same by chance"] = sum(by_chance) / max(len(by_chance), 1)
    return scores


def asked_about(exchange: AskedOf, scene: Scene) -> list[Box]:
    """Return the objects that an exchange names, as boxes in percent."""
    marked = [thing for thing in scene.things if in_percent(thing.box) in exchange.request]
    said = f"{exchange.request} {exchange.answer}"
    named = [
        thing
        for thing in scene.things
        if re.search(rf"\b({thing.name}|{KINDS[thing.name].plural})\b", said)
    ]
    part = 100 / scene.size
    return [
        Box(left * part, top * part, right * part, bottom * part)
        for left, top, right, bottom in (thing.box for thing in marked or named)
    ]


def score_added(mind: JointMind, count: int) -> Mapping[str, float]:
    """Return the share of embedding sums that are drawn as expected."""
    painter, judge = open_judged(mind.network.shape.generators["image"].card)
    right: dict[str, list[bool]] = {}
    for number, (pictured, other, heard) in enumerate(
        zip(
            *(unmet_dialogues(kind, count) for kind in ("attribute", "number", "heard")),
            strict=True,
        )
    ):
        shown, wanted, made = pictured.made, other.made, heard.made
        assert isinstance(shown, Scene) and isinstance(wanted, Scene) and isinstance(made, Scene)
        picture, (thing,) = picture_of(shown), shown.counts
        (instead,), (source,) = wanted.counts, made.counts
        sound = medium_of(heard.exchanges[0].given[0])
        assert isinstance(sound, Audio)
        taken, given = (with_article(name) for name in (thing, instead))
        colour = wanted.content.background.colour
        ground = f"something on {with_article(colour)} background"

        def drawn(*terms: Term, seed: int = number) -> tuple[set[str], str]:
            image = painter.paint_told(mind.add(list(terms)).told["image"], seed)
            return {box.label for box in judge.find(image)}, ground_colour(image.array())

        kinds, _ = drawn(Term(1, picture), Term(-1, taken), Term(1, given))
        right.setdefault("another thing instead", []).append(kinds == {instead})
        kinds, behind = drawn(Term(1, sound), Term(1, ground))
        right.setdefault("a sound on a ground", []).append((kinds, behind) == ({source}, colour))
        kinds, behind = drawn(Term(1, picture), Term(1, ground))
        right.setdefault("a picture on a ground", []).append((kinds, behind) == ({thing}, colour))
        kinds, _ = drawn(Term(1, picture), Term(1, given))
        right.setdefault("two things", []).append(kinds == {thing, instead})
    return {f"added up, {name}": sum(each) / count for name, each in right.items()}


def score_played(mind: JointMind, kinds: Iterable[str], count: int) -> Mapping[str, float]:
    """Return the share of sounds that the classifier labels as requested."""
    catalogue = Catalogue.load()
    maker = open_model(catalogue["make_sound/sprites"])
    judge = open_model(catalogue["classify_sound/sprites"])
    scores: dict[str, float] = {}
    for kind in kinds:
        right: list[bool] = []
        for seed, dialogue in enumerate(unmet_dialogues(kind, count)):
            told = replies_of(mind, dialogue)[-1].told.get("audio")
            wanted = claimed_in(dialogue.exchanges[-1].answer)["kind"]
            heard = heard_in(judge, maker.sound_told(told, seed)) if told else {}
            right.append(heard.get("kind") == wanted)
        scores[f"{kind}: heard as asked for"] = sum(right) / len(right)
    return scores


def score_found(mind: JointMind, count: int) -> Mapping[str, float]:
    """Return the retrieval accuracy, and how often retrieval is chosen rightly."""
    finder = mind.network.shape.finder
    assert finder
    dialogues = list(unmet_dialogues("find", count))
    pictures = [medium_of(each.made) for each in dialogues if each.made]
    places = open_model(Catalogue.load()[finder.card]).vectors(pictures)
    sought = [replies_of(mind, dialogue)[-1].sought for dialogue in dialogues]
    right = [
        bool(each) and int((places @ each.array()[0]).argmax()) == number
        for number, each in enumerate(sought)
    ]
    drawn = [replies_of(mind, dialogue)[-1] for dialogue in unmet_dialogues("draw", count)]
    decided = [*map(bool, sought), *("image" in each.told and not each.sought for each in drawn)]
    return {
        f"find: the right one of {count}": sum(right) / count,
        "found or made, as asked for": sum(decided) / len(decided),
    }


def open_judged(painter: str = "draw/sprites") -> tuple[ToldPainter, RtDetr]:
    """Load a painter and the small detector that judges its drawings."""
    catalogue = Catalogue.load()
    card = catalogue[painter]
    # A full-size painter draws nothing useful at this size.
    size = {"side": str(SIDE)} if card.domain == "scene" else {}
    return open_model(card, **size), open_model(catalogue["detect/sprites"])
