"""How well a joint model answers dialogues whose only right answers are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from agent.joint.dialogue import Exchange
from agent.joint.mind import JointMind
from agent.joint.reply import Reply
from evals.hearing import audio_of
from evals.painting import SIDE
from evals.quality.films import video_of
from evals.seeing import picture_of
from evals.world import Film, Scene, Sound
from evals.world.dialogues import Dialogue, make_dialogue
from evals.world.drawings import score_drawing
from evals.world.reading import read_sentence
from tools import Audio, Boxes, Image, Video
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


def open_judged() -> tuple[SceneLayers, RtDetr]:
    """The small painter, and the small detector that judges what it draws."""
    catalogue = Catalogue.load()
    return (
        open_model(catalogue["draw/sprites"], side=str(SIDE)),
        open_model(catalogue["detect/sprites"]),
    )
