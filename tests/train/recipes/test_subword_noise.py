import numpy as np

from train.recipes.piece_tokenizer import piece_tokenizer
from train.recipes.subword_noise import tokenize_with_noise

TEXTS = ["a dog running to the left", "an apple falling upwards", "the left wing", ""]


def test_most_words_are_read_whole_and_some_in_parts_that_make_them_up():
    tokens = piece_tokenizer(TEXTS * 50, 30, 200)
    chance = np.random.default_rng(0)
    read: list[str] = []
    for _ in range(200):
        words, spoken = tokenize_with_noise(["upwards"], tokens, 30, chance)
        read.append(" ".join(tokens.convert_ids_to_tokens(words[0][spoken[0]].tolist())))

    assert read.count("[CLS] upwards") > 150
    assert len(set(read)) > 5
    alone = [text for text in read if text.replace(" ##", "") == "[CLS] upwards"]
    assert len(alone) > 170


def test_shorter_sentences_are_filled_up_and_longer_ones_cut():
    tokens = piece_tokenizer(TEXTS * 50, 30, 200)

    words, spoken = tokenize_with_noise(TEXTS, tokens, 5, np.random.default_rng(1))

    assert words.shape == spoken.shape == (4, 5)
    assert spoken.sum(dim=1).tolist() == [5, 5, 4, 1]
    assert (words[:, 0] == tokens.cls_token_id).all()


def test_words_are_read_alike_after_a_pipeline_has_filled_texts_up():
    tokens = piece_tokenizer(TEXTS * 50, 30, 200)
    before, _ = tokenize_with_noise(TEXTS, tokens, 30, np.random.default_rng(1))

    tokens("the left", padding="max_length", max_length=30, truncation=True)
    after, _ = tokenize_with_noise(TEXTS, tokens, 30, np.random.default_rng(1))

    assert after.tolist() == before.tolist()
