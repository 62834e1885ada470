"""The tokenizer of the small models: one token for each word of the world."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING

from evals.world.content import draw_content
from evals.world.dice import Dice
from evals.world.sentences import speak
from evals.world.vocabulary import KINDS, NUMBERS

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

START, UNKNOWN, PADDING = "[CLS]", "[UNK]", "[PAD]"
CONTINUED = "##"
"""Before a part of a word that does not begin it."""
SENTENCES = 20_000
"""Enough for every word that training can bring to have been said."""


def _sentence(dice: Dice) -> str:
    return speak(draw_content("train", "clear", dice), "seen", dice)


def word_tokenizer(longest: int) -> PreTrainedTokenizerFast:
    """Splits a text into the words of the world, in lower case; others are unknown to it."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    split = pre_tokenizers.Split(Regex(r"\w+|[^\w\s]"), "removed", invert=True)
    said = (_sentence(Dice(number)) for number in range(SENTENCES))
    named = (word for kind in KINDS.items() for word in (kind[0], kind[1].plural))
    words = {
        word
        for text in chain(said, named, NUMBERS, map(str, range(len(NUMBERS))))
        for word, _ in split.pre_tokenize_str(text.lower())
    }
    vocabulary = [PADDING, UNKNOWN, START, *sorted(words)]
    tokenizer = Tokenizer(
        models.WordLevel({word: number for number, word in enumerate(vocabulary)}, UNKNOWN)
    )
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = split
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A", special_tokens=[(START, vocabulary.index(START))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=longest,
        cls_token=START,
        unk_token=UNKNOWN,
        pad_token=PADDING,
    )


def piece_tokenizer(texts: Iterable[str], longest: int, pieces: int) -> PreTrainedTokenizerFast:
    """Splits a text into the words of these texts, and others into parts of such words.

    Who has learnt from "upwards", "the left" and words broken up by chance can read "leftwards".
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN, continuing_subword_prefix=CONTINUED))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(
        vocab_size=pieces,
        special_tokens=[PADDING, UNKNOWN, START],
        continuing_subword_prefix=CONTINUED,
        initial_alphabet=list("abcdefghijklmnopqrstuvwxyz0123456789"),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A", special_tokens=[(START, tokenizer.token_to_id(START))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=longest,
        cls_token=START,
        unk_token=UNKNOWN,
        pad_token=PADDING,
    )
