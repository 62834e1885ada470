from itertools import islice

import pytest

from evals.world import make_scene, scenes
from evals.world.images.caption_scores import CaptionScore, report_captions, score_caption

CHAIR = make_scene("train", 0, 0)  # a chair inside a red circle on a black background
CUPS = make_scene("train", 0, 1)  # nine cups on a purple background


@pytest.mark.parametrize(
    ("caption", "score"),
    [
        (
            "a chair inside a red circle on a black background",
            CaptionScore(2, 2, 2, True, True, True),
        ),
        (
            "A box around a chair.",
            CaptionScore(1, 2, 2, False, False, False),
        ),
        (
            "two chairs and a circle on black",
            CaptionScore(2, 2, 2, False, False, True),
        ),
        ("", CaptionScore(0, 0, 2, False, False, False)),
    ],
)  # fmt: skip
def test_a_caption_is_scored_by_what_it_claims(caption: str, score: CaptionScore):
    assert score_caption(CHAIR, caption) == score


def test_where_nothing_stands_to_anything_no_relation_is_asked_for():
    assert score_caption(CUPS, "nine mugs").relations_right is None


def test_f1_counts_what_is_missing_and_what_is_made_up():
    assert score_caption(CHAIR, "a chair").f1 == pytest.approx(2 / 3)
    assert score_caption(CUPS, "nine cups and a dog").f1 == pytest.approx(2 / 3)
    assert score_caption(CUPS, "").f1 == 0


def test_true_captions_reach_every_score_and_captions_of_other_scenes_hardly_any():
    made = list(islice(scenes("test", 3), 300))
    right = report_captions(score_caption(scene, scene.caption) for scene in made)
    assert (right.captions, right.objects_f1, right.counts) == (300, 1.0, 1.0)
    assert (right.relations, right.background) == (1.0, 1.0)
    others = made[1:] + made[:1]
    wrong = report_captions(
        score_caption(scene, other.caption) for scene, other in zip(made, others, strict=True)
    )
    assert wrong.objects_f1 < 0.1 > wrong.counts
    assert wrong.relations < 0.1


def test_no_captions_score_nothing():
    assert report_captions([]).counts == 0.0
