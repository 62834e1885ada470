"""The quality of each tool's results, where the truth is at hand.

>>> [str(quality) for quality in QUALITY["track"](Correlation())]
['IoU with what travels 0.988 (192)']

A tool that a model performs is measured with one: `QUALITY["detect"](model)`.
"""

from collections.abc import Callable, Iterator, Mapping

from evals.quality import changing, films, hearing, seeing, words
from evals.quality.measure import Quality

QUALITY: Mapping[str, Callable[..., Iterator[Quality]]] = {
    "answer_from": words.answer,
    "ask_image": seeing.ask_image,
    "caption": seeing.caption,
    "change_voice": hearing.change_voices,
    "classify": seeing.classify,
    "classify_sound": hearing.classify_sounds,
    "clean_sound": hearing.clean_speech,
    "cut_out": changing.cut_things_out,
    "detect": seeing.detect,
    "detect_in_video": films.find_in_films,
    "edges": seeing.edges,
    "enlarge": changing.enlarge_pictures,
    "extend": changing.extend_sides,
    "faces": seeing.faces,
    "fill_sound": hearing.fill_gaps,
    "find_similar": seeing.find_similar,
    "find_speech": hearing.find_spoken_parts,
    "make_music": hearing.compose_music,
    "pose": seeing.pose,
    "read_table": seeing.read_cells,
    "read_text": seeing.read_words,
    "recognise": seeing.recognise,
    "recolour": changing.recolour_things,
    "remove": changing.remove_things,
    "restyle": changing.restyle_pictures,
    "search_images": seeing.find_by_words,
    "segment": seeing.segment,
    "separate": hearing.separate_parts,
    "speak": hearing.speak_texts,
    "track": films.follow,
    "transcribe": hearing.transcribe_speech,
    "translate": words.translate_sentences,
}

__all__ = ["QUALITY", "Quality"]
