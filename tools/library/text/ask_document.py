"""Answer a question about an image of a document page."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Image, Model, Region, tool
from tools.sdk.argument_checks import require_question, require_sides
from tools.signal.image_regions import crop_to_region

SMALLEST_SIDE = 16


class DocumentAnswerer(Model, ABC):
    """A model that answers questions about receipts, forms, tables and other pages."""

    @abstractmethod
    def answer_document(self, image: Image, question: str) -> str:
        """Answer from the page in a few words."""


@tool(words="Look at {image}[, within {region}]: “{question}”")
def ask_document(
    model: DocumentAnswerer, image: Image, question: str, region: Region | None = None
) -> str:
    """Answer a question about a picture of a page: a receipt, form, table, letter or chart.

    >>> total = ask_document(receipt, "how much is the total?")
    """
    require_question(question, 'ask_document(image1, "how much is the total?")')
    page = crop_to_region(image, region)
    require_sides(page, SMALLEST_SIDE, "cannot be read")
    return model.answer_document(page, question)
