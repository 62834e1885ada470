"""Match words to labels of the same meaning.

"people" matches "person", "cups" matches "cup". Plans contain a user's words; a detector has fixed
labels.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_SYNONYMS = {
    "aeroplane": "airplane",
    "automobile": "car",
    "ball": "sports ball",
    "bike": "bicycle",
    "cellphone": "cell phone",
    "cellular phone": "cell phone",
    "coach": "bus",
    "cycle": "bicycle",
    "everything else": "background",
    "doughnut": "donut",
    "fridge": "refrigerator",
    "hairdryer": "hair drier",
    "hair dryer": "hair drier",
    "houseplant": "potted plant",
    "human": "person",
    "hydrant": "fire hydrant",
    "lorry": "truck",
    "mobile phone": "cell phone",
    "motorbike": "motorcycle",
    "mug": "cup",
    "pedestrian": "person",
    "people": "person",
    "phone": "cell phone",
    "plane": "airplane",
    "plant": "potted plant",
    "purse": "handbag",
    "remote control": "remote",
    "smartphone": "cell phone",
    "sofa": "couch",
    "stoplight": "traffic light",
    "table": "dining table",
    "teddy": "teddy bear",
    "television": "tv",
    "traffic signal": "traffic light",
    "vocal": "voice",
    "speech": "voice",
    "speaker": "voice",
}

# Hypernyms are only suggested, never assumed: counting all people when asked for women would be a
# wrong answer that looks right.
_HYPERNYMS = {
    "adult": "person",
    "baby": "person",
    "boy": "person",
    "child": "person",
    "children": "person",
    "face": "person",
    "girl": "person",
    "glass": "wine glass",
    "kid": "person",
    "kitten": "cat",
    "man": "person",
    "men": "person",
    "puppy": "dog",
    "taxi": "car",
    "van": "truck",
    "woman": "person",
    "women": "person",
}


def match_label(word: str, labels: Iterable[str]) -> str | None:
    """Return the label that means the same as `word`, if any."""
    by_name = {label.casefold(): label for label in labels}
    for form in _inflections(word):
        for name in (form, _SYNONYMS.get(form)):
            if name in by_name:
                return by_name[name]
    return None


def near_labels(word: str, labels: Iterable[str]) -> tuple[str, ...]:
    """Return the labels that `word` may mean, most likely first."""
    by_name = {label.casefold(): label for label in labels}
    forms = _inflections(word)
    hypernyms = [_HYPERNYMS[form] for form in forms if form in _HYPERNYMS]
    parts = [match_label(part, by_name) for part in word.split()]
    similar = difflib.get_close_matches(forms[0], by_name, n=3, cutoff=0.6)
    matches = [name for name in (*hypernyms, *parts, *similar) if name in by_name]
    return tuple(by_name[name] for name in dict.fromkeys(matches))


def _inflections(word: str) -> tuple[str, ...]:
    """Return the normalised word and its possible singular or plural forms."""
    plain = " ".join(word.casefold().split())
    for article in ("a ", "an ", "the "):
        plain = plain.removeprefix(article)
    forms = [plain]
    if plain.endswith("ies"):
        forms.append(plain[:-3] + "y")
    if plain.endswith("ves"):
        forms += [plain[:-3] + "fe", plain[:-3] + "f"]
    if plain.endswith("es"):
        forms.append(plain[:-2])
    if plain.endswith("s"):
        forms.append(plain[:-1])
    else:
        forms.append(plain + "s")
    if plain in ("mice", "mouses"):
        forms.append("mouse")
    return tuple(forms)
