"""What SAM 2's networks for pictures and for films share, small enough for tests."""

from typing import Any

import transformers

SIDE = {"height": 64, "width": 64}


def parts(width: int) -> dict[str, Any]:
    """Eyes, prompt encoder and mask decoder, whose maps have so many channels."""
    looking = transformers.Sam2HieraDetConfig(
        hidden_size=8, image_size=[64, 64], window_positional_embedding_background_size=[4, 4],
        blocks_per_stage=[1] * 4, embed_dim_per_stage=[8, 16, 32, 64],
        num_attention_heads_per_stage=[1] * 4, window_size_per_stage=[4] * 4,
        global_attention_blocks=[],
    )  # fmt: skip
    return {
        "vision_config": transformers.Sam2VisionConfig(
            backbone_config=looking, backbone_channel_list=[64, 32, 16, 8],
            backbone_feature_sizes=[[16, 16], [8, 8], [4, 4]], fpn_hidden_size=width,
        ),
        "prompt_encoder_config": {
            "hidden_size": width, "image_size": 64, "patch_size": 16, "mask_input_channels": 4,
        },
        "mask_decoder_config": {
            "hidden_size": width, "mlp_dim": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
            "attention_downsample_rate": 2, "iou_head_hidden_dim": 16,
        },
    }  # fmt: skip


def image_processor() -> transformers.Sam2ImageProcessor:
    return transformers.Sam2ImageProcessor(size=SIDE, mask_size={"height": 16, "width": 16})
