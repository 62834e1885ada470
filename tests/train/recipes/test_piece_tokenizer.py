from train.recipes.piece_tokenizer import piece_tokenizer

TEXTS = ["a dog running to the left", "a bee flying upwards", "an apple falling downwards"]


def test_the_same_texts_always_give_the_same_pieces():
    first, *others = (piece_tokenizer(TEXTS, 30, 70).get_vocab() for _ in range(5))

    assert all(other == first for other in others)


def test_words_that_were_never_read_are_read_in_parts():
    tokens = piece_tokenizer(TEXTS * 50, 30, 200)

    assert tokens.tokenize("A dog running leftwards") == ["a", "dog", "running", "left", "##wards"]
