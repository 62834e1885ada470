"""How well a joint model answers dialogues whose only right answers are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from agent.joint.dialogue import Exchange
from agent.joint.mind import JointMind
from agent.joint.reply import Reply, box_in
from evals.hearing import audio_of, claimed_in, heard_in
from evals.painting import SIDE
from evals.quality.films import video_of
from evals.seeing import picture_of
from evals.world import Film, Scene, Sound
from evals.world.dialogues import Dialogue, make_dialogue
from evals.world.drawings import score_drawing
from evals.world.reading import read_sentence
from tools import Audio, Box, Boxes, Image, Video
from tools.adapters.rt_detr import RtDetr
from tools.adapters.scene_layers import SceneLayers
from tools.card_loader import open_model
from tools.cards import Catalogue

SEED = 3_000


def medium_of(given: Scene | Film | Sound) -> Image | Video | Audio:
    """What the world shows or plays, as a person would hand it in."""
    if isinstance(given, Scene):
        return picture_of(given)
    return video_of(given) if isinstance(given, Film) else audio_of(given)


def unmet_dialogues(kind: str, count: int) -> Iterator[Dialogue]:
    """Dialogues in phrasings, and for combinations, that no training has met."""
    return (make_dialogue(kind, "test", SEED, number) for number in range(count))


def replies_of(mind: JointMind, dialogue: Dialogue) -> list[Reply]:
    """What the model answers to each request of a dialogue, remembering its own answers."""
    said: list[Exchange] = []
    replies: list[Reply] = []
    for exchange in dialogue.exchanges:
        media = tuple(map(medium_of, exchange.given))
        replies.append(mind.converse([*said, Exchange(media, exchange.request)]))
        said.append(Exchange(media, exchange.request, replies[-1].text))
    return replies


def fits(answer: str, found: Boxes) -> bool:
    """Whether a picture shows as many of everything as the right answer says, where it says."""
    drawn = score_drawing(read_sentence(answer), found)
    return drawn.counts and drawn.relations is not False


def score_answers(mind: JointMind, kinds: Iterable[str], count: int) -> Mapping[str, float]:
    """Shares of answers that are right word for word, by kind of dialogue."""
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
    """Shares of requests after which the small detector finds in the drawing what was asked for."""
    painter, judge = open_judged()
    scores: dict[str, float] = {}
    for kind in kinds:
        right: list[bool] = []
        for seed, dialogue in enumerate(unmet_dialogues(kind, count)):
            told = replies_of(mind, dialogue)[-1].told.get("image")
            wanted = dialogue.exchanges[-1].answer
            right.append(bool(told) and fits(wanted, judge.find(painter.paint_told(told, seed))))
        scores[f"{kind}: drawn as asked for"] = sum(right) / len(right)
    return scores


def score_told(mind: JointMind, kinds: Sequence[str], count: int) -> Mapping[str, float]:
    """The same for drawings from signals after the right words, whatever the model would say."""
    painter, judge = open_judged()
    scores: dict[str, float] = {}
    for kind in kinds:
        right: list[bool] = []
        for seed, dialogue in enumerate(unmet_dialogues(kind, count)):
            last = dialogue.exchanges[-1]
            asked = [Exchange(tuple(map(medium_of, last.given)), last.request)]
            told = mind.tell(asked, last.answer, "image")
            right.append(fits(last.answer, judge.find(painter.paint_told(told, seed))))
        scores[f"{kind}: drawn as asked for, told the words"] = sum(right) / len(right)
    return scores


def score_marked(mind: JointMind, count: int) -> Mapping[str, float]:
    """Shares of boxes of which at least half is common with the right one (IoU)."""
    right: list[bool] = []
    for dialogue in unmet_dialogues("mark", count):
        box = box_in(replies_of(mind, dialogue)[-1].text)
        truth = box_in(dialogue.exchanges[-1].answer)
        assert truth
        right.append(box is not None and in_common(box, truth) >= 0.5)
    return {"mark: the right box": sum(right) / len(right)}


def in_common(first: Box, second: Box) -> float:
    """Which share of all that two boxes cover both do."""
    width = min(first.right, second.right) - max(first.left, second.left)
    height = min(first.bottom, second.bottom) - max(first.top, second.top)
    both = max(width, 0) * max(height, 0)
    areas = [(box.right - box.left) * (box.bottom - box.top) for box in (first, second)]
    return both / (sum(areas) - both)


def score_played(mind: JointMind, kinds: Iterable[str], count: int) -> Mapping[str, float]:
    """Shares of sounds in which the small listener hears what should sound."""
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
    """How often the right one of so many pictures is found, and whether it is looked for at all."""
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


def open_judged() -> tuple[SceneLayers, RtDetr]:
    """The small painter, and the small detector that judges what it draws."""
    catalogue = Catalogue.load()
    return (
        open_model(catalogue["draw/sprites"], side=str(SIDE)),
        open_model(catalogue["detect/sprites"]),
    )
