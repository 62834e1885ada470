from agent.planner.similarity import SimilarityIndex

KNOWN = SimilarityIndex(
    ["How many dogs are there?", "Make it grey", "Make it larger"], ["count", "grey", "enlarge"]
)


def test_the_same_words_are_wholly_alike_whatever_their_case_and_marks() -> None:
    assert round(KNOWN.similarity("make it GREY!")[1], 6) == 1


def test_nothing_in_common_is_nothing_alike() -> None:
    assert KNOWN.similarity("zzz") == [0, 0, 0]
    assert KNOWN.similarity("") == [0, 0, 0]


def test_a_rare_word_counts_more_than_common_ones() -> None:
    _, grey, larger = KNOWN.similarity("it should be grey")
    assert grey > 2 * larger > 0


def test_a_word_that_tells_what_is_wanted_counts_more_than_a_thing_as_rare() -> None:
    known = ["cut out the dog", "cut out the cat", "draw the dog", "draw the cat"]
    _, cut_cat, drawn_dog, _ = SimilarityIndex(known, ["cut", "cut", "draw", "draw"]).similarity(
        "cut out a dog"
    )
    assert cut_cat > drawn_dog


def test_a_word_with_a_slip_is_still_like_itself() -> None:
    dogs, grey, _ = KNOWN.similarity("hwo many dgos are theer")
    assert dogs > grey
