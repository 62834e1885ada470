"""The subword tokenizer of the image, audio and video generators."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

START, UNKNOWN, PADDING = "[CLS]", "[UNK]", "[PAD]"
CONTINUED = "##"
"""Prefix of a subword that continues a word."""


def piece_tokenizer(texts: Iterable[str], longest: int, pieces: int) -> PreTrainedTokenizerFast:
    """Train a BPE tokenizer on the texts; unknown words become subwords.

    A model trained on "upwards", "the left" and randomly split words can read "leftwards".
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
        # The trainer numbers letters within words in an order that differs between processes, and
        # breaks ties between equally frequent merges by it. So these letters are listed first.
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
