"""Settings of an adapter that are read from a checkpoint's configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tools.errors import InputError
from tools.models.hub.checkpoint import Checkpoint

FAST = re.compile(r"turbo|lightning|lcm|schnell|sprint|hyper|sdxs|distill|\bfast", re.IGNORECASE)
"""Names of networks that are distilled to a few steps without guidance."""
FAST_STEPS = "4"

_GENERATION = "generation_config.json"
_DISTANCE_TYPES = frozenset({"glpn", "zoedepth", "depth_pro"})
BARK_VOICE = "v2/en_speaker_6"


def depth_output(checkpoint: Checkpoint) -> Mapping[str, str]:
    """Return whether a depth network estimates nearness or metres."""
    is_metric = checkpoint.config.get("depth_estimation_type") == "metric"
    return {"tells": "distance"} if is_metric or checkpoint.model_type in _DISTANCE_TYPES else {}


def has_chat_template(checkpoint: Checkpoint) -> bool:
    """Return whether a language model brings a template for conversations."""
    files = checkpoint.model.files
    return any(name in files for name in ("chat_template.jinja", "chat_template.json")) or bool(
        checkpoint.value("tokenizer_config.json", "chat_template")
    )


def prompts(checkpoint: Checkpoint) -> Mapping[str, str]:
    """Return plain prompts for a vision-language model without a chat template."""
    if has_chat_template(checkpoint):
        return {}
    return {"caption": "a photo of", "question": "Question: {question} Answer:", "longest": "40"}


def text_padding(checkpoint: Checkpoint) -> Mapping[str, str]:
    """Return how the texts of a CLIP model are padded."""
    return {"padding": "max_length"} if checkpoint.model_type == "siglip" else {}


def speech_rate(checkpoint: Checkpoint) -> Mapping[str, str]:
    """Return the sampling rate of a speech synthesizer, and Bark's voice."""
    rate = checkpoint.config.get("sampling_rate") or checkpoint.value(_GENERATION, "sample_rate")
    if not isinstance(rate, int):
        raise _missing(checkpoint, "sampling rate")
    voice = {"voice": BARK_VOICE} if _has_voice(checkpoint) else {}
    return {"rate": str(rate), **voice}


def audio_rate(checkpoint: Checkpoint) -> Mapping[str, str]:
    """Return the sampling rate of a diffusion pipeline for audio."""
    for name in ("vae/config.json", "vocoder/config.json"):
        rate = checkpoint.value(name, "sampling_rate")
        if isinstance(rate, int):
            return {"rate": str(rate)}
    raise _missing(checkpoint, "sampling rate")


def classifier_window(checkpoint: Checkpoint) -> Mapping[str, str]:
    """Return the seconds that the Audio Spectrogram Transformer hears at once."""
    frames = checkpoint.config.get("max_length")
    if checkpoint.model_type != "audio-spectrogram-transformer" or not isinstance(frames, int):
        return {}
    return {"window": f"{frames / 100:g}", "step": f"{frames / 200:g}"}


def diffusion_steps(checkpoint: Checkpoint) -> Mapping[str, str]:
    """Return few steps without guidance for a network that is distilled to them."""
    if FAST.search(checkpoint.model.repository):
        return {"steps": FAST_STEPS, "guidance": "0"}
    return {}


def half_size(checkpoint: Checkpoint) -> Mapping[str, str]:
    """Return the pixels that the first Stable Diffusion works on."""
    return {"pixels": "262144", "multiple": "8"}


def video_size(checkpoint: Checkpoint) -> Mapping[str, str]:
    """Return the size that a video pipeline makes if nobody asks for another."""
    import inspect

    import diffusers

    parameters = inspect.signature(getattr(diffusers, checkpoint.class_name).__call__).parameters
    sides = {name: parameters[name].default for name in ("width", "height")}
    if not all(isinstance(side, int) for side in sides.values()):
        sides = {"width": 512, "height": 512}
    pixels = sides["width"] * sides["height"]
    return {**{name: str(side) for name, side in sides.items()}, "pixels": str(pixels)}


def _has_voice(checkpoint: Checkpoint) -> bool:
    return f"speaker_embeddings/{BARK_VOICE}_fine_prompt.npy" in checkpoint.model.files


def _missing(checkpoint: Checkpoint, name: str) -> InputError:
    return InputError(
        f"the configuration of {checkpoint.model.repository!r} does not say its {name}",
        hint="choose another repository: batuta models search TASK",
    )
