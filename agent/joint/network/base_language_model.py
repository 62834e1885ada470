"""Open the causal language model that a joint model is built around."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.adapters.checkpoint_folder import checkpoint_folder

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import Cache, PreTrainedModel, PreTrainedTokenizerBase

UNPACKED = "unpacked"
"""The folder of dequantized language models, in the home folder."""


def open_language_model(
    files: Mapping[str, Path], device: str = "cpu", *, unpack_folder: Path
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Open the frozen network in bfloat16 and its tokenizer.

    The files are a checkpoint of transformers, or one GGUF file, which is dequantized into the
    folder once.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    # The library's progress bar would overwrite the program's.
    logging.disable_progress_bar()
    gguf_file = next((path for path in files.values() if path.suffix == ".gguf"), None)
    with checkpoint_folder(files) as folder:
        source = _unpack(gguf_file, unpack_folder) if gguf_file else folder
        # Eager attention is faster for few tokens: 1.1 s instead of 1.6 s to train on 768.
        network: Any = AutoModelForCausalLM.from_pretrained(
            source, dtype=torch.bfloat16, attn_implementation="eager", local_files_only=True
        )
        tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=True)
    return network.to(device).eval().requires_grad_(False), tokenizer


def new_cache(body: PreTrainedModel) -> Cache:
    """Return an empty key-value cache for one dialogue."""
    from transformers import DynamicCache

    return DynamicCache(config=body.config)


def forward_with_cache(body: PreTrainedModel, embeddings: Tensor, cache: Cache) -> Tensor:
    """Return the hidden states of embeddings, and extend the cache."""
    # Transformers 5.24 renamed the argument, and 5.40 drops the old name.
    parameters = inspect.signature(body.forward).parameters
    name = "cache" if "cache" in parameters else "past_key_values"
    return body(inputs_embeds=embeddings, use_cache=True, **{name: cache}).last_hidden_state


def _unpack(gguf_file: Path, folder: Path) -> Path:
    """Dequantize a GGUF file into a cached folder (16 s once)."""
    # The stem of the file is the hash of its content.
    target = folder / gguf_file.stem
    if target.exists():
        return target
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        unpacked_folder = Path(scratch, "whole")
        with _no_progress_bar():
            network = AutoModelForCausalLM.from_pretrained(
                gguf_file.parent,
                gguf_file=gguf_file.name,
                dtype=torch.bfloat16,
                quantization_config=GgufConfig(dequantize=True),
            )
        network.save_pretrained(unpacked_folder)
        AutoTokenizer.from_pretrained(gguf_file.parent, gguf_file=gguf_file.name).save_pretrained(
            unpacked_folder
        )
        try:
            unpacked_folder.rename(target)
        except OSError:
            # Another process has written the folder meanwhile.
            if not target.exists():
                raise
    return target


@contextmanager
def _no_progress_bar() -> Generator[None]:
    """Disable the progress bar of GGUF loading."""
    from transformers import modeling_gguf_pytorch_utils

    loader: Any = modeling_gguf_pytorch_utils
    original_tqdm, loader.tqdm = loader.tqdm, _plain_iterable
    try:
        yield
    finally:
        loader.tqdm = original_tqdm


def _plain_iterable(tensors: Any, **_: str) -> Any:
    return tensors
