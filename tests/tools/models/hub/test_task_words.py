import pytest

from tools.models.hub.task_words import task_of


@pytest.mark.parametrize(
    ("words", "tag"),
    [
        ("depth estimation", "depth-estimation"),
        ("depth-estimation", "depth-estimation"),
        ("Depth", "depth-estimation"),
        ("text to image", "text-to-image"),
        ("draw", "text-to-image"),
        ("speech recognition", "automatic-speech-recognition"),
        ("image captioning", "image-to-text"),
        ("text to speech", "text-to-speech"),
        ("music", "text-to-audio"),
        ("segmentation", "mask-generation"),
        ("object detection", "object-detection"),
        ("zero-shot object detection", "zero-shot-object-detection"),
        ("whisper-tiny", ""),
        ("translation", ""),
    ],
)
def test_words_lead_to_the_tag_of_the_hub_or_to_none(words: str, tag: str) -> None:
    assert task_of(words) == tag
