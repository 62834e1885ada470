"""Which adapter loads a checkpoint: by its class, and by the hub's pipeline tag where that decides.

A class belongs to an adapter if transformers' own table for the adapter's Auto class names it, or
if the call of its diffusers pipeline takes the arguments that the adapter passes. Classes from code
in a repository are in neither.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from tools.errors import InputError
from tools.models.hub.checkpoint import Checkpoint, Library
from tools.models.hub.rule_settings import (
    audio_rate,
    classifier_window,
    depth_output,
    diffusion_steps,
    half_size,
    prompts,
    speech_rate,
    text_padding,
    video_size,
)

SettingsFunction = Callable[[Checkpoint], Mapping[str, str]]


@dataclass(frozen=True)
class Companion:
    """Another repository that the adapter needs, as a shipped card names it."""

    card: str
    folder: str


@dataclass(frozen=True)
class AdapterRule:
    """One adapter, the checkpoints that it loads, and the tools that they then perform."""

    name: str
    """The kind of checkpoint in words, for messages."""
    tasks: tuple[str, ...]
    """The pipeline tags of the hub; the first one is searched for."""
    tools: tuple[str, ...]
    adapter: str
    library: Library
    auto_class: str = ""
    """The table of transformers that lists the classes of its Auto class."""
    class_names: tuple[str, ...] = ()
    """The classes, where no table lists them."""
    arguments: frozenset[str] = frozenset()
    """What the call of a diffusers pipeline must take."""
    forbidden_arguments: frozenset[str] = frozenset()
    needs_task: bool = False
    """Whether the class alone does not say what the checkpoint is for."""
    template: str = ""
    """The shipped card whose settings apply, such as its prompts and default labels."""
    settings: tuple[SettingsFunction, ...] = ()
    other_configs: tuple[str, ...] = ()
    """Further configurations that the settings are read from."""
    folder: str = ""
    """The folder of the card's files in which the adapter looks for this repository."""
    companion: Companion | None = None
    tools_without_template: tuple[str, ...] = ()
    """The tools of a checkpoint without a chat template, if these are fewer."""
    offload: bool = False
    """Whether it may be held in CPU memory and moved to a GPU in parts."""


_HERE = "tools.adapters"
_T = f"{_HERE}.transformers"
_D = f"{_HERE}.diffusers"
_DETECTOR_TOOLS = ("detect", "detect_in_video", "drawing_faults")
_DURATIONS = ("audio_end_in_s", "audio_length_in_s", "audio_duration")

RULES: tuple[AdapterRule, ...] = (
    AdapterRule(
        "depth estimator", ("depth-estimation",), ("depth", "surface_normals"),
        f"{_T}.depth_estimation:DepthEstimation", "transformers",
        auto_class="MODEL_FOR_DEPTH_ESTIMATION_MAPPING_NAMES", settings=(depth_output,),
    ),
    AdapterRule(
        "open-vocabulary detector", ("zero-shot-object-detection",), _DETECTOR_TOOLS,
        f"{_T}.zero_shot_detection:ZeroShotDetection", "transformers",
        auto_class="MODEL_FOR_ZERO_SHOT_OBJECT_DETECTION_MAPPING_NAMES",
        template="detect/grounding-dino-tiny",
    ),
    AdapterRule(
        "detector of fixed kinds", ("object-detection",), _DETECTOR_TOOLS,
        f"{_T}.object_detection:ObjectDetection", "transformers",
        auto_class="MODEL_FOR_OBJECT_DETECTION_MAPPING_NAMES",
    ),
    AdapterRule(
        "image classifier", ("image-classification",), ("recognise",),
        f"{_T}.image_classification:ImageClassification", "transformers",
        auto_class="MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES",
    ),
    AdapterRule(
        "image encoder", ("image-feature-extraction",), ("compare", "find_similar"),
        f"{_T}.image_features:ImageFeatures", "transformers",
        auto_class="MODEL_MAPPING_NAMES", needs_task=True,
    ),
    AdapterRule(
        "sentence encoder", ("sentence-similarity", "feature-extraction"),
        ("compare_texts", "classify_text"),
        f"{_T}.sentence_embedding:SentenceEmbedding", "transformers",
        auto_class="MODEL_MAPPING_NAMES", needs_task=True,
    ),
    AdapterRule(
        "CLIP model", ("zero-shot-image-classification",), ("classify", "search_images"),
        f"{_HERE}.torch.open_clip:OpenClip", "open_clip",
    ),
    AdapterRule(
        "CLIP model", ("zero-shot-image-classification",), ("classify", "search_images"),
        f"{_T}.image_text_similarity:ImageTextSimilarity", "transformers",
        class_names=("CLIPModel", "SiglipModel"), settings=(text_padding,),
    ),
    AdapterRule(
        "vision-language model",
        ("image-text-to-text", "visual-question-answering", "image-to-text"),
        ("caption", "ask_image", "ask_document", "ask_video"),
        f"{_T}.image_text_to_text:ImageTextToText", "transformers",
        auto_class="MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES", template="see/qwen3-vl-2b",
        settings=(prompts,), other_configs=("tokenizer_config.json",), offload=True,
        tools_without_template=("caption", "ask_image"),
    ),
    AdapterRule(
        "segmenter", ("mask-generation",), ("segment",),
        f"{_T}.mask_generation:MaskGeneration", "transformers",
        class_names=("Sam2Model", "Sam2VideoModel"), template="segment/sam2.1-base-plus",
    ),
    AdapterRule(
        "segmenter", ("mask-generation",), ("segment",),
        f"{_T}.mask_generation:MaskGeneration", "transformers",
        class_names=("SamModel", "SamHQModel"),
    ),
    AdapterRule(
        "tracker", ("video-mask-generation", "mask-generation"), ("track",),
        f"{_T}.mask_tracking:MaskFollowing", "transformers", class_names=("Sam2VideoModel",),
    ),
    AdapterRule(
        "pose estimator", ("keypoint-detection",), ("pose",),
        f"{_T}.pose_estimation:PoseEstimation", "transformers",
        class_names=("VitPoseForPoseEstimation",), template="pose/vitpose-plus-base",
        companion=Companion("pose/vitpose-plus-base", "detector"),
    ),
    AdapterRule(
        "text recogniser", ("image-to-text",), ("read_text", "read_table", "read_document"),
        f"{_T}.text_recognition:TextRecognition", "transformers",
        auto_class="MODEL_FOR_TEXT_RECOGNITION_MAPPING_NAMES",
        companion=Companion("read_text/pp-ocr-v6-medium", "finder"),
    ),
    AdapterRule(
        "super-resolution network", ("image-to-image",), ("enlarge",),
        f"{_T}.image_to_image:ImageToImage", "transformers",
        auto_class="MODEL_FOR_IMAGE_TO_IMAGE_MAPPING_NAMES",
    ),
    AdapterRule(
        "speech recogniser", ("automatic-speech-recognition",), ("transcribe", "spoken_lines"),
        f"{_T}.speech_recognition:SpeechRecognition", "transformers",
        class_names=("WhisperForConditionalGeneration",),
    ),
    AdapterRule(
        "speech synthesizer", ("text-to-speech", "text-to-audio"), ("speak",),
        f"{_T}.text_to_speech:TextToSpeech", "transformers",
        class_names=("VitsModel", "BarkModel"), settings=(speech_rate,),
        other_configs=("generation_config.json",),
    ),
    AdapterRule(
        "music generator", ("text-to-audio",), ("make_music",),
        f"{_T}.music_generation:MusicGeneration", "transformers",
        class_names=("MusicgenForConditionalGeneration",),
    ),
    AdapterRule(
        "sound classifier", ("audio-classification",), ("classify_sound", "sounds_in_video"),
        f"{_T}.audio_classification:AudioClassification", "transformers",
        auto_class="MODEL_FOR_AUDIO_CLASSIFICATION_MAPPING_NAMES", settings=(classifier_window,),
    ),
    AdapterRule(
        "audio-language model", ("audio-text-to-text",), ("describe_sound",),
        f"{_T}.audio_text_to_text:AudioTextToText", "transformers",
        class_names=("Qwen2AudioForConditionalGeneration",),
        template="describe_sound/qwen2-audio-7b", offload=True,
    ),
    AdapterRule(
        "inpainting pipeline", ("image-to-image", "text-to-image"), ("remove", "extend", "replace"),
        f"{_D}.image_editing:DiffusersInpainter", "diffusers",
        arguments=frozenset({"image", "mask_image", "prompt", "strength", "height", "width"}),
        forbidden_arguments=frozenset({"control_image"}),
        template="paint_into/sdxl-inpainting", settings=(diffusion_steps,), offload=True,
    ),
    AdapterRule(
        "image-editing pipeline", ("image-to-image",), ("edit", "restyle"),
        f"{_D}.image_editing:DiffusersEditor", "diffusers",
        class_names=("Flux2KleinPipeline",), template="edit/flux2-klein-4b",
        settings=(diffusion_steps,), offload=True,
    ),
    AdapterRule(
        "image-editing pipeline", ("image-to-image",), ("edit", "restyle"),
        f"{_D}.image_editing:DiffusersEditor", "diffusers",
        class_names=("QwenImageEditPlusPipeline",), template="edit/qwen-image-edit-2511",
        settings=(diffusion_steps,), offload=True,
    ),
    AdapterRule(
        "image-editing pipeline", ("image-to-image",), ("edit",),
        f"{_D}.image_editing:DiffusersEditor", "diffusers",
        class_names=("StableDiffusionInstructPix2PixPipeline",), settings=(half_size,),
        offload=True,
    ),
    AdapterRule(
        "text-to-image pipeline", ("text-to-image",), ("draw",),
        f"{_D}.text_to_image:DiffusersPainter", "diffusers",
        arguments=frozenset({"prompt", "height", "width", "num_inference_steps", "generator"}),
        forbidden_arguments=frozenset({"num_frames", "image", "control_image", "mask_image"}),
        settings=(diffusion_steps,), offload=True,
    ),
    AdapterRule(
        "text-to-image pipeline", ("text-to-image",), ("draw",),
        f"{_D}.text_to_image:DiffusersPainter", "diffusers", class_names=("Flux2KleinPipeline",),
        template="draw/flux2-klein-4b", settings=(diffusion_steps,), offload=True,
    ),
    AdapterRule(
        "guided painter", ("text-to-image", "image-to-image"), ("draw_from",),
        f"{_D}.image_editing:DiffusersGuidedPainter", "diffusers",
        class_names=("ControlNetUnionModel",), template="draw_from/sdxl-controlnet-union",
        folder="controlnet", companion=Companion("draw_from/sdxl-controlnet-union", ""),
        offload=True,
    ),
    AdapterRule(
        "text-to-video pipeline", ("text-to-video",), ("make_video",),
        f"{_D}.video_generation:DiffusersFilmMaker", "diffusers",
        arguments=frozenset({"prompt", "num_frames", "height", "width"}),
        forbidden_arguments=frozenset({"image", "video"}),
        settings=(diffusion_steps, video_size), offload=True,
    ),
    AdapterRule(
        "image-to-video pipeline", ("image-to-video",), ("animate",),
        f"{_D}.video_generation:DiffusersAnimator", "diffusers",
        arguments=frozenset({"image", "prompt", "num_frames", "height", "width"}),
        forbidden_arguments=frozenset({"video"}), template="animate/wan2.2-5b",
        settings=(diffusion_steps, video_size), offload=True,
    ),
    AdapterRule(
        "music pipeline", ("text-to-audio",), ("make_music",),
        f"{_D}.audio_generation:DiffusersSoundMaker", "diffusers",
        class_names=("AceStepPipeline",), template="make_music/ace-step-1.5-xl-turbo",
        settings=(diffusion_steps, audio_rate), other_configs=("vae/config.json",), offload=True,
    ),
    AdapterRule(
        "music separator", ("audio-to-audio", "text-to-audio"), ("separate",),
        f"{_D}.audio_editing:DiffusersSeparator", "diffusers", class_names=("AceStepPipeline",),
        template="separate/ace-step-1.5-xl-base", settings=(diffusion_steps, audio_rate),
        other_configs=("vae/config.json",), offload=True,
    ),
    AdapterRule(
        "gap filler", ("audio-to-audio", "text-to-audio"), ("fill_sound",),
        f"{_D}.audio_editing:DiffusersFiller", "diffusers", class_names=("AceStepPipeline",),
        template="fill_sound/ace-step-1.5-xl-turbo", settings=(diffusion_steps, audio_rate),
        other_configs=("vae/config.json",), offload=True,
    ),
    *(
        AdapterRule(
            "sound pipeline", ("text-to-audio",), ("make_sound", "make_music"),
            f"{_D}.audio_generation:DiffusersSoundMaker", "diffusers",
            arguments=frozenset({"prompt", duration}),
            forbidden_arguments=frozenset({"task_type", "image"}),
            settings=(diffusion_steps, audio_rate),
            other_configs=("vae/config.json", "vocoder/config.json"), offload=True,
        )
        for duration in _DURATIONS
    ),
)  # fmt: skip


def matching_rules(checkpoint: Checkpoint) -> tuple[AdapterRule, ...]:
    """Return the rules that a checkpoint fits, those of the hub's own tag for it first."""
    fitting = [rule for rule in RULES if _fits(rule, checkpoint)]
    task = checkpoint.model.task
    return tuple(sorted(fitting, key=lambda rule: task not in rule.tasks))


def choose_rule(checkpoint: Checkpoint, tool: str = "") -> AdapterRule:
    """Return the rule for a checkpoint; InputError says why there is none."""
    model = checkpoint.model
    rules = matching_rules(checkpoint)
    if not rules:
        raise _no_adapter(checkpoint)
    chosen = [rule for rule in rules if not tool or tool in rule.tools]
    if not chosen:
        offered = dict.fromkeys(name for rule in rules for name in rule.tools)
        raise InputError(
            f"{model.repository!r} does not perform {tool!r}; as a {rules[0].name} it performs "
            f"{', '.join(offered)}",
            hint="leave --tool out, or name one of these",
        )
    return chosen[0]


def _no_adapter(checkpoint: Checkpoint) -> InputError:
    model = checkpoint.model
    if model.custom_code and not _is_library_class(checkpoint):
        return InputError(
            f"{model.repository!r} loads with code of its own "
            f"({checkpoint.class_name or 'no class'}), which Batuta never runs",
            hint="choose a repository whose class comes with transformers or diffusers: "
            "batuta models search TASK",
        )
    same_task = [rule for rule in RULES if model.task in rule.tasks]
    if not same_task:
        performed = dict.fromkeys(rule.tasks[0] for rule in RULES)
        return InputError(
            f"no tool does what {model.repository!r} is tagged for: "
            f"{model.task or 'it has no pipeline tag'!r}",
            hint=f"the tags with a tool are {', '.join(performed)}"
            + (
                f"; as a language model, use it with --llm hf:{model.repository}"
                if model.task == "text-generation"
                else ""
            ),
        )
    return InputError(
        f"{model.repository!r} is tagged {model.task!r}, but its class "
        f"{checkpoint.class_name or 'is not named and'!r} is none that the adapter "
        f"{same_task[0].adapter.rpartition(':')[2]} loads",
        hint=f"choose another: batuta models search {model.task}",
    )


def _fits(rule: AdapterRule, checkpoint: Checkpoint) -> bool:
    if rule.library != checkpoint.library:
        return False
    if rule.needs_task and checkpoint.model.task not in rule.tasks:
        return False
    if rule.library == "open_clip":
        return True
    name = checkpoint.class_name
    if rule.class_names:
        return name in rule.class_names
    if rule.auto_class:
        classes = _auto_classes(rule.auto_class).get(checkpoint.model_type, ())
        return name in classes
    arguments = _call_arguments(name)
    return rule.arguments <= arguments and not rule.forbidden_arguments & arguments


@cache
def _auto_classes(table: str) -> Mapping[str, tuple[str, ...]]:
    """Return the classes of each model type in a table of transformers."""
    module = import_module("transformers.models.auto.modeling_auto")
    names: Mapping[str, str | tuple[str, ...]] = getattr(module, table)
    return {
        model_type: (classes,) if isinstance(classes, str) else tuple(classes)
        for model_type, classes in names.items()
    }


@cache
def _call_arguments(class_name: str) -> frozenset[str]:
    """Return the arguments of a diffusers pipeline's call; none for any other class."""
    pipeline: Any = getattr(import_module("diffusers"), class_name, None) if class_name else None
    is_pipeline = isinstance(pipeline, type) and class_name.endswith("Pipeline")
    return (
        frozenset(inspect.signature(pipeline.__call__).parameters) if is_pipeline else frozenset()
    )


def _is_library_class(checkpoint: Checkpoint) -> bool:
    library = import_module("diffusers" if checkpoint.library == "diffusers" else "transformers")
    return bool(checkpoint.class_name) and hasattr(library, checkpoint.class_name)
