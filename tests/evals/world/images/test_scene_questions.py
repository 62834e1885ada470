import re
from collections import Counter
from itertools import islice

from evals.world import make_scene, scenes
from evals.world.images.scene_claims import normalise_relations, read_sentence
from evals.world.images.scene_questions import QUESTION_KINDS
from evals.world.phrase_templates import templates
from evals.world.vocabulary import KINDS


def asked(kind: str, count: int = 800):
    for scene in islice(scenes("train", 9), count):
        for question in scene.questions:
            if question.kind == kind:
                yield scene, question


def test_every_kind_of_question_is_asked_in_every_split():
    for split in ("train", "validation", "test"):
        kinds = {q.kind for scene in islice(scenes(split, 3), 60) for q in scene.questions}
        assert kinds == set(QUESTION_KINDS)


def test_how_many_is_answered_by_the_number_of_things_in_the_picture():
    names = {kind.plural: name for name, kind in KINDS.items()}
    answers = Counter[str]()
    for scene, question in asked("how many"):
        plural = next(p for p in sorted(names, key=len, reverse=True) if p in question.text)
        there = [thing for thing in scene.things if thing.name == names[plural]]
        assert question.answer == str(len(there))
        answers[question.answer] += 1
    assert set(answers) == set("0123456789")


def test_yes_and_no_are_about_equally_often_right_and_agree_with_the_scene():
    answers = Counter[str]()
    for scene, question in asked("yes or no"):
        claimed = read_sentence(re.sub(r"^(is|are) ", "", question.text))
        # "Is there a dog?" asks whether there is any.
        true = claimed.counts.keys() <= scene.counts.keys()
        true = true and all(
            number in (None, 1, scene.counts[name]) for name, number in claimed.counts.items()
        )
        true = true and claimed.relations <= normalise_relations(frozenset(scene.relations))
        assert question.answer == ("yes" if true else "no"), question.text
        answers[question.answer] += 1
    assert 0.4 < answers["yes"] / answers.total() < 0.6


def parts_of(text: str) -> tuple[str, str]:
    """The thing whose place is asked for, and the one it is seen from."""
    for template in templates("question where from", "seen"):
        pattern = re.escape(template)
        for slot, found in (
            ("is", "(?:is|are)"),
            ("noun", "(?P<noun>.+)"),
            ("other", "(?P<other>.+)"),
        ):
            pattern = pattern.replace(re.escape(f"{{{slot}}}"), found)
        if match := re.fullmatch(pattern, text):
            return match["noun"], match["other"]
    raise AssertionError(text)


def test_where_is_answered_by_a_place_or_by_the_side_of_something_else():
    for scene, question in asked("where"):
        if len(read_sentence(question.text).counts) == 1:
            assert question.answer == scene.things[0].place
            continue
        thing, other = (next(iter(read_sentence(part).counts)) for part in parts_of(question.text))
        assert (thing, question.answer, (other,)) in {
            (r.subject, r.word, r.objects) for r in scene.relations
        }


def test_unseen_questions_ask_the_same_in_other_words():
    scene = make_scene("test", 1, 2)
    seen, unseen = scene.questions, scene.ask("unseen")
    assert [q.answer for q in seen] == [q.answer for q in unseen]
    assert not {q.text for q in seen} & {q.text for q in unseen}


def test_a_scene_is_asked_about_in_these_ways():
    scene = make_scene("train", 0, 0)
    assert scene.caption == "a chair inside a red circle on a black background"
    assert [(q.kind, q.answer) for q in scene.questions] == [
        ("what", "chair"),
        ("how many", "1"),
        ("how many", "1"),
        ("colour", "black"),
        ("colour", "brown"),
        ("colour", "red"),
        ("where", "inside"),
        ("yes or no", "no"),
    ]
