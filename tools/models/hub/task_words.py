"""Find the hub's pipeline tag for a task in words, such as "depth estimation"."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tools.models.hub.adapter_rules import RULES

_OTHER_WORDS: Mapping[str, str] = {
    "ask": "visual-question-answering",
    "caption": "image-to-text",
    "captioning": "image-to-text",
    "clip": "zero-shot-image-classification",
    "draw": "text-to-image",
    "film": "text-to-video",
    "inpaint": "image-to-image",
    "inpainting": "image-to-image",
    "music": "text-to-audio",
    "ocr": "image-to-text",
    "pose": "keypoint-detection",
    "recognition": "automatic-speech-recognition",
    "sam": "mask-generation",
    "segment": "mask-generation",
    "segmentation": "mask-generation",
    "siglip": "zero-shot-image-classification",
    "sound": "text-to-audio",
    "speak": "text-to-speech",
    "transcribe": "automatic-speech-recognition",
    "transcription": "automatic-speech-recognition",
    "tts": "text-to-speech",
    "upscale": "image-to-image",
    "vision-language": "image-text-to-text",
    "vlm": "image-text-to-text",
    "vqa": "visual-question-answering",
}
"""Words that people use and the hub does not."""
_ENOUGH = 0.5
"""The share of a tag's words that must be in the request."""


def task_of(words: str) -> str:
    """Return the pipeline tag that the words name, or an empty text if none does."""
    text = words.casefold().strip()
    tags = tuple(dict.fromkeys(tag for rule in RULES for tag in rule.tasks))
    if (tag := re.sub(r"[\s_]+", "-", text)) in tags:
        return tag
    tokens = re.findall(r"[\w-]+", text)
    by_tool = {tool: rule.tasks[0] for rule in reversed(RULES) for tool in rule.tools}
    for token in tokens:
        if tag := by_tool.get(token) or _OTHER_WORDS.get(token):
            return tag
    requested = set(tokens) - {"to", "a", "the", "of", "for", "from", "in"}
    scores = {tag: _share(tag, requested) for tag in tags}
    best = max(tags, key=lambda tag: scores[tag])
    return best if scores[best] > _ENOUGH else ""


def _share(tag: str, requested: set[str]) -> float:
    """Return how much a tag and the requested words have in common, from 0 to 1."""
    parts = set(tag.split("-")) - {"to"}
    return 2 * len(parts & requested) / (len(parts) + len(requested))
