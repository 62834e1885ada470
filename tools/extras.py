"""Optional packages, and the extra of Batuta that installs each."""

from __future__ import annotations

from tools.errors import InputError

EXTRA_OF = {
    "faster_coco_eval": "evals",
    "ftfy": "gpu",
    "httpx2": "mcp",
    "inspect_ai": "evals",
    "jiwer": "evals",
    "mcp": "mcp",
    "opentelemetry": "otel",
    "psycopg": "postgres",
    "psycopg_pool": "postgres",
    "rapidfuzz": "evals",
    "ray": "ray",
    "rouge_score": "evals",
    "s3fs": "s3",
    "scipy": "train",
    "smolagents": "peers",
    "torchsde": "gpu",
}
"""The extra of each package, by import name."""


def missing_extra(error: ImportError) -> InputError | None:
    """Return an error that names the missing extra of a failed import, if any."""
    package = (error.name or "").partition(".")[0]
    if package not in EXTRA_OF:
        return None
    return InputError(
        f"the package {package!r} is not installed",
        hint=f"pip install 'batuta[{EXTRA_OF[package]}]'",
    )
