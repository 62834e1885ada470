"""Models loaded as their cards say, from tiny checkpoints of this machine instead of the hub."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tokenizers import Tokenizer, models, pre_tokenizers, processors

from tools.models.catalogue import Catalogue
from tools.models.load_variant import LoadVariant
from tools.models.profile import Profile
from tools.models.residency.card_loader import CardLoader
from tools.models.residency.loader import LoadResult
from tools.models.weight_uri import parse_folder

CATALOGUE = Catalogue.load(Path("/nowhere"))


WHOLE = LoadVariant("float32", memory_bytes=100_000_000)


def load(
    card_id: str, *folders: Path, device: str = "cpu", form: LoadVariant = WHOLE, **settings: str
) -> LoadResult:
    """What the card's adapter makes of these folders, one for each repository that it names.

    Only the files that the card's patterns fit are seen.
    """
    card = CATALOGUE[card_id]
    repositories = tuple(
        replace(repository, sources=(parse_folder(f"file:{folder}"),))
        for repository, folder in zip(card.repositories, folders, strict=True)
    )
    with TemporaryDirectory() as home:
        tiny = replace(
            card,
            repositories=tuple(
                replace(repository, weights_folder=Path(home)) for repository in repositories
            ),
            settings={**card.settings, **settings},
            variants=(form,),
            weights_folder=Path(home),
        )
        profile = replace(
            Profile.load("gpu-8gb", CATALOGUE),
            device=device,
            models={},
            catalogue=Catalogue([tiny], Path(home)),
        )
        return CardLoader(profile).load(card_id, device)


def word_tokenizer(*words: str, unknown: str, around: tuple[str, str] | None = None) -> Tokenizer:
    """One that has a number for each word, and puts two of them around every text."""
    vocabulary = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unknown))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens([word for word in words if word[0] in "<["])
    if around:
        first, last = around
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{first} $A {last}",
            special_tokens=[(word, vocabulary[word]) for word in around],
        )
    return tokenizer
