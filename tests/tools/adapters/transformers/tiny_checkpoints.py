"""Checkpoints of transformers with random weights, some hundred kilobytes each, as published."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers.models.bark import generation_configuration_bark as bark

from tests.tools.adapters.load_card import word_tokenizer
from tests.tools.adapters.transformers.tiny_sam2 import SIDE, image_processor, parts


def write_ast(folder: Path) -> Path:
    config = transformers.ASTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        id2label={0: "dog", 1: "rain"},
    )  # fmt: skip
    transformers.ASTForAudioClassification(config).save_pretrained(folder)
    transformers.ASTFeatureExtractor().save_pretrained(folder)
    return folder


QWEN_AUDIO_WORDS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|audio_bos|>", "<|AUDIO|>",
         "<|audio_eos|>", "<unk>", "a", "dog", "barks")  # fmt: skip
AUDIO_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{% for c in m['content'] %}{% if c['type'] == 'audio' %}"
    "<|audio_bos|><|AUDIO|><|audio_eos|>{% else %}{{ c['text'] }}{% endif %}{% endfor %}"
    "<|im_end|>{% endfor %}<|im_start|>"
)
LAYERS: dict[str, Any] = {"num_hidden_layers": 1, "num_attention_heads": 2}


def write_qwen2_audio(folder: Path) -> Path:
    config = transformers.Qwen2AudioConfig(
        audio_config={
            "model_type": "qwen2_audio_encoder", "d_model": 16, "encoder_layers": 1,
            "encoder_attention_heads": 2, "encoder_ffn_dim": 16,
        },
        text_config={
            **LAYERS, "model_type": "qwen2", "vocab_size": len(QWEN_AUDIO_WORDS), "hidden_size": 16,
            "intermediate_size": 16, "num_key_value_heads": 2,
        },
        audio_token_index=4,
    )  # fmt: skip
    network = transformers.Qwen2AudioForConditionalGeneration(config)
    network.generation_config.eos_token_id = 2
    network.generation_config.pad_token_id = 0
    network.save_pretrained(folder)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer(*QWEN_AUDIO_WORDS, unknown="<unk>"),
        unk_token="<unk>", eos_token="<|im_end|>", pad_token="<|endoftext|>",
    )  # fmt: skip
    hears = transformers.WhisperFeatureExtractor(feature_size=128)
    transformers.Qwen2AudioProcessor(
        hears, tokenizer, chat_template=AUDIO_TEMPLATE
    ).save_pretrained(folder)
    return folder


def write_depth_anything(folder: Path) -> Path:
    backbone = transformers.Dinov2Config(
        hidden_size=16, num_hidden_layers=4, num_attention_heads=2, image_size=28, mlp_ratio=1,
        out_features=["stage1", "stage2", "stage3", "stage4"], reshape_hidden_states=False,
    )  # fmt: skip
    config = transformers.DepthAnythingConfig(
        backbone_config=backbone, reassemble_hidden_size=16, neck_hidden_sizes=[4, 4, 8, 8],
        fusion_hidden_size=8, head_hidden_size=4,
    )  # fmt: skip
    network = transformers.DepthAnythingForDepthEstimation(config)
    for weight in network.parameters():  # a new one sees the same everywhere
        weight.data.normal_(std=0.3)
    network.save_pretrained(folder)
    transformers.DPTImageProcessor(
        size={"height": 28, "width": 28}, keep_aspect_ratio=True, ensure_multiple_of=14
    ).save_pretrained(folder)
    return folder


def write_dinov2_classifier(folder: Path) -> Path:
    config = transformers.Dinov2Config(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=28, mlp_ratio=1,
        id2label={0: "tabby, tabby cat", 1: "dog", 2: "cup"},
    )  # fmt: skip
    transformers.Dinov2ForImageClassification(config).save_pretrained(folder)
    transformers.BitImageProcessor(
        size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28}
    ).save_pretrained(folder)
    return folder


def write_dinov2(folder: Path) -> Path:
    config = transformers.Dinov2Config(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=28, mlp_ratio=1
    )
    transformers.Dinov2Model(config).save_pretrained(folder)
    transformers.BitImageProcessor(
        size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28}
    ).save_pretrained(folder)
    return folder


QWEN_VL_WORDS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>",
         "<|vision_end|>", "<|image_pad|>", "<|video_pad|>", "<unk>", "a", "dog", "cup",
         "table")  # fmt: skip
VISION_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{% for c in m['content'] %}{% if c['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ c['text'] }}{% endif %}{% endfor %}"
    "<|im_end|>{% endfor %}<|im_start|>"
)
QWEN_SIZES: dict[str, Any] = {
    "vocab_size": len(QWEN_VL_WORDS), "hidden_size": 32, "intermediate_size": 32,
    "num_hidden_layers": 1, "num_attention_heads": 2,
}  # fmt: skip


def write_qwen3_vl(folder: Path) -> Path:
    config = transformers.Qwen3VLConfig(
        text_config=QWEN_SIZES | {
            "num_key_value_heads": 1, "head_dim": 16,
            "rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 3],
                                "mrope_interleaved": True, "rope_theta": 10000.0},
        },
        vision_config={
            "depth": 1, "hidden_size": 32, "intermediate_size": 32, "num_heads": 2,
            "patch_size": 8, "out_hidden_size": 32, "num_position_embeddings": 16,
            "deepstack_visual_indexes": [0],
        },
        image_token_id=5, video_token_id=6, vision_start_token_id=3, vision_end_token_id=4,
    )  # fmt: skip
    network = transformers.Qwen3VLForConditionalGeneration(config)
    network.generation_config.eos_token_id = 2
    network.generation_config.pad_token_id = 0
    network.save_pretrained(folder)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer(*QWEN_VL_WORDS, unknown="<unk>"),
        unk_token="<unk>", eos_token="<|im_end|>", pad_token="<|endoftext|>",
    )  # fmt: skip
    tokenizer.image_token, tokenizer.video_token = QWEN_VL_WORDS[5:7]
    tokenizer.vision_start_token, tokenizer.vision_end_token = QWEN_VL_WORDS[3:5]
    transformers.Qwen3VLProcessor(
        transformers.Qwen2VLImageProcessor(patch_size=8, min_pixels=256, max_pixels=4096),
        tokenizer,
        transformers.Qwen3VLVideoProcessor(patch_size=8),
        chat_template=VISION_TEMPLATE,
    ).save_pretrained(folder)
    return folder


def write_blip2(folder: Path) -> Path:
    words = ("<pad>", "</s>", "<unk>", "<image>", "a", "dog", "photo", "of", "Answer")
    seeing = {
        "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1,
        "num_attention_heads": 2,
    }  # fmt: skip
    config = transformers.Blip2Config(
        vision_config={**seeing, "image_size": 32, "patch_size": 8},
        qformer_config={**seeing, "vocab_size": 9, "encoder_hidden_size": 16,
                        "cross_attention_frequency": 1},
        text_config={
            "model_type": "opt", "vocab_size": 9, "hidden_size": 16, "ffn_dim": 16,
            "num_hidden_layers": 1, "num_attention_heads": 2, "word_embed_proj_dim": 16,
            "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 1,
            "max_position_embeddings": 64,
        },
        num_query_tokens=4, image_token_index=3,
    )  # fmt: skip
    transformers.Blip2ForConditionalGeneration(config).save_pretrained(folder)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer(*words, unknown="<unk>"), unk_token="<unk>",
        bos_token="</s>", eos_token="</s>", pad_token="<pad>",
    )  # fmt: skip
    transformers.Blip2Processor(
        transformers.BlipImageProcessor(size={"height": 32, "width": 32}),
        tokenizer,
        num_query_tokens=4,
    ).save_pretrained(folder)
    return folder


SMOLVLM_WORDS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<end_of_utterance>",
                 "<fake_token_around_image>", "<image>", "<global-img>", "<unk>",
                 *(f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)),
                 "a", "dog", "cup")  # fmt: skip
SMOLVLM_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{% for c in m['content'] %}{% if c['type'] == 'image' %}"
    "<image>{% else %}{{ c['text'] }}{% endif %}{% endfor %}<end_of_utterance>{% endfor %}"
    "<|im_start|>"
)


def write_smolvlm(folder: Path) -> Path:
    config = transformers.Idefics3Config(
        text_config={
            "model_type": "llama", "vocab_size": len(SMOLVLM_WORDS), "hidden_size": 16,
            "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
            "num_key_value_heads": 1, "pad_token_id": 0,
        },
        vision_config={
            "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1,
            "num_attention_heads": 2, "image_size": 32, "patch_size": 8,
        },
        scale_factor=2, image_token_id=5,
    )  # fmt: skip
    network = transformers.Idefics3ForConditionalGeneration(config)
    network.generation_config.eos_token_id = 3
    network.generation_config.pad_token_id = 0
    network.save_pretrained(folder)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer(*SMOLVLM_WORDS, unknown="<unk>"),
        unk_token="<unk>", eos_token="<end_of_utterance>", pad_token="<|endoftext|>",
    )  # fmt: skip
    looks = transformers.Idefics3ImageProcessor(
        size={"longest_edge": 64}, max_image_size={"longest_edge": 32}
    )
    transformers.Idefics3Processor(
        looks, tokenizer, image_seq_len=4, chat_template=SMOLVLM_TEMPLATE
    ).save_pretrained(folder)
    # As its makers published it, with an earlier version.
    (folder / "chat_template.jinja").unlink()
    template = {"chat_template": SMOLVLM_TEMPLATE}
    (folder / "chat_template.json").write_text(json.dumps(template))
    return folder


def write_swin2sr(folder: Path) -> Path:
    config = transformers.Swin2SRConfig(
        image_size=16, embed_dim=4, depths=[1], num_heads=[1], window_size=8, mlp_ratio=1.0,
        upscale=2, upsampler="pixelshuffledirect",
    )  # fmt: skip
    transformers.Swin2SRForImageSuperResolution(config).save_pretrained(folder)
    transformers.Swin2SRImageProcessor(size_divisor=8).save_pretrained(folder)
    return folder


def write_sam2(folder: Path) -> Path:
    transformers.Sam2Model(transformers.Sam2Config(**parts(16))).save_pretrained(folder)
    transformers.Sam2Processor(image_processor()).save_pretrained(folder)
    return folder


def write_sam2_video(folder: Path) -> Path:
    config = transformers.Sam2VideoConfig(
        **parts(128),
        image_size=64, num_maskmem=2, max_object_pointers_in_encoder=3,
        memory_attention_hidden_size=128, memory_attention_num_layers=1,
        memory_attention_feed_forward_hidden_size=16, memory_attention_rope_feat_sizes=[4, 4],
        memory_encoder_hidden_size=128,
        mask_downsampler_embed_dim=128, memory_fuser_num_layers=1, memory_fuser_embed_dim=128,
        memory_fuser_intermediate_dim=16,
    )  # fmt: skip
    transformers.Sam2VideoModel(config).save_pretrained(folder)
    transformers.Sam2VideoProcessor(
        image_processor(), transformers.Sam2VideoVideoProcessor(size=SIDE)
    ).save_pretrained(folder)
    return folder


def write_vitpose(folder: Path) -> Path:
    backbone = transformers.VitPoseBackboneConfig(
        image_size=[64, 48], hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        mlp_ratio=1, num_experts=2, part_features=4, out_indices=[1],
    )  # fmt: skip
    config = transformers.VitPoseConfig(backbone_config=backbone, num_labels=17)
    transformers.VitPoseForPoseEstimation(config).save_pretrained(folder)
    looks = transformers.VitPoseImageProcessor(size={"height": 64, "width": 48})
    looks.save_pretrained(folder)
    return folder


def write_rt_detr(folder: Path) -> Path:
    """It sees six people."""
    looking = transformers.RTDetrResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic",
        out_features=["stage2"],
    )  # fmt: skip
    detector = transformers.RTDetrConfig(
        backbone_config=looking, freeze_backbone_batch_norms=False, encoder_in_channels=[16],
        feat_strides=[8], encode_proj_layers=[0], encoder_hidden_dim=16, encoder_ffn_dim=16,
        encoder_attention_heads=2, d_model=16, decoder_in_channels=[16], num_feature_levels=1,
        decoder_layers=2, decoder_ffn_dim=16, decoder_attention_heads=2, num_queries=6,
        num_denoising=0, id2label={0: "person"}, label2id={"person": 0},
    )  # fmt: skip
    transformers.RTDetrForObjectDetection(detector).save_pretrained(folder)
    transformers.RTDetrImageProcessor(size={"height": 64, "width": 64}).save_pretrained(folder)
    return folder


WHISPER_WORDS = ("a", "Ġdog", "Ġbarks")
WHISPER_SPECIAL = ("<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|de|>", "<|translate|>",
           "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>",
           "<|notimestamps|>")  # fmt: skip
TIMES = tuple(f"<|{number * 0.02:.2f}|>" for number in range(1501))
END, START = 3, 4


def write_whisper(folder: Path) -> Path:
    vocabulary = {
        word: number for number, word in enumerate((*WHISPER_WORDS, *WHISPER_SPECIAL, *TIMES))
    }
    config = transformers.WhisperConfig(
        vocab_size=len(vocabulary), encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, d_model=16, encoder_ffn_dim=16, decoder_ffn_dim=16,
        max_target_positions=16, pad_token_id=END, bos_token_id=END, eos_token_id=END,
        decoder_start_token_id=START,
    )  # fmt: skip
    network = transformers.WhisperForConditionalGeneration(config)
    told = network.generation_config
    told.update(
        is_multilingual=True, lang_to_id={"<|en|>": 5, "<|de|>": 6}, max_length=7,
        task_to_id={"translate": 7, "transcribe": 8}, no_timestamps_token_id=12,
        prev_sot_token_id=10, begin_suppress_tokens=[END], suppress_tokens=[],
    )  # fmt: skip
    for name, value in {
        "is_multilingual": True, "lang_to_id": {"<|en|>": 5, "<|de|>": 6},
        "task_to_id": {"translate": 7, "transcribe": 8}, "no_timestamps_token_id": 12,
        "prev_sot_token_id": 10,
    }.items():  # fmt: skip
        setattr(told, name, value)
    told._from_model_config = False
    network.save_pretrained(folder)
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(WHISPER_SPECIAL))
    tokenizer.add_tokens(list(TIMES))
    transformers.WhisperProcessor(
        transformers.WhisperFeatureExtractor(),
        transformers.WhisperTokenizerFast(
            tokenizer_object=tokenizer, unk_token=WHISPER_SPECIAL[0], bos_token=WHISPER_SPECIAL[0],
            eos_token=WHISPER_SPECIAL[0], pad_token=WHISPER_SPECIAL[0],
        ),
    ).save_pretrained(folder)  # fmt: skip
    return folder


LETTERS = ["", "a", "b", "c", " "]
RATIOS = ("longratio", "midratio", "shortratio")
LOOKS = (
    "reduce_channel",
    "return_channel",
    *(f"vertical_long_to_small_conv_{ratio}" for ratio in RATIOS),
    *(f"horizontal_small_to_long_conv_{ratio}" for ratio in RATIOS),
    *(f"symmetric_conv_long_{ratio}" for ratio in RATIOS),
)


def backbone(*strides: int | list[int]) -> transformers.PPLCNetV4Config:
    blocks = [[[3, 8, 8, stride, False]] for stride in strides]
    return transformers.PPLCNetV4Config(
        block_configs=blocks, stem_channels=[3, 4, 8],
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )  # fmt: skip


def write_text_recogniser(folder: Path) -> Path:
    """It always reads something."""
    torch.manual_seed(0)
    reader = transformers.PPOCRV6SmallRecForTextRecognition(
        transformers.PPOCRV6SmallRecConfig(
            backbone_config=backbone(1, 1, [2, 1], [2, 1]), hidden_size=8, depth=1,
            num_attention_heads=2, head_out_channels=len(LETTERS),
        )
    )  # fmt: skip
    torch.nn.init.normal_(reader.head.head.weight)
    torch.nn.init.constant_(reader.head.head.bias[:1], -100)
    reader.save_pretrained(folder)
    transformers.PPOCRV6SmallRecImageProcessor(character_list=LETTERS).save_pretrained(folder)
    return folder


def write_text_detector(folder: Path) -> Path:
    """It takes every picture for one line."""
    finder = transformers.PPOCRV6MediumDetForObjectDetection(
        transformers.PPOCRV6MediumDetConfig(
            backbone_config=backbone(1, 2, 2, 2), neck_out_channels=16, kernel_list=[3, 2, 2],
            scale_factor_list=[1, 2, 4, 8],
            intraclass_block_config={look: [1, 1, 0] for look in LOOKS},
        )
    )  # fmt: skip
    torch.nn.init.zeros_(finder.head.conv_final.weight)
    torch.nn.init.constant_(finder.head.conv_final.bias, 5)
    finder.save_pretrained(folder)
    transformers.PPOCRV5ServerDetImageProcessor().save_pretrained(folder)
    return folder


BARK_SIZES: dict[str, Any] = {"block_size": 400, "num_layers": 1, "num_heads": 1, "hidden_size": 8}


def write_bark(folder: Path) -> Path:
    """Bark, whose numbers of tokens are fixed, with one voice."""
    hears = transformers.EncodecConfig(
        num_filters=4, hidden_size=8, codebook_dim=8, target_bandwidths=[6.0], num_lstm_layers=1
    )
    config = transformers.BarkConfig(
        semantic_config={**BARK_SIZES, "input_vocab_size": 129_700, "output_vocab_size": 10_100},
        coarse_acoustics_config={
            **BARK_SIZES, "input_vocab_size": 12_096, "output_vocab_size": 12_096,
        },
        fine_acoustics_config={
            **BARK_SIZES, "input_vocab_size": 1056, "output_vocab_size": 1056, "n_codes_total": 8,
        },
        codec_config=hears.to_dict(),
    )  # fmt: skip
    transformers.BarkModel(config).save_pretrained(folder)
    told = {
        "semantic_config": bark.BarkSemanticGenerationConfig(max_new_tokens=4).to_dict(),
        "coarse_acoustics_config": bark.BarkCoarseGenerationConfig(
            max_coarse_history=20, sliding_window_len=10
        ).to_dict(),
        "fine_acoustics_config": bark.BarkFineGenerationConfig(
            max_fine_history_length=16, max_fine_input_length=32
        ).to_dict(),
        "sample_rate": 24_000,
        "codebook_size": 1024,
    }
    (folder / "generation_config.json").write_text(json.dumps(told, default=str))
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer("[PAD]", "[UNK]", "hello", unknown="[UNK]"),
        unk_token="[UNK]", pad_token="[PAD]",
    )  # fmt: skip
    transformers.BarkProcessor(tokenizer).save_pretrained(folder)
    voices = folder / "speaker_embeddings" / "v2"
    voices.mkdir(parents=True)
    draw = np.random.default_rng(0)
    for part, codes in (
        ("semantic", draw.integers(0, 10_000, 20)),
        ("coarse", draw.integers(0, 1024, (2, 30))),
        ("fine", draw.integers(0, 1024, (8, 30))),
    ):
        np.save(voices / f"en_speaker_6_{part}_prompt.npy", codes)
    return folder


SIZES: dict[str, Any] = {
    "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
}  # fmt: skip


def write_grounding_dino(folder: Path) -> Path:
    words = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "dog", "cat", "cup", "animal", ".", "?")
    seeing = transformers.SwinConfig(
        image_size=64, embed_dim=8, depths=[1] * 4, num_heads=[1] * 4, window_size=4,
        out_features=["stage2", "stage3", "stage4"],
    )  # fmt: skip
    config = transformers.GroundingDinoConfig(
        backbone_config=seeing, num_queries=8, d_model=32, encoder_layers=1, decoder_layers=2,
        text_config={**SIZES, "model_type": "bert", "vocab_size": len(words)},
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16,
        decoder_ffn_dim=16, max_text_len=64,
    )  # fmt: skip
    transformers.GroundingDinoForObjectDetection(config).save_pretrained(folder)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer(*words, unknown="[UNK]", around=("[CLS]", "[SEP]")),
        unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )  # fmt: skip
    looks = transformers.GroundingDinoImageProcessor(size={"shortest_edge": 64, "longest_edge": 96})
    transformers.GroundingDinoProcessor(looks, tokenizer).save_pretrained(folder)
    return folder


def write_sentence_encoder(folder: Path) -> Path:
    words = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "dog", "cup")
    config = transformers.BertConfig(**SIZES, vocab_size=len(words))
    transformers.BertModel(config).save_pretrained(folder)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer(*words, unknown="[UNK]", around=("[CLS]", "[SEP]")),
        unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    ).save_pretrained(folder)  # fmt: skip
    return folder


def write_owlv2(folder: Path) -> Path:
    words = ("!", "<s>", "</s>", "dog", "cat", "cup")
    config = transformers.Owlv2Config(
        text_config={**SIZES, "vocab_size": len(words), "bos_token_id": 1, "eos_token_id": 2},
        vision_config={**SIZES, "image_size": 32, "patch_size": 8},
        projection_dim=16,
    )
    transformers.Owlv2ForObjectDetection(config).save_pretrained(folder)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer(*words, unknown="</s>", around=("<s>", "</s>")),
        unk_token="</s>", pad_token="!", bos_token="<s>", eos_token="</s>", model_max_length=16,
    )  # fmt: skip
    looks = transformers.Owlv2ImageProcessor(size={"height": 32, "width": 32})
    transformers.Owlv2Processor(looks, tokenizer).save_pretrained(folder)
    return folder


CLIP_WORDS = ("!", "<s>", "</s>", "a", "dog", "apple")
CLIP_SIZES: dict[str, Any] = {
    "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
}  # fmt: skip


def _clip_tokenizer() -> transformers.PreTrainedTokenizerFast:
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer(*CLIP_WORDS, unknown="</s>", around=("<s>", "</s>")),
        unk_token="</s>", pad_token="!", bos_token="<s>", eos_token="</s>", model_max_length=8,
    )  # fmt: skip


def write_clip(folder: Path) -> Path:
    text = {**CLIP_SIZES, "vocab_size": len(CLIP_WORDS), "max_position_embeddings": 8,
            "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}  # fmt: skip
    config = transformers.CLIPConfig(
        text_config=text, vision_config={**CLIP_SIZES, "image_size": 32, "patch_size": 8},
        projection_dim=8,
    )  # fmt: skip
    transformers.CLIPModel(config).save_pretrained(folder)
    looks = transformers.CLIPImageProcessor(size={"shortest_edge": 32}, crop_size=32)
    transformers.CLIPProcessor(looks, _clip_tokenizer()).save_pretrained(folder)
    return folder


def write_siglip(folder: Path) -> Path:
    text = {**CLIP_SIZES, "vocab_size": len(CLIP_WORDS), "max_position_embeddings": 8,
            "projection_size": 16, "pad_token_id": 0, "bos_token_id": 1,
            "eos_token_id": 2}  # fmt: skip
    config = transformers.SiglipConfig(
        text_config=text, vision_config={**CLIP_SIZES, "image_size": 32, "patch_size": 8}
    )
    transformers.SiglipModel(config).save_pretrained(folder)
    looks = transformers.SiglipImageProcessor(size={"height": 32, "width": 32})
    transformers.SiglipProcessor(looks, _clip_tokenizer()).save_pretrained(folder)
    return folder


def write_musicgen(folder: Path) -> Path:
    """At 400 samples and 50 tokens of two codebooks a second."""
    hears = transformers.EncodecConfig(
        num_filters=4, hidden_size=8, codebook_dim=8, codebook_size=16, target_bandwidths=[1.0],
        sampling_rate=400, upsampling_ratios=[4, 2], num_lstm_layers=1, norm_type="weight_norm",
    )  # fmt: skip
    reads = transformers.T5Config(
        vocab_size=4, d_model=16, d_kv=8, num_heads=2, d_ff=16, num_layers=1
    )
    plays = transformers.MusicgenDecoderConfig(
        vocab_size=16, hidden_size=16, ffn_dim=16, num_hidden_layers=1, num_attention_heads=2,
        num_codebooks=2, pad_token_id=16, bos_token_id=16, max_position_embeddings=256,
    )  # fmt: skip
    config = transformers.MusicgenConfig(
        text_encoder=reads.to_dict(), audio_encoder=hears.to_dict(), decoder=plays.to_dict()
    )
    network = transformers.MusicgenForConditionalGeneration(config)
    for layer in network.audio_encoder.quantizer.layers:  # new ones are zero: all codes sound alike
        torch.nn.init.normal_(layer.codebook.embed)
    network.generation_config.update(
        decoder_start_token_id=16, pad_token_id=16, bos_token_id=16, max_length=100,
        do_sample=True, guidance_scale=3.0,
    )  # fmt: skip
    network.save_pretrained(folder)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer("<pad>", "</s>", "a", "dog", unknown="</s>"),
        unk_token="</s>", pad_token="<pad>", eos_token="</s>",
    )  # fmt: skip
    extractor = transformers.EncodecFeatureExtractor(feature_size=1, sampling_rate=400)
    transformers.MusicgenProcessor(extractor, tokenizer).save_pretrained(folder)
    return folder
