"""The tokenizer of the makers of pictures, sounds and films: a token for each part of a word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

START, UNKNOWN, PADDING = "[CLS]", "[UNK]", "[PAD]"
CONTINUED = "##"
"""Before a part of a word that does not begin it."""


def piece_tokenizer(texts: Iterable[str], longest: int, pieces: int) -> PreTrainedTokenizerFast:
    """Splits a text into the words of these texts, and others into parts of such words.

    Who has learnt from "upwards", "the left" and words broken up by chance can read "leftwards".
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN, continuing_subword_prefix=CONTINUED))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    said = [text.lower() for text in texts]
    words = {word for text in said for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text)}
    within = sorted({letter for word in words for letter in word[1:]})
    trainer = trainers.BpeTrainer(
        vocab_size=pieces,
        # Letters within a word are numbered as they are met, in an order that differs from process
        # to process, and by it which of two equally common pieces becomes one; so they come first.
        special_tokens=[PADDING, UNKNOWN, START, *(CONTINUED + letter for letter in within)],
        continuing_subword_prefix=CONTINUED,
        initial_alphabet=list("abcdefghijklmnopqrstuvwxyz0123456789"),
        show_progress=False,
    )
    tokenizer.train_from_iterator(said, trainer)
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
