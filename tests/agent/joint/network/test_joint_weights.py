from pathlib import Path

import pytest
import torch
from torch import nn

import tools.sprites
from agent.joint.joint_config import JointShape
from agent.joint.network.connectors import (
    CONNECTORS,
    InputConnector,
    OutputConnector,
    RetrievalHead,
)
from agent.joint.network.joint_weights import current_weight_names, read_weights

SHIPPED = Path(tools.sprites.__file__).parent / "weights" / "joint"
WIDTH = 896
"""Of the language model that the shipped weights were trained with."""


def names(prefix: str, module: nn.Module) -> set[str]:
    return {f"{prefix}.{name}" for name in module.state_dict()}


def test_shipped_weights_are_read_under_the_names_of_the_connectors() -> None:
    shape = JointShape.read(SHIPPED / "config.json")
    weights = read_weights(SHIPPED / "model.safetensors")

    expected = {"signals", "medium_head.weight", "medium_head.bias"}
    for medium, features in shape.features.items():
        connector = InputConnector(shape.connector, features, WIDTH, shape.slots, 1.0)
        expected |= names(f"inputs.{medium}", connector)
    for medium, generator in shape.generators.items():
        output = OutputConnector(
            WIDTH, shape.output_width, shape.output_depth, generator.max_vectors, generator.width
        )
        expected |= names(f"outputs.{medium}", output)
    assert shape.retriever
    head = RetrievalHead(WIDTH, shape.output_width, shape.retriever.width)
    expected |= names("retrieval_head", head)
    assert {name for name in weights if not name.startswith("lora.")} == expected
    assert {weight.dtype for weight in weights.values()} == {torch.float32}


@pytest.mark.parametrize(
    ("kind", "earlier"),
    [
        ("linear", "turn.weight turn.bias"),
        ("qformer", "questions take.weight take.bias give.weight give.bias"),
        (
            "perceiver",
            "gatherers take.weight take.bias give.weight give.bias layers.0.before.weight "
            "layers.0.before.bias layers.0.around.weight layers.0.around.bias "
            "layers.1.alone.0.weight layers.1.alone.3.bias",
        ),
    ],
)
def test_earlier_names_of_every_connector_are_known(kind: str, earlier: str) -> None:
    expected = names("inputs.image.projector", CONNECTORS[kind](8, 16, 2))

    found = current_weight_names({f"inputs.image.connect.{name}": 0 for name in earlier.split()})

    assert found.keys() <= expected
    assert len(found) == len(earlier.split())


def test_names_of_this_version_stay() -> None:
    module = nn.ModuleDict(
        {
            "retrieval_head": RetrievalHead(8, 8, 8),
            "outputs": nn.ModuleDict({"image": OutputConnector(8, 8, 1, 3, 8)}),
            "inputs": nn.ModuleDict({"image": InputConnector("perceiver", 8, 16, 2, 1.0)}),
        }
    )

    assert current_weight_names(module.state_dict()).keys() == module.state_dict().keys()
