"""The joint model of Architecture III, which answers with image codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.joint.joint_config import Shape
from agent.joint.joint_model import JointMind
from tools.models.catalogue import Catalogue
from tools.models.residency.card_loader import open_model

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from agent.joint.network.code_network import CodeNetwork


class CodeMind(JointMind):
    """A joint model whose images are decoded by a codebook."""

    network: CodeNetwork

    @classmethod
    def network_around(cls, language_model: PreTrainedModel, shape: Shape) -> CodeNetwork:
        from agent.joint.network.code_network import CodeNetwork

        codebook = open_model(Catalogue.load()[shape.generators["image"].card])
        return CodeNetwork(shape, language_model, codebook)
