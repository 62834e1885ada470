"""Pipelines of diffusers with random weights, some hundred kilobytes each, as published."""

import json
import shutil
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers.pipelines.ace_step import AceStepConditionEncoder
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker

from tests.tools.adapters.load_card import word_tokenizer

WORDS = ("a", "dog", "red", "apple")


def _tokenizer(*special: str, end: str, **told: Any) -> transformers.PreTrainedTokenizerFast:
    around = ("<s>", "</s>") if "<s>" in special else None
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer(*special, *WORDS, unknown=end, around=around),
        unk_token=end, pad_token=end, eos_token=end, model_max_length=16, **told,
    )  # fmt: skip


def _shaken(network: torch.nn.Module) -> Any:
    """The network with no weight at zero, as new ones have where they are to learn first."""
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    return network


def _autoencoder(kind: Any, **told: Any) -> Any:
    return kind(
        block_out_channels=(4, 8), down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2, latent_channels=4, norm_num_groups=4,
        sample_size=32, layers_per_block=1, **told,
    )  # fmt: skip


UNET: dict[str, Any] = {
    "block_out_channels": (8, 16), "layers_per_block": 1,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"), "attention_head_dim": (1, 2),
    "use_linear_projection": True, "addition_embed_type": "text_time",
    "addition_time_embed_dim": 4, "transformer_layers_per_block": (1, 1),
    "projection_class_embeddings_input_dim": 40, "cross_attention_dim": 32, "norm_num_groups": 4,
}  # fmt: skip


def write_sdxl(folder: Path, *, kind: str, channels: int) -> Path:
    told = transformers.CLIPTextConfig(
        vocab_size=6, hidden_size=16, intermediate_size=16, num_hidden_layers=2,
        num_attention_heads=2, max_position_embeddings=16, projection_dim=16, bos_token_id=0,
        eos_token_id=1, pad_token_id=1,
    )  # fmt: skip
    reads = _tokenizer("<s>", "</s>", end="</s>", bos_token="<s>")
    getattr(diffusers, kind)(
        vae=_autoencoder(diffusers.AutoencoderKL),
        text_encoder=transformers.CLIPTextModel(told),
        text_encoder_2=transformers.CLIPTextModelWithProjection(told),
        tokenizer=reads,
        tokenizer_2=reads,
        unet=_shaken(
            diffusers.UNet2DConditionModel(
                sample_size=32, in_channels=channels, out_channels=4,
                up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), **UNET,
            )
        ),
        scheduler=diffusers.EulerDiscreteScheduler(),
    ).save_pretrained(folder, variant="fp16")  # fmt: skip
    return folder


def write_stable_diffusion(
    folder: Path,
    prediction: str = "epsilon",
    kind: str = "StableDiffusionPipeline",
    channels: int = 4,
) -> Path:
    """Told by vectors of 16 numbers, of which it takes 16."""
    told = transformers.CLIPTextConfig(
        vocab_size=6, hidden_size=16, intermediate_size=16, num_hidden_layers=2,
        num_attention_heads=2, max_position_embeddings=16, bos_token_id=0, eos_token_id=1,
        pad_token_id=1,
    )  # fmt: skip
    looks = transformers.CLIPVisionConfig(
        hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1,
        image_size=8, patch_size=4, projection_dim=8,
    )  # fmt: skip
    checks = transformers.CLIPConfig(
        text_config=told.to_dict(), vision_config=looks.to_dict(), projection_dim=8
    )
    side = {"shortest_edge": 8}
    getattr(diffusers, kind)(
        vae=_autoencoder(diffusers.AutoencoderKL),
        text_encoder=transformers.CLIPTextModel(told),
        tokenizer=_tokenizer("<s>", "</s>", end="</s>", bos_token="<s>"),
        unet=_shaken(
            diffusers.UNet2DConditionModel(
                sample_size=32, in_channels=channels, out_channels=4, block_out_channels=(8, 16),
                layers_per_block=1, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
                up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), attention_head_dim=2,
                cross_attention_dim=16, norm_num_groups=4,
            )
        ),
        scheduler=diffusers.PNDMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
            prediction_type=prediction, skip_prk_steps=True, steps_offset=1,
        ),
        safety_checker=StableDiffusionSafetyChecker(checks),
        feature_extractor=transformers.CLIPImageProcessor(size=side, crop_size=8),
    ).save_pretrained(folder, variant="fp16")  # fmt: skip
    return folder


def write_sd_turbo(folder: Path) -> Path:
    """Stable Diffusion without the two networks that look at what was drawn."""
    write_stable_diffusion(folder)
    index = folder / "model_index.json"
    modules = json.loads(index.read_text())
    for name in ("safety_checker", "feature_extractor"):
        shutil.rmtree(folder / name)
        modules[name] = [None, None]
    index.write_text(json.dumps(modules))
    return folder


def write_controlnet(folder: Path) -> Path:
    _shaken(
        diffusers.ControlNetUnionModel(
            num_control_type=6, num_trans_channel=8, num_trans_head=2, num_trans_layer=1,
            num_proj_channel=8, conditioning_embedding_out_channels=(4, 8), **UNET,
        )
    ).save_pretrained(folder)  # fmt: skip
    return folder


def write_klein(folder: Path) -> Path:
    template = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
    # The layers that it takes the meaning of words from are fixed numbers, up to 27.
    reads = transformers.Qwen3Config(
        vocab_size=6, hidden_size=8, intermediate_size=8, num_hidden_layers=28,
        num_attention_heads=1, num_key_value_heads=1, head_dim=8,
    )  # fmt: skip
    diffusers.Flux2KleinPipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
        vae=_autoencoder(diffusers.AutoencoderKLFlux2),
        text_encoder=transformers.Qwen3ForCausalLM(reads),
        tokenizer=_tokenizer("<pad>", "<end>", end="<end>", chat_template=template),
        transformer=_shaken(
            diffusers.Flux2Transformer2DModel(
                in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
                num_attention_heads=1, joint_attention_dim=24, timestep_guidance_channels=16,
                axes_dims_rope=[4] * 4, guidance_embeds=False,
            )
        ),
        is_distilled=True,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def write_wan(folder: Path, *, from_pictures: bool) -> Path:
    reads = transformers.UMT5Config(
        vocab_size=6, d_model=16, d_kv=8, num_heads=2, d_ff=16, num_layers=1
    )
    diffusers.WanPipeline(
        tokenizer=_tokenizer("<pad>", "</s>", end="</s>"),
        text_encoder=transformers.UMT5EncoderModel(reads),
        vae=diffusers.AutoencoderKLWan(
            base_dim=4, z_dim=4, dim_mult=[1] * 4, num_res_blocks=1,
            latents_mean=[0.0] * 4, latents_std=[1.0] * 4,
        ),
        scheduler=diffusers.UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
        ),
        transformer=_shaken(
            diffusers.WanTransformer3DModel(
                num_attention_heads=1, attention_head_dim=12, in_channels=4, out_channels=4,
                text_dim=16, freq_dim=16, ffn_dim=16, num_layers=1, rope_max_seq_len=32,
            )
        ),
        expand_timesteps=from_pictures,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def write_stable_audio(folder: Path) -> Path:
    """At 400 samples a second; the scheduler that is published needs a package of its own."""
    reads = transformers.T5Config(
        vocab_size=6, d_model=16, d_kv=8, num_heads=2, d_ff=16, num_layers=1
    )
    diffusers.StableAudioPipeline(
        vae=diffusers.AutoencoderOobleck(
            encoder_hidden_size=4, downsampling_ratios=[2, 4], decoder_channels=3,
            decoder_input_channels=3, channel_multiples=[2, 4], sampling_rate=400,
        ),
        text_encoder=transformers.T5EncoderModel(reads),
        projection_model=diffusers.StableAudioProjectionModel(
            text_encoder_dim=16, conditioning_dim=16, min_value=0, max_value=32
        ),
        tokenizer=_tokenizer("<pad>", "</s>", end="</s>"),
        transformer=diffusers.StableAudioDiTModel(
            sample_size=32, in_channels=3, num_layers=1, attention_head_dim=8,
            num_attention_heads=2, num_key_value_attention_heads=1, out_channels=3,
            cross_attention_dim=16, time_proj_dim=8, global_states_input_dim=32,
            cross_attention_input_dim=16,
        ),
        scheduler=diffusers.EDMDPMSolverMultistepScheduler(prediction_type="v_prediction"),
    ).save_pretrained(folder)  # fmt: skip
    return folder


def write_ace_step(folder: Path) -> Path:
    """At 400 samples and 50 steps of the network a second."""
    reads = transformers.Qwen3Config(
        vocab_size=6, hidden_size=8, intermediate_size=8, num_hidden_layers=1,
        num_attention_heads=1, num_key_value_heads=1, head_dim=8,
    )  # fmt: skip
    heads: dict[str, Any] = {
        "hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2,
        "num_key_value_heads": 1, "head_dim": 8, "sliding_window": 8,
    }  # fmt: skip
    diffusers.AceStepPipeline(
        vae=diffusers.AutoencoderOobleck(
            encoder_hidden_size=6, downsampling_ratios=[2, 4], decoder_channels=3,
            decoder_input_channels=3, channel_multiples=[2, 4], sampling_rate=400,
        ),
        text_encoder=transformers.Qwen3Model(reads),
        tokenizer=_tokenizer("<pad>", "<end>", end="<end>"),
        transformer=_shaken(
            diffusers.AceStepTransformer1DModel(
                num_hidden_layers=1, in_channels=9, audio_acoustic_hidden_dim=3, **heads
            )
        ),
        condition_encoder=AceStepConditionEncoder(
            text_hidden_dim=8, timbre_hidden_dim=3, num_lyric_encoder_hidden_layers=1,
            num_timbre_encoder_hidden_layers=1, **heads,
        ),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0),
    ).save_pretrained(folder)  # fmt: skip
    return folder
