"""Quality of a language model at question answering and translation, by keywords."""

from __future__ import annotations

from collections.abc import Iterator

from evals.quality.quality_measures import Quality, mean
from tools.library.text.answer_from import answer_from
from tools.library.text.translate import translate
from tools.sdk.text_writer import Writer

LETTER = (
    "Dear Ms Okafor, your bicycle is ready. We have mended the rear brake and fitted two new "
    "tyres; together that comes to 84 pounds. You can fetch it from Tuesday on, between nine and "
    "six, at our workshop in Mill Lane. Please bring the green ticket. Yours, Tom Baxter"
)
QUESTIONS = (
    ("Who wrote the letter?", "Baxter"),
    ("How much is to be paid?", "84"),
    ("What was mended?", "brake"),
    ("From which day on can it be fetched?", "Tuesday"),
    ("Where is the workshop?", "Mill Lane"),
    ("What should she bring?", "ticket"),
)
TRANSLATIONS = (
    ("The house is white.", "French", ("maison",)),
    ("My brother is a doctor.", "Spanish", ("hermano",)),
    ("The water is cold.", "German", ("wasser",)),
    ("I have two dogs.", "Italian", ("cani",)),
)


def answer_questions(model: Writer) -> Iterator[Quality]:
    correct = [
        float(keyword.lower() in answer_from(model, LETTER, question).lower())
        for question, keyword in QUESTIONS
    ]
    yield Quality("answers with the right word in them", mean(correct), len(correct))


def translate_sentences(model: Writer) -> Iterator[Quality]:
    correct = [
        float(any(word in translate(model, text, language).lower() for word in keywords))
        for text, language, keywords in TRANSLATIONS
    ]
    yield Quality("translations with the chief word in them", mean(correct), len(correct))
