"""Scores of a joint model on dialogues with exactly one correct answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from agent.joint.arithmetic_request import Term
from agent.joint.dialogue import Exchange
from agent.joint.joint_model import JointModel
from agent.joint.joint_reply import JointReply
from agent.joint.region_text import parse_box
from evals.quality.video_quality import film_video
from evals.scoring.audio_scores import claimed_labels, predict_labels, to_audio
from evals.scoring.image_scores import SIDE
from evals.scoring.vision_scores import to_image
from evals.user_catalogue import user_catalogue
from evals.world import Film, Scene, Sound
from evals.world.dialogue.dialogues import Dialogue, format_percent_box, make_dialogue
from evals.world.dialogue.dialogues import WorldExchange as WorldExchange
from evals.world.images.drawing_scores import background_colour, score_drawing
from evals.world.images.scene_claims import read_sentence
from evals.world.vocabulary import KINDS, with_article
from tools import Audio, Box, Boxes, Embedding, Image, Video
from tools.adapters.transformers.rt_detr import RtDetr
from tools.library.images.draw import ConditionedPainter
from tools.models.residency.card_loader import open_model

SEED = 3_000


def to_media(sample: Scene | Film | Sound) -> Image | Video | Audio:
    """Convert a scene, film or sound to the tools' media type."""
    if isinstance(sample, Scene):
        return to_image(sample)
    return film_video(sample) if isinstance(sample, Film) else to_audio(sample)


def held_out_dialogues(kind: str, count: int) -> Iterator[Dialogue]:
    """Yield dialogues in phrasings and combinations held out from training."""
    return (make_dialogue(kind, "test", SEED, number) for number in range(count))


def run_dialogue(model: JointModel, dialogue: Dialogue, seed: int = 0) -> list[JointReply]:
    """Return the model's reply to each request, with its replies as history."""
    history: list[Exchange] = []
    replies: list[JointReply] = []
    for exchange in dialogue.exchanges:
        media = tuple(map(to_media, exchange.inputs))
        replies.append(model.converse([*history, Exchange(media, exchange.request)], seed))
        history.append(Exchange(media, exchange.request, replies[-1].text))
    return replies


def matches_answer(answer: str, boxes: Boxes) -> bool:
    """Return whether detected boxes match the counts and relations of an answer."""
    score = score_drawing(read_sentence(answer), boxes)
    return score.counts and score.relations is not False


def score_answers(model: JointModel, kinds: Iterable[str], count: int) -> Mapping[str, float]:
    """Return the share of exactly matching answers by kind of dialogue."""
    scores: dict[str, float] = {}
    for kind in kinds:
        correct = [
            reply.text == exchange.answer
            for dialogue in held_out_dialogues(kind, count)
            for reply, exchange in zip(
                run_dialogue(model, dialogue), dialogue.exchanges, strict=True
            )
        ]
        scores[f"{kind}: right word for word"] = sum(correct) / len(correct)
    return scores


def score_drawings(model: JointModel, kinds: Iterable[str], count: int) -> Mapping[str, float]:
    """Return the share of drawings in which the detector finds the request."""

    def reply_conditioning(dialogue: Dialogue, seed: int) -> Embedding | None:
        return run_dialogue(model, dialogue, seed)[-1].conditioning.get("image")

    return _score_drawings(model, kinds, count, reply_conditioning, "drawn as asked for")


def score_conditioned_drawings(
    model: JointModel, kinds: Iterable[str], count: int
) -> Mapping[str, float]:
    """Score drawings from the conditioning after the correct answer (teacher forcing)."""

    def answer_conditioning(dialogue: Dialogue, seed: int) -> Embedding:
        last = dialogue.exchanges[-1]
        history = [Exchange(tuple(map(to_media, last.inputs)), last.request)]
        return model.predict_conditioning(history, last.answer, "image", seed)

    return _score_drawings(
        model, kinds, count, answer_conditioning, "drawn as asked for, told the words"
    )


def _score_drawings(
    model: JointModel,
    kinds: Iterable[str],
    count: int,
    conditioning_for: Callable[[Dialogue, int], Embedding | None],
    measure: str,
) -> Mapping[str, float]:
    painter, judge = open_painter_and_judge(model.network.shape.generators["image"].card)
    scores: dict[str, float] = {}
    for kind in kinds:
        correct: list[bool] = []
        for seed, dialogue in enumerate(held_out_dialogues(kind, count)):
            conditioning = conditioning_for(dialogue, seed)
            answer = dialogue.exchanges[-1].answer
            correct.append(
                bool(conditioning)
                and matches_answer(
                    answer, judge.find(painter.paint_from_embedding(conditioning, seed))
                )
            )
        scores[f"{kind}: {measure}"] = sum(correct) / len(correct)
    return scores


def score_boxes(model: JointModel, count: int) -> Mapping[str, float]:
    """Return the share of boxes with an IoU of at least .5."""
    correct: list[bool] = []
    for dialogue in held_out_dialogues("mark", count):
        box = parse_box(run_dialogue(model, dialogue)[-1].text)
        truth = parse_box(dialogue.exchanges[-1].answer)
        assert truth
        correct.append(box is not None and box.iou(truth) >= 0.5)
    return {"mark: the right box": sum(correct) / len(correct)}


def score_attention(model: JointModel, count: int) -> Mapping[str, float]:
    """Return how often attention is highest at an object asked about.

    The chance level follows each score. Images with only such objects are left out.
    """
    scores: dict[str, float] = {}
    for kind in ("ask", "at", "mark"):
        correct: list[bool] = []
        by_chance: list[float] = []
        for dialogue in held_out_dialogues(kind, count):
            (scene,) = dialogue.exchanges[0].inputs
            assert isinstance(scene, Scene)
            for reply, exchange in zip(
                run_dialogue(model, dialogue), dialogue.exchanges, strict=True
            ):
                targets = target_boxes(exchange, scene)
                hits = [
                    any(box.iou(target) >= 0.5 for target in targets)
                    for box in reply.attention[0].objects
                    if box.label
                ]
                if any(hits) and not all(hits):
                    correct.append(hits[0])
                    by_chance.append(sum(hits) / len(hits))
        scores[f"{kind}: looked most at what is asked about"] = sum(correct) / max(len(correct), 1)
        scores[f"{kind}: the same by chance"] = sum(by_chance) / max(len(by_chance), 1)
    return scores


def target_boxes(exchange: WorldExchange, scene: Scene) -> list[Box]:
    """Return the objects that an exchange names, as boxes in percent."""
    marked = [thing for thing in scene.things if format_percent_box(thing.box) in exchange.request]
    text = f"{exchange.request} {exchange.answer}"
    named = [
        thing
        for thing in scene.things
        if re.search(rf"\b({thing.name}|{KINDS[thing.name].plural})\b", text)
    ]
    percent = 100 / scene.size
    return [
        Box(left * percent, top * percent, right * percent, bottom * percent)
        for left, top, right, bottom in (thing.box for thing in marked or named)
    ]


def score_arithmetic(model: JointModel, count: int) -> Mapping[str, float]:
    """Return the share of embedding sums that are drawn as expected."""
    painter, judge = open_painter_and_judge(model.network.shape.generators["image"].card)
    correct: dict[str, list[bool]] = {}
    for number, (image_dialogue, other_dialogue, sound_dialogue) in enumerate(
        zip(
            *(held_out_dialogues(kind, count) for kind in ("attribute", "number", "heard")),
            strict=True,
        )
    ):
        image_scene, other_scene, sound_scene = (
            image_dialogue.made,
            other_dialogue.made,
            sound_dialogue.made,
        )
        assert (
            isinstance(image_scene, Scene)
            and isinstance(other_scene, Scene)
            and isinstance(sound_scene, Scene)
        )
        image, (thing,) = to_image(image_scene), image_scene.counts
        (other_thing,), (source,) = other_scene.counts, sound_scene.counts
        audio = to_media(sound_dialogue.exchanges[0].given[0])
        assert isinstance(audio, Audio)
        thing_words, other_words = (with_article(name) for name in (thing, other_thing))
        colour = other_scene.content.background.colour
        background_words = f"something on {with_article(colour)} background"

        def draw_sum(*terms: Term, seed: int = number) -> tuple[set[str], str]:
            drawing = painter.paint_from_embedding(
                model.add(list(terms)).conditioning["image"], seed
            )
            return {box.label for box in judge.find(drawing)}, background_colour(drawing.array())

        kinds, _ = draw_sum(Term(1, image), Term(-1, thing_words), Term(1, other_words))
        correct.setdefault("another thing instead", []).append(kinds == {other_thing})
        kinds, background = draw_sum(Term(1, audio), Term(1, background_words))
        correct.setdefault("a sound on a ground", []).append(
            (kinds, background) == ({source}, colour)
        )
        kinds, background = draw_sum(Term(1, image), Term(1, background_words))
        correct.setdefault("a picture on a ground", []).append(
            (kinds, background) == ({thing}, colour)
        )
        kinds, _ = draw_sum(Term(1, image), Term(1, other_words))
        correct.setdefault("two things", []).append(kinds == {thing, other_thing})
    return {f"added up, {name}": sum(answers) / count for name, answers in correct.items()}


def score_sounds(model: JointModel, kinds: Iterable[str], count: int) -> Mapping[str, float]:
    """Return the share of sounds that the classifier labels as requested."""
    catalogue = user_catalogue()
    maker = open_model(catalogue["make_sound/sprites"])
    judge = open_model(catalogue["classify_sound/sprites"])
    scores: dict[str, float] = {}
    for kind in kinds:
        correct: list[bool] = []
        for seed, dialogue in enumerate(held_out_dialogues(kind, count)):
            conditioning = run_dialogue(model, dialogue)[-1].conditioning.get("audio")
            target = claimed_labels(dialogue.exchanges[-1].answer)["kind"]
            labels = (
                predict_labels(judge, maker.sound_from_embedding(conditioning, seed))
                if conditioning
                else {}
            )
            correct.append(labels.get("kind") == target)
        scores[f"{kind}: heard as asked for"] = sum(correct) / len(correct)
    return scores


def score_retrieval(model: JointModel, count: int) -> Mapping[str, float]:
    """Return the retrieval accuracy, and how often retrieval is chosen rightly."""
    retriever = model.network.shape.retriever
    assert retriever
    dialogues = list(held_out_dialogues("find", count))
    images = [to_media(item.output) for item in dialogues if item.output]
    vectors = open_model(user_catalogue()[retriever.card]).vectors(images)
    queries = [run_dialogue(model, dialogue)[-1].query for dialogue in dialogues]
    correct = [
        bool(each) and int((vectors @ each.array()[0]).argmax()) == number
        for number, each in enumerate(queries)
    ]
    draw_replies = [
        run_dialogue(model, dialogue)[-1] for dialogue in held_out_dialogues("draw", count)
    ]
    decisions = [
        *map(bool, queries),
        *("image" in each.conditioning and not each.query for each in draw_replies),
    ]
    return {
        f"find: the right one of {count}": sum(correct) / count,
        "found or made, as asked for": sum(decisions) / len(decisions),
    }


def open_painter_and_judge(painter: str = "draw/sprites") -> tuple[ConditionedPainter, RtDetr]:
    """Load a painter and the small detector that judges its drawings."""
    catalogue = user_catalogue()
    card = catalogue[painter]
    # A full-size painter draws nothing useful at this size.
    size = {"side": str(SIDE)} if card.domain == "scene" else {}
    return open_model(card, **size), open_model(catalogue["detect/sprites"])
