"""The subword tokenizer of the image, audio and video generators."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

START, UNKNOWN, PADDING = "[CLS]", "[UNK]", "[PAD]"
CONTINUATION = "##"
"""Prefix of a subword that continues a word."""


def piece_tokenizer(
    texts: Iterable[str], max_tokens: int, vocabulary_size: int
) -> PreTrainedTokenizerFast:
    """Train a BPE tokenizer on the texts; unknown words become subwords.

    A model trained on "upwards", "the left" and randomly split words can read "leftwards".
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN, continuing_subword_prefix=CONTINUATION))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    lowercase_texts = [text.lower() for text in texts]
    words = {
        word
        for text in lowercase_texts
        for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text)
    }
    inner_letters = sorted({letter for word in words for letter in word[1:]})
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        # The trainer numbers letters within words in an order that differs between processes, and
        # breaks ties between equally frequent merges by it. So these letters are listed first.
        special_tokens=[
            PADDING,
            UNKNOWN,
            START,
            *(CONTINUATION + letter for letter in inner_letters),
        ],
        continuing_subword_prefix=CONTINUATION,
        initial_alphabet=list("abcdefghijklmnopqrstuvwxyz0123456789"),
        show_progress=False,
    )
    tokenizer.train_from_iterator(lowercase_texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A", special_tokens=[(START, tokenizer.token_to_id(START))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=max_tokens,
        cls_token=START,
        unk_token=UNKNOWN,
        pad_token=PADDING,
    )
