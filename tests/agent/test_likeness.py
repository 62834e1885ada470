from agent.likeness import Likeness

KNOWN = Likeness(["How many dogs are there?", "Make it grey", "Make it larger"])


def test_the_same_words_are_wholly_alike_whatever_their_case_and_marks() -> None:
    assert round(KNOWN.to("make it GREY!")[1], 6) == 1


def test_nothing_in_common_is_nothing_alike() -> None:
    assert KNOWN.to("zzz") == [0, 0, 0]
    assert KNOWN.to("") == [0, 0, 0]


def test_a_rare_word_counts_more_than_common_ones() -> None:
    _, grey, larger = KNOWN.to("it should be grey")
    assert grey > 2 * larger > 0


def test_a_word_with_a_slip_is_still_like_itself() -> None:
    dogs, grey, _ = KNOWN.to("hwo many dgos are theer")
    assert dogs > grey
