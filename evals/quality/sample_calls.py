"""A typical call of each tool on the sample files, for timing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tools import Box, Boxes
from tools.media.open_untrusted import open_media
from tools.sdk.tool_check import SAMPLES
from tools.signal.video_boxes import TimedBox, boxes_to_table

CUP = Box(172, 18, 410, 282, "cup")
FILM_BOX = Box(60, 20, 200, 160)
LETTER = (
    "The museum will stay closed on Monday and Tuesday while the roof is mended. Tickets that were "
    "bought for these days are valid until the end of the month. We are sorry for the trouble."
)


def arguments_for(name: str) -> Mapping[str, Any] | None:
    """Return a tool's sample arguments, or None if it has none."""
    return _CALLS[name](_Samples()) if name in _CALLS else None


class _Samples:
    """The sample files, opened on access."""

    def __getattr__(self, name: str) -> Any:
        return open_media(SAMPLES[name])


_Call = Callable[[Any], Mapping[str, Any]]

_CALLS: Mapping[str, _Call] = {
    "add_sound": lambda s: {"video": s.film, "audio": s.speech},
    "animate": lambda s: {"image": s.scene},
    "answer_from": lambda s: {"text": LETTER, "question": "Until when are tickets valid?"},
    "area": lambda s: {"image": s.photo, "where": "left"},
    "ask_document": lambda s: {"image": s.receipt, "question": "How much is the total?"},
    "ask_image": lambda s: {"image": s.scene, "question": "how many apples are there?"},
    "ask_video": lambda s: {"video": s.film, "question": "What is on the table?"},
    "blur": lambda s: {"image": s.photo, "region": CUP},
    "border": lambda s: {"image": s.photo},
    "box": lambda s: {"left": 0, "top": 0, "right": 9, "bottom": 9},
    "brighten": lambda s: {"image": s.photo},
    "caption": lambda s: {"image": s.scene},
    "change_voice": lambda s: {"audio": s.speech, "pitch": -5},
    "classify": lambda s: {"image": s.scene, "labels": ["an apple", "a dog", "a house"]},
    "classify_sound": lambda s: {"audio": s.speech},
    "clean_sound": lambda s: {"audio": s.noisy_speech},
    "collage": lambda s: {"images": [s.photo, s.portrait, s.sign]},
    "colours": lambda s: {"image": s.photo},
    "combine": lambda s: {"images": [s.photo, s.portrait]},
    "compare": lambda s: {"image": s.photo, "other": s.portrait},
    "compare_side_by_side": lambda s: {"image": s.photo, "other": s.portrait},
    "contrast": lambda s: {"image": s.photo},
    "count": lambda s: {"boxes": Boxes((CUP,))},
    "crop": lambda s: {"image": s.photo, "region": CUP},
    "cut_out": lambda s: {"image": s.photo},
    "cut_sound": lambda s: {"audio": s.speech, "start": 0, "end": 1},
    "depth": lambda s: {"image": s.photo},
    "describe_sound": lambda s: {"audio": s.noisy_speech},
    "detect": lambda s: {"image": s.photo},
    "detect_in_video": lambda s: {"video": s.film},
    "draw": lambda s: {"prompt": "six apples on a blue background"},
    "draw_boxes": lambda s: {"image": s.photo, "boxes": Boxes((CUP,))},
    "draw_from": lambda s: {"guide": s.photo, "prompt": "a cup of tea", "kind": "edges"},
    "edges": lambda s: {"image": s.photo},
    "edit": lambda s: {"image": s.photo, "instruction": "make it winter"},
    "enlarge": lambda s: {"image": s.photo.map(lambda pixels: pixels.crop((250, 100, 350, 180)))},
    "extend": lambda s: {"image": s.photo, "side": "right"},
    "faces": lambda s: {"image": s.portrait},
    "fill_sound": lambda s: {"audio": s.speech, "start": 1.0, "end": 1.03},
    "find_similar": lambda s: {"images": [s.photo, s.sign, s.portrait], "like": s.photo},
    "find_speech": lambda s: {"audio": s.speech},
    "flip": lambda s: {"image": s.photo},
    "frames": lambda s: {"video": s.film},
    "grayscale": lambda s: {"image": s.photo},
    "highlight": lambda s: {"image": s.photo, "region": CUP},
    "invert": lambda s: {"image": s.photo},
    "join_sounds": lambda s: {"sounds": [s.speech, s.noisy_speech]},
    "join_video": lambda s: {"videos": [s.film, s.film]},
    "make_music": lambda s: {"mood": "happy", "seconds": 8},
    "make_sound": lambda s: {"prompt": "soft rain"},
    "make_video": lambda s: {"prompt": "a dog running to the left on a green background"},
    "mark_in_video": lambda s: {"video": s.film, "boxes": boxes_to_table([TimedBox(0, FILM_BOX)])},
    "overlay": lambda s: {"image": s.photo, "top": s.sign},
    "pick": lambda s: {"boxes": Boxes((CUP,)), "which": "largest"},
    "pixelate": lambda s: {"image": s.photo, "region": CUP},
    "pose": lambda s: {"image": s.portrait},
    "read_table": lambda s: {"image": s.receipt},
    "read_text": lambda s: {"image": s.sign},
    "recognise": lambda s: {"image": s.photo},
    "recolour": lambda s: {"image": s.photo, "colour": "blue", "region": CUP},
    "remove": lambda s: {"image": s.photo, "region": Box(318, 225, 402, 330)},
    "replace": lambda s: {"image": s.photo, "region": CUP, "prompt": "a teapot"},
    "replace_background": lambda s: {"image": s.portrait, "background": "blur"},
    "reply": lambda s: {"text": "What is the capital of France?"},
    "resize": lambda s: {"image": s.photo, "width": 300},
    "restyle": lambda s: {"image": s.photo, "style": s.portrait},
    "rotate": lambda s: {"image": s.photo, "degrees": 20},
    "rounded": lambda s: {"image": s.photo},
    "saturate": lambda s: {"image": s.photo},
    "search_images": lambda s: {"images": [s.scene, s.scene], "text": "three apples"},
    "segment": lambda s: {"image": s.photo, "region": CUP},
    "separate": lambda s: {"audio": s.noisy_speech, "part": "background"},
    "sepia": lambda s: {"image": s.photo},
    "shadow": lambda s: {"image": s.photo},
    "sharpen": lambda s: {"image": s.photo},
    "slideshow": lambda s: {"pictures": [s.photo, s.sign]},
    "sound_of": lambda s: {"video": s.film},
    "speak": lambda s: {"text": "Welcome to the concert."},
    "straighten": lambda s: {"image": s.sign},
    "summarize": lambda s: {"text": LETTER, "sentences": 1},
    "tally": lambda s: {"boxes": Boxes((CUP,))},
    "to_format": lambda s: {"image": s.photo, "format": "jpeg"},
    "track": lambda s: {"video": s.film, "region": FILM_BOX},
    "transcribe": lambda s: {"audio": s.speech},
    "translate": lambda s: {"text": "The museum is closed on Monday.", "language": "French"},
    "write_on": lambda s: {"image": s.photo, "text": "Good morning!"},
}
