"""A typical call of each tool on the sample files, for timing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tools import Box, Boxes, Table
from tools.library.audio.sounds_in_video import SOUND_COLUMNS
from tools.media.open_untrusted import open_media
from tools.sdk.tool_check import SAMPLES
from tools.signal.music.note_tables import notes_table
from tools.signal.music.piano_synth import Note
from tools.signal.video.timed_lines import SpokenLine, lines_table
from tools.signal.video.video_boxes import TimedBox, boxes_to_table

CUP = Box(172, 18, 410, 282, "cup")
FILM_BOX = Box(60, 20, 200, 160)
SPOKEN = SpokenLine(0, 2, "The concert begins at eight o'clock.")
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
    "answer_faults": lambda s: {"prompt": "two red cups", "answers": ["2", "red"]},
    "answer_from": lambda s: {"text": LETTER, "question": "Until when are tickets valid?"},
    "area": lambda s: {"image": s.photo, "where": "left"},
    "ask_document": lambda s: {"image": s.receipt, "question": "How much is the total?"},
    "ask_image": lambda s: {"image": s.scene, "question": "how many apples are there?"},
    "ask_video": lambda s: {"video": s.film, "question": "What is on the table?"},
    "best_drawing": lambda s: {"images": [s.photo, s.scene], "faults": [["no dog"], []]},
    "blur": lambda s: {"image": s.photo, "region": CUP},
    "blur_in_video": lambda s: {"video": s.film, "boxes": boxes_to_table([TimedBox(0, FILM_BOX)])},
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
    "classify_text": lambda s: {"text": LETTER, "labels": ["music", "sport"]},
    "compare_texts": lambda s: {"text": LETTER, "other": "The concert has been put off."},
    "contrast": lambda s: {"image": s.photo},
    "count": lambda s: {"boxes": Boxes((CUP,))},
    "crop": lambda s: {"image": s.photo, "region": CUP},
    "crop_video": lambda s: {"video": s.film, "region": FILM_BOX},
    "cut_out": lambda s: {"image": s.photo},
    "cut_sound": lambda s: {"audio": s.speech, "start": 0, "end": 1},
    "cut_video": lambda s: {"video": s.film, "start": 0.5},
    "depth": lambda s: {"image": s.photo},
    "describe_sound": lambda s: {"audio": s.noisy_speech},
    "detect": lambda s: {"image": s.photo},
    "detect_in_video": lambda s: {"video": s.film},
    "draw": lambda s: {"prompt": "six apples on a blue background"},
    "draw_boxes": lambda s: {"image": s.photo, "boxes": Boxes((CUP,))},
    "draw_from": lambda s: {"guide": s.photo, "prompt": "a cup of tea", "kind": "edges"},
    "drawing_faults": lambda s: {"image": s.scene, "prompt": "three apples"},
    "drawing_questions": lambda s: {"prompt": "three apples left of a red cup"},
    "drawing_report": lambda s: {"prompt": "a dog", "faults": [["no dog"], []], "tries": 4},
    "drawing_wordings": lambda s: {"prompt": "could you sketch six apples for me?"},
    "edges": lambda s: {"image": s.photo},
    "edit": lambda s: {"image": s.photo, "instruction": "make it winter"},
    "enlarge": lambda s: {"image": s.photo.map(lambda pixels: pixels.crop((250, 100, 350, 180)))},
    "extend": lambda s: {"image": s.photo, "side": "right"},
    "faces": lambda s: {"image": s.portrait},
    "fade": lambda s: {"audio": s.speech},
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
    "mix": lambda s: {"sounds": [s.speech, s.noisy_speech]},
    "mute": lambda s: {"video": s.film},
    "normalize": lambda s: {"audio": s.speech},
    "notes": lambda s: {"audio": s.speech},
    "overlay": lambda s: {"image": s.photo, "top": s.sign},
    "page_picture": lambda s: {"document": s.programme},
    "piano_roll": lambda s: {"notes": notes_table([Note(60, 0, 1, 0.5)])},
    "pick": lambda s: {"boxes": Boxes((CUP,)), "which": "largest"},
    "pitch": lambda s: {"audio": s.speech},
    "pixelate": lambda s: {"image": s.photo, "region": CUP},
    "pose": lambda s: {"image": s.portrait},
    "prompt_wordings": lambda s: {"prompt": "could you sketch six apples for me?"},
    "rank_moments": lambda s: {
        "what": "a cup",
        "things": boxes_to_table([TimedBox(0, CUP)]),
        "sounds": Table(SOUND_COLUMNS, ()),
        "lines": lines_table([SPOKEN]),
    },
    "read_document": lambda s: {"document": s.programme},
    "read_table": lambda s: {"image": s.receipt},
    "read_text": lambda s: {"image": s.sign},
    "recognise": lambda s: {"image": s.photo},
    "recolour": lambda s: {"image": s.photo, "colour": "blue", "region": CUP},
    "remove": lambda s: {"image": s.photo, "region": Box(318, 225, 402, 330)},
    "repeat": lambda s: {"audio": s.speech},
    "replace": lambda s: {"image": s.photo, "region": CUP, "prompt": "a teapot"},
    "replace_background": lambda s: {"image": s.portrait, "background": "blur"},
    "reply": lambda s: {"text": "What is the capital of France?"},
    "resize": lambda s: {"image": s.photo, "width": 300},
    "resize_video": lambda s: {"video": s.film, "factor": 2},
    "restyle": lambda s: {"image": s.photo, "style": s.portrait},
    "reverse": lambda s: {"audio": s.speech},
    "reverse_video": lambda s: {"video": s.film},
    "rotate": lambda s: {"image": s.photo, "degrees": 20},
    "rotate_video": lambda s: {"video": s.film},
    "rounded": lambda s: {"image": s.photo},
    "same_voice": lambda s: {"audio": s.speech, "other": s.noisy_speech},
    "saturate": lambda s: {"image": s.photo},
    "search_images": lambda s: {"images": [s.scene, s.scene], "text": "three apples"},
    "segment": lambda s: {"image": s.photo, "region": CUP},
    "separate": lambda s: {"audio": s.noisy_speech, "part": "background"},
    "sepia": lambda s: {"image": s.photo},
    "shadow": lambda s: {"image": s.photo},
    "sharpen": lambda s: {"image": s.photo},
    "shots": lambda s: {"video": s.film},
    "silence_cut": lambda s: {"audio": s.speech},
    "slideshow": lambda s: {"pictures": [s.photo, s.sign]},
    "sound_of": lambda s: {"video": s.film},
    "sounds_in_video": lambda s: {"video": s.film},
    "speak": lambda s: {"text": "Welcome to the concert."},
    "speed": lambda s: {"audio": s.speech},
    "speed_video": lambda s: {"video": s.film},
    "spoken_lines": lambda s: {"video": s.film},
    "srt_of": lambda s: {"lines": lines_table([SPOKEN])},
    "still": lambda s: {"video": s.film},
    "straight_lines": lambda s: {"image": s.sign},
    "straighten": lambda s: {"image": s.sign},
    "summarize": lambda s: {"text": LETTER, "sentences": 1},
    "surface_normals": lambda s: {"image": s.photo},
    "tally": lambda s: {"boxes": Boxes((CUP,))},
    "to_csv": lambda s: {"table": boxes_to_table([TimedBox(0, CUP)])},
    "to_format": lambda s: {"image": s.photo, "format": "jpeg"},
    "to_gif": lambda s: {"video": s.film},
    "track": lambda s: {"video": s.film, "region": FILM_BOX},
    "transcribe": lambda s: {"audio": s.speech},
    "translate": lambda s: {"text": "The museum is closed on Monday.", "language": "French"},
    "translate_lines": lambda s: {"lines": lines_table([SPOKEN]), "language": "French"},
    "volume": lambda s: {"audio": s.speech},
    "write_on": lambda s: {"image": s.photo, "text": "Good morning!"},
    "write_subtitles": lambda s: {"video": s.film, "lines": lines_table([SPOKEN])},
}
