import pytest
import torch

from agent.joint.network.connectors import InputConnector, OutputConnector


@pytest.mark.parametrize("kind", ["linear", "mlp", "qformer", "perceiver"])
def test_every_input_connector_gives_vectors_as_long_as_those_of_words(kind: str) -> None:
    connector = InputConnector(kind, input_width=7, width=32, slots=5, length=3.0)

    connected = connector(torch.randn(2, 5, 7))

    assert connected.shape == (2, 5, 32)
    assert torch.allclose(connected.norm(dim=2), torch.tensor(3.0), atol=1e-3)


@pytest.mark.parametrize("kind", ["linear", "mlp", "qformer", "perceiver"])
def test_every_input_connector_can_learn_from_what_comes_after_it(kind: str) -> None:
    connector = InputConnector(kind, input_width=7, width=32, slots=5, length=3.0)

    connector(torch.randn(2, 5, 7))[..., 0].sum().backward()

    assert all(weight.grad is not None for weight in connector.parameters())


@pytest.mark.parametrize("kind", ["qformer", "perceiver"])
def test_what_gathers_takes_any_number_of_vectors(kind: str) -> None:
    connector = InputConnector(kind, input_width=7, width=32, slots=5, length=3.0)

    assert connector(torch.randn(2, 11, 7)).shape == (2, 5, 32)


def test_an_output_connector_gives_as_many_vectors_as_a_generator_reads() -> None:
    connector = OutputConnector(input_width=32, width=16, depth=1, max_vectors=24, output_width=128)

    vectors, there = connector(torch.randn(2, 4, 32))

    assert vectors.shape == (2, 24, 128)
    assert there.shape == (2, 24)
