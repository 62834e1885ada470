"""A random Qwen2 of two layers that reads letters, with the chat template of Qwen2.5."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from tests.agent.joint.tiny_full_size import write_qwen2
from train.planner.finetune import PlannerRecipe

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


class TinyPlanner(PlannerRecipe):
    """The recipe with two requests a batch and a short warm-up."""

    batch_size = 2
    warmup_steps = 2
    rank = 4


def write_tiny(folder: Path) -> Mapping[str, Path]:
    """Write the checkpoint and return its files by name."""
    from transformers import AutoTokenizer

    torch.manual_seed(0)
    write_qwen2(folder)
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = CHATML
    tokenizer.save_pretrained(folder)
    return {path.name: path for path in folder.iterdir()}
