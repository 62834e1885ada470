"""Word what a prompt asks for as questions about an image, and judge their answers.

>>> [question.text for question in questions_for("two red cups")]
['how many cups are there?', 'what colour are the cups?']
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tools.signal.drawings.image_claims import ObjectClaim, PromptClaims, RelationClaim
from tools.signal.drawings.prompt_parser import parse_prompt
from tools.signal.drawings.prompt_sums import NUMBERS
from tools.signal.drawings.prompt_wording import describe_relation, with_article
from tools.signal.drawings.prompt_words import COLOUR_SYNONYMS
from tools.signal.english_nouns import plural

AnswerKind = Literal["yes", "number", "words"]
MAX_PROMPT = 200
"""Characters of a prompt that a question quotes."""
_SYNONYMS = {
    **COLOUR_SYNONYMS,
    "upper": "top",
    "lower": "bottom",
    "centre": "middle",
    "center": "middle",
}


@dataclass(frozen=True)
class ClaimQuestion:
    """A question about an image, and the answer of an image that shows what was asked for."""

    text: str
    kind: AnswerKind
    expected: str
    """"yes", a number, or words that the answer has to contain."""
    subject: str
    """What a fault names."""

    def fault(self, answer: str) -> str:
        """Return what is wrong with the image by this answer; empty if nothing is."""
        words = _words_of(answer)
        match self.kind:
            case "yes":
                return "" if words[:1] == ["yes"] else self.subject
            case "number":
                return self._number_fault(words)
            case "words":
                missing = set(self.expected.split()) - set(words)
                return f"{self.subject}, but {_quoted(answer)}" if missing else ""

    def _number_fault(self, words: list[str]) -> str:
        number = next(filter(None, map(_digits_of, words)), "")
        if number == self.expected:
            return ""
        if number == "0":
            return f"no {self.subject}"
        return (
            f"{number or _quoted(answer=' '.join(words))} instead of {self.expected} {self.subject}"
        )


def questions_for(prompt: str) -> list[ClaimQuestion]:
    """Return a question for each claim of a prompt, and one for a prompt that was not read."""
    claims = parse_prompt(prompt)
    questions = [question for claim in claims.objects for question in _about_object(claim)]
    questions += [_about_relation(relation, claims) for relation in claims.relations]
    if claims.background:
        colours = " ".join(claims.background)
        text = "what colour is the background?"
        questions.append(ClaimQuestion(text, "words", colours, f"background not {colours}"))
    if not claims.is_complete or not questions:
        whole = prompt.strip().rstrip(".!? ")[:MAX_PROMPT]
        text = f"does this picture show: {whole}? Answer yes or no."
        questions.append(ClaimQuestion(text, "yes", "yes", "not seen as a whole"))
    return list(dict.fromkeys(questions))


def _about_object(claim: ObjectClaim) -> Iterator[ClaimQuestion]:
    is_one = claim.count == 1
    nouns = _plural(claim.name) if is_one else claim.noun
    if claim.count is None or (is_one and not claim.is_exact):
        text = f"is there {with_article(claim.name)}?"
        yield ClaimQuestion(text, "yes", "yes", f"no {claim.name}")
    else:
        yield ClaimQuestion(f"how many {nouns} are there?", "number", str(claim.count), claim.noun)
    subject = f"is the {claim.name}" if is_one else f"are the {nouns}"
    if claim.colour:
        text, fault = f"what colour {subject}?", f"{claim.name} not {claim.colour}"
        yield ClaimQuestion(text, "words", claim.colour, fault)
    if claim.place:
        text, fault = f"where {subject}?", f"{claim.name} not at the {claim.place}"
        yield ClaimQuestion(text, "words", claim.place, fault)


def _about_relation(relation: RelationClaim, claims: PromptClaims) -> ClaimQuestion:
    counts = {claim.name: claim.count for claim in claims.objects}

    def noun(name: str) -> str:
        return f"the {name if counts.get(name, 1) == 1 else _plural(name)}"

    verb = "is" if counts.get(relation.subject, 1) == 1 else "are"
    others = " and ".join(map(noun, relation.objects))
    return ClaimQuestion(
        f"{verb} {noun(relation.subject)} {relation.word} {others}?",
        "yes",
        "yes",
        f"not {describe_relation(relation)}",
    )


def _plural(name: str) -> str:
    """Return such as "slices of pizza"."""
    first, of, rest = name.partition(" of ")
    return f"{plural(first)}{of}{rest}"


def _words_of(answer: str) -> list[str]:
    words: list[str] = re.findall(r"[a-z]+|\d+", answer.lower())
    return [_SYNONYMS.get(word, word) for word in words]


def _digits_of(word: str) -> str:
    """Return the number that a word of an answer means; empty for another word."""
    if word.isdigit():
        return str(int(word))
    if word in ("no", "none"):
        return "0"
    return str(NUMBERS.index(word)) if word in NUMBERS else ""


def _quoted(answer: str) -> str:
    words = " ".join(answer.split())
    return f"“{words[:40]}”"
