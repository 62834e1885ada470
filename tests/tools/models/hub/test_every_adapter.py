"""Every adapter of hub repositories gets a card for what a hub publishes, and works with it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import transformers

from tests.tools.adapters.diffusers import tiny_pipelines
from tests.tools.adapters.torch.tiny_clip import write_published_clip
from tests.tools.adapters.transformers import tiny_checkpoints as tiny
from tests.tools.models.hub.fake_hub import FakeHub
from tools import Audio, Box, Image, Mask, Video
from tools.home import home
from tools.models.catalogue import Catalogue
from tools.models.download import fetch
from tools.models.hub.adapter_rules import RULES
from tools.models.hub.hub_card import propose_card
from tools.models.hub.hub_client import HubClient
from tools.models.hub.user_cards import UserCards
from tools.models.profile import Profile
from tools.models.residency.card_loader import CardLoader

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated:FutureWarning"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:At least one mel filter:UserWarning"),
]

NOISE = Image(PIL.Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)))
HISS = Audio(np.random.default_rng(0).normal(0, 0.1, 32_000).astype(np.float32), 16_000)
HOLE = Mask(Box(16, 16, 48, 48).mask(96, 64))
DETECTOR = "PekingU/rtdetr_r50vd_coco_o365@457857cec8ac28ddede40ecee9eed2beca321af8"
FINDER = "PaddlePaddle/PP-OCRv6_medium_det_safetensors@4236c2b61741a259c091fd879dcc4edc339e916c"
SDXL = "stabilityai/stable-diffusion-xl-base-1.0@462165984030d82259a11f4367a4eed129e94a7b"


@dataclass(frozen=True)
class Case:
    """A repository, the tag of the hub, and what its adapter has to do."""

    name: str
    task: str
    write: Callable[[Path], Any]
    tools: tuple[str, ...]
    adapter: str
    use: Callable[[Any], Any]
    settings: dict[str, str] = field(default_factory=dict)
    tool: str = ""
    companion: tuple[str, Callable[[Path], Any]] | None = None
    """Another repository at a commit that a shipped card names."""


def write_vits(folder: Path) -> None:
    config = transformers.VitsConfig(
        vocab_size=6, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, ffn_dim=16,
        flow_size=16, spectrogram_bins=9, upsample_initial_channel=16, upsample_rates=[4, 2],
        upsample_kernel_sizes=[8, 4], resblock_kernel_sizes=[3], prior_encoder_num_flows=1,
        resblock_dilation_sizes=[[1]], posterior_encoder_num_wavenet_layers=1,
        prior_encoder_num_wavenet_layers=1, duration_predictor_num_flows=1, sampling_rate=8000,
        depth_separable_num_layers=1, duration_predictor_filter_channels=16,
    )  # fmt: skip
    transformers.VitsModel(config).save_pretrained(folder)
    vocabulary = {letter: number for number, letter in enumerate(" helo_")}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    transformers.VitsTokenizer(
        str(folder / "vocab.json"), pad_token="_", language="eng", is_uroman=False,
        phonemize=False,
    ).save_pretrained(folder)  # fmt: skip


def write_wan_animator(folder: Path) -> None:
    tiny_pipelines.write_wan(folder, from_pictures=True)
    index = folder / "model_index.json"
    index.write_text(index.read_text().replace('"WanPipeline"', '"WanImageToVideoPipeline"'))


def film() -> Video:
    dice = np.random.default_rng(0)
    return Video.of_frames(list(dice.integers(0, 256, (4, 64, 96, 3), np.uint8)), 10)


def first_box(model: Any) -> Any:
    frames = (PIL.Image.fromarray(pixels) for pixels in film().frames())
    return [next(model.track(frames, Box(3, 4, 90, 60)))]


QUICK = {"steps": "2", "pixels": "4096"}
CASES = (
    Case("org/depth", "depth-estimation", tiny.write_depth_anything,
         ("depth", "surface_normals"), "DepthEstimation",
         lambda model: model.inverse_depth(NOISE).width == 96),
    Case("org/dino", "zero-shot-object-detection", tiny.write_grounding_dino,
         ("detect", "detect_in_video", "drawing_faults"), "ZeroShotDetection",
         lambda model: len(model.find_named(NOISE, "dog")), {"score": "0"}),
    Case("org/owl", "zero-shot-object-detection", tiny.write_owlv2,
         ("detect", "detect_in_video", "drawing_faults"), "ZeroShotDetection",
         lambda model: len(model.find_named(NOISE, "dog")), {"score": "0"}),
    Case("org/rtdetr", "object-detection", tiny.write_rt_detr,
         ("detect", "detect_in_video", "drawing_faults"), "ObjectDetection",
         lambda model: len(model.find(NOISE)) == 6, {"score": "0"}),
    Case("org/dinov2-classes", "image-classification", tiny.write_dinov2_classifier,
         ("recognise",), "ImageClassification", lambda model: len(model.predictions(NOISE)) == 3),
    Case("org/dinov2", "image-feature-extraction", tiny.write_dinov2,
         ("compare", "find_similar"), "ImageFeatures",
         lambda model: model.vectors([NOISE]).shape == (1, 16)),
    Case("org/sentences", "sentence-similarity", tiny.write_sentence_encoder,
         ("compare_texts", "classify_text"), "SentenceEmbedding",
         lambda model: model.vectors(["a dog", "a cup"]).shape == (2, 16)),
    Case("org/clip", "zero-shot-image-classification", write_published_clip,
         ("classify", "search_images"), "OpenClip",
         lambda model: model.similarities([NOISE], ["a dog"]).shape == (1, 1)),
    Case("org/clip-of-transformers", "zero-shot-image-classification", tiny.write_clip,
         ("classify", "search_images"), "ImageTextSimilarity",
         lambda model: model.similarities([NOISE], ["a dog"]).shape == (1, 1)),
    Case("org/siglip", "zero-shot-image-classification", tiny.write_siglip,
         ("classify", "search_images"), "ImageTextSimilarity",
         lambda model: model.padding == "max_length" and model.vectors([NOISE]).shape[0] == 1),
    Case("org/qwen-vl", "image-text-to-text", tiny.write_qwen3_vl,
         ("caption", "ask_image", "ask_document", "ask_video"), "ImageTextToText",
         lambda model: isinstance(model.caption(NOISE), str), {"longest": "4"}),
    Case("org/blip", "image-to-text", tiny.write_blip2, ("caption", "ask_image"),
         "ImageTextToText", lambda model: isinstance(model.answer(NOISE, "a dog?"), str),
         {"longest": "4"}),
    Case("org/sam2", "mask-generation", tiny.write_sam2, ("segment",), "MaskGeneration",
         lambda model: len(model.outline(NOISE, [Box(3, 4, 30, 40)])) == 1),
    Case("org/sam2-video", "mask-generation", tiny.write_sam2_video, ("track",), "MaskFollowing",
         first_box, tool="track"),
    Case("org/vitpose", "keypoint-detection", tiny.write_vitpose, ("pose",), "PoseEstimation",
         lambda model: len(model.poses(NOISE)) == 6, {"score": "0"},
         companion=(DETECTOR, tiny.write_rt_detr)),
    Case("org/ocr", "image-to-text", tiny.write_text_recogniser,
         ("read_text", "read_table", "read_document"), "TextRecognition",
         lambda model: len(model.read(NOISE)) == 1, {"score": "0"},
         companion=(FINDER, tiny.write_text_detector)),
    Case("org/swin2sr", "image-to-image", tiny.write_swin2sr, ("enlarge",), "ImageToImage",
         lambda model: model.enlarge(NOISE).width == 192),
    Case("org/whisper", "automatic-speech-recognition", tiny.write_whisper,
         ("transcribe", "spoken_lines"), "SpeechRecognition",
         lambda model: isinstance(model.transcribe(HISS), str)),
    Case("org/vits", "text-to-speech", write_vits, ("speak",), "TextToSpeech",
         lambda model: model.speak("hello").rate == 8000),
    Case("org/bark", "text-to-speech", tiny.write_bark, ("speak",), "TextToSpeech",
         lambda model: model.speak("hello").rate == 24_000 and bool(model.voice)),
    Case("org/musicgen", "text-to-audio", tiny.write_musicgen, ("make_music",), "MusicGeneration",
         lambda model: model.play("calm", 0.5, 1).rate == 400),
    Case("org/ast", "audio-classification", tiny.write_ast, ("classify_sound", "sounds_in_video"),
         "AudioClassification",
         lambda model: model.window_s == 10.24 and model.scores(HISS).shape == (1, 2)),
    Case("org/qwen-audio", "audio-text-to-text", tiny.write_qwen2_audio, ("describe_sound",),
         "AudioTextToText", lambda model: isinstance(model.describe_sound(HISS), str),
         {"longest": "4"}),
    Case("org/sdxl", "text-to-image",
         lambda folder: tiny_pipelines.write_sdxl(
             folder, kind="StableDiffusionXLPipeline", channels=4
         ),
         ("draw",), "DiffusersPainter", lambda model: model.paint("a dog", 1).width == 64,
         {"steps": "1", "side": "64"}),
    Case("org/sd-turbo", "text-to-image", tiny_pipelines.write_stable_diffusion, ("draw",),
         "DiffusersPainter",
         lambda model: model.pipeline.steps == 4 and model.paint("a dog", 1).width == 64,
         {"side": "64"}),
    Case("org/klein", "text-to-image", tiny_pipelines.write_klein, ("draw",), "DiffusersPainter",
         lambda model: model.paint("a dog", 1).width == 64, {"side": "64"}),
    Case("org/klein-editor", "image-to-image", tiny_pipelines.write_klein, ("edit", "restyle"),
         "DiffusersEditor", lambda model: model.edit(NOISE, "a red dog", 1).width == 96, QUICK),
    Case("org/instruct-pix2pix", "image-to-image",
         lambda folder: tiny_pipelines.write_stable_diffusion(
             folder, kind="StableDiffusionInstructPix2PixPipeline", channels=8
         ),
         ("edit",), "DiffusersEditor", lambda model: model.edit(NOISE, "a red dog", 1).width == 96,
         QUICK),
    Case("org/sdxl-inpainting", "text-to-image",
         lambda folder: tiny_pipelines.write_sdxl(
             folder, kind="StableDiffusionXLInpaintPipeline", channels=9
         ),
         ("remove", "extend", "replace"), "DiffusersInpainter",
         lambda model: model.fill(NOISE, HOLE).width == 96, QUICK),
    Case("org/controlnet-union", "text-to-image", tiny_pipelines.write_controlnet, ("draw_from",),
         "DiffusersGuidedPainter",
         lambda model: model.paint_along(NOISE, "edges", "a dog", 1).width == 96, QUICK,
         companion=(SDXL, lambda folder: tiny_pipelines.write_sdxl(
             folder, kind="StableDiffusionXLPipeline", channels=4))),
    Case("org/wan", "text-to-video",
         lambda folder: tiny_pipelines.write_wan(folder, from_pictures=False), ("make_video",),
         "DiffusersFilmMaker", lambda model: model.generate_video("a dog", 0.5, 1).width == 64,
         {"steps": "1", "width": "64", "height": "64", "fps": "8"}),
    Case("org/wan-animator", "image-to-video", write_wan_animator, ("animate",),
         "DiffusersAnimator", lambda model: model.animate(NOISE, "", 0.5, 1).width == 96,
         {"steps": "1", "fps": "8", "pixels": "6144"}),
    Case("org/stable-audio", "text-to-audio", tiny_pipelines.write_stable_audio,
         ("make_sound", "make_music"), "DiffusersSoundMaker",
         lambda model: model.rate == 400 and model.make_sound("a dog", 0.5, 1).rate == 400,
         {"steps": "2", "shortest": "0.6"}),
    Case("org/ace-step", "text-to-audio", tiny_pipelines.write_ace_step, ("make_music",),
         "DiffusersSoundMaker", lambda model: model.play_prompt("calm", 0.5, 1).rate == 400,
         {"steps": "2", "shortest": "1"}),
    Case("org/ace-separator", "text-to-audio", tiny_pipelines.write_ace_step, ("separate",),
         "DiffusersSeparator",
         lambda model: model.extract_source(HISS, "drums").rate == 16_000,
         {"steps": "2", "longest": "4", "sources": "drums"}, tool="separate"),
    Case("org/ace-filler", "text-to-audio", tiny_pipelines.write_ace_step, ("fill_sound",),
         "DiffusersFiller", lambda model: model.settings["rate"] == "400",
         {"steps": "2", "around": "1"}, tool="fill_sound"),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_published_repository_gets_a_card_that_its_adapter_works_with(
    hub: FakeHub, tmp_path: Path, case: Case
) -> None:
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    case.write(folder)
    (folder / "run_me.py").write_text("raise SystemExit")
    (folder / "weights.ckpt").write_bytes(b"\x80\x04.")
    commit = hub.publish(case.name, folder, task=case.task)
    if case.companion:
        publish_companion(hub, tmp_path / "companion", *case.companion)
    catalogue = Catalogue.load(home())
    client = HubClient()

    proposal = propose_card(
        client, client.describe(case.name), catalogue, tool=case.tool, settings=case.settings
    )
    UserCards(home()).write(proposal.table)
    catalogue = Catalogue.load(home())

    assert catalogue.broken == ()
    card = catalogue[proposal.table["id"]]
    assert card.own
    assert card.tools == case.tools
    assert card.adapter.partition(":")[2] == case.adapter
    assert card.licence == "Apache-2.0"
    assert card.repositories[0].commit == commit
    files = fetch(card)
    assert not [name for name in files if name.endswith((".py", ".ckpt"))]
    profile = Profile.load("offline", catalogue)
    assert profile.cards_for(case.tools[0])[0].id == card.id
    assert case.use(CardLoader(profile).load(card.id, "cpu").model)


def publish_companion(
    hub: FakeHub, folder: Path, source: str, write: Callable[[Path], Any]
) -> None:
    """Publish a repository under the commit that a shipped card is pinned to."""
    name, _, commit = source.partition("@")
    folder.mkdir()
    write(folder)
    published = hub.publish(name, folder)
    hub.repositories[name].commits = {commit: hub.repositories[name].commits[published]}
    hub.repositories[name].branches = {"main": commit}


def test_every_rule_has_a_case() -> None:
    adapters = {rule.adapter.rpartition(":")[2] for rule in RULES}

    assert adapters == {case.adapter for case in CASES}
