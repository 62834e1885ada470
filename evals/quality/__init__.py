"""Quality measures of the tools' results, where ground truth is available.

>>> [str(quality) for quality in QUALITY["track"](Correlation())]
['IoU with what travels 0.988 (192)']

The measure of a tool with a model takes that model: `QUALITY["detect"](model)`.
"""

from collections.abc import Callable, Iterator, Mapping

from evals.quality import (
    audio_quality,
    image_editing_quality,
    text_quality,
    video_quality,
    vision_quality,
)
from evals.quality.quality_measures import Quality

QUALITY: Mapping[str, Callable[..., Iterator[Quality]]] = {
    "answer_from": text_quality.answer_questions,
    "ask_image": vision_quality.ask_image,
    "caption": vision_quality.caption,
    "change_voice": audio_quality.change_voices,
    "classify": vision_quality.classify,
    "classify_sound": audio_quality.classify_sounds,
    "clean_sound": audio_quality.clean_speech,
    "cut_out": image_editing_quality.cut_out_objects,
    "detect": vision_quality.detect,
    "detect_in_video": video_quality.detect_in_films,
    "edges": vision_quality.edges,
    "enlarge": image_editing_quality.enlarge_images,
    "extend": image_editing_quality.extend_sides,
    "faces": vision_quality.faces,
    "fill_sound": audio_quality.fill_gaps,
    "find_similar": vision_quality.find_similar,
    "find_speech": audio_quality.find_speech_segments,
    "make_music": audio_quality.compose_music,
    "pose": vision_quality.pose,
    "read_table": vision_quality.read_cells,
    "read_text": vision_quality.read_words,
    "recognise": vision_quality.recognise,
    "recolour": image_editing_quality.recolour_regions,
    "remove": image_editing_quality.remove_objects,
    "restyle": image_editing_quality.restyle_images,
    "search_images": vision_quality.search_by_text,
    "segment": vision_quality.segment,
    "separate": audio_quality.separate_parts,
    "speak": audio_quality.speak_texts,
    "track": video_quality.track_objects,
    "transcribe": audio_quality.transcribe_speech,
    "translate": text_quality.translate_sentences,
}

__all__ = ["QUALITY", "Quality"]
