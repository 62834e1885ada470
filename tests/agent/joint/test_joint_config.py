import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from agent.joint.joint_config import CONFIG, JointShape

EARLIER = {
    "eyes": "detect/sprites",
    "ears": "classify_sound/sprites",
    "features": {"image": 133},
    "told_width": 16,
    "told_depth": 1,
    "generators": {"image": {"card": "draw/sprites", "width": 128, "longest": 24}},
    "finder": {"card": "classify/sprites", "width": 192},
}


def test_a_config_of_an_earlier_version_is_read_and_written_in_names_of_now(
    tmp_path: Path,
) -> None:
    (tmp_path / CONFIG).write_text(json.dumps(EARLIER))

    shape = JointShape.read(tmp_path / CONFIG)
    shape.write(tmp_path)

    assert (shape.vision_encoder, shape.audio_encoder) == (EARLIER["eyes"], EARLIER["ears"])
    assert (shape.output_width, shape.output_depth) == (16, 1)
    assert shape.generators["image"].max_vectors == 24
    assert shape.retriever
    assert shape.retriever.width == 192
    written = (tmp_path / CONFIG).read_text()
    for name in ("eyes", "ears", "told_width", "told_depth", "longest", "finder"):
        assert f'"{name}"' not in written
    assert JointShape.read(tmp_path / CONFIG) == shape


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(ValidationError, match="nose"):
        JointShape.model_validate({**EARLIER, "nose": "none"})
