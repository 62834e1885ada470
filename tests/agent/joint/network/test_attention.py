import pytest
import torch
from torch import Tensor, nn

from agent.joint.network.attention import record_attention


class GivenAttention(nn.Module):
    """Attends as it is told: rows of weights, over one head."""

    def forward(self, rows: list[list[float]]) -> tuple[None, Tensor]:
        return None, torch.tensor(rows)[None, None]


READ = [[1.0, 0.0, 0.0], [0.75, 0.25, 0.0], [0.75, 0.125, 0.125]]
ELSEWHERE = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]


def shares_of(*passes: list[list[float]]) -> list[float]:
    """What one layer paid to three ids, of which the last is the request."""
    language_model = nn.ModuleList([GivenAttention()])
    with record_attention(language_model, length=3, request_start=2) as attention:
        for rows in passes:
            language_model[0](rows)
    return attention.shares()


def test_attention_that_an_id_gets_anyway_does_not_count() -> None:
    assert shares_of(READ, [[0.75, 0.125, 0.125, 0.0]]) == [0.0, 0.0, 1.0]


def test_what_the_answer_looks_at_counts_from_there() -> None:
    shares = shares_of(READ, [[0.25, 0.625, 0.0, 0.125]])

    # The second got 0.125 anyway; the third got nothing before it was asked.
    assert shares == pytest.approx([0.0, 0.8, 0.2])


def test_what_the_request_looks_at_counts_as_well() -> None:
    assert shares_of(ELSEWHERE) == [1.0, 0.0, 0.0]


def test_only_layers_that_look_for_what_is_asked_about_count() -> None:
    language_model = nn.ModuleList([GivenAttention() for _ in range(8)])

    with record_attention(language_model, length=3, request_start=2) as attention:
        for place, layer in enumerate(language_model):
            layer(READ if 1 <= place < 4 else ELSEWHERE)

    assert attention.shares() == [0.0, 0.0, 1.0]


def test_who_is_no_longer_watched_is_let_alone() -> None:
    language_model = nn.ModuleList([GivenAttention()])
    with record_attention(language_model, length=3, request_start=2) as attention:
        language_model[0](READ)
    before = attention.shares()

    language_model[0]([[0.0, 1.0, 0.0]])

    assert attention.shares() == before
