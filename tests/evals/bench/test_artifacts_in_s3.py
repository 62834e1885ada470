"""The artifact store in an S3-compatible store, which several processes read."""

from __future__ import annotations

from collections.abc import Generator
from importlib.util import find_spec

import PIL.Image
import pytest

from agent.record.artifacts import ArtifactStore, Lineage
from evals.bench.local_services import local_s3
from tools import Image
from tools.errors import InputError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    if find_spec("s3fs") is None or find_spec("moto") is None:
        pytest.skip("needs pip install 'batuta[s3]' 'moto[s3,server]'")
    with local_s3() as url:
        yield url


def test_what_one_process_stores_another_reads(url: str) -> None:
    image = Image(PIL.Image.new("RGB", (4, 3), (1, 2, 3)))
    first, second = ArtifactStore(url), ArtifactStore(url)
    lineage = Lineage(command="paint()", tool="paint", tool_version="1", arguments={})

    first.add(image)  # as a worker does
    encoded = second.encode(image, lineage=lineage)
    second.save_result("ab12", encoded)

    assert first.load_result("ab12") == (encoded,)
    decoded = first.decode(encoded)
    assert isinstance(decoded, Image)
    assert decoded.encode() == image.encode()
    assert first.describe(image.digest).lineage == lineage


def test_what_is_not_in_the_store_is_an_error(url: str) -> None:
    store = ArtifactStore(url)

    assert store.find("0" * 64) is None
    assert store.load_result("cd34") is None
    with pytest.raises(InputError, match="there is no artifact"):
        store.open("0" * 64)
