"""The joint model of Architecture III, which answers with image codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.joint.joint_config import JointShape
from agent.joint.joint_model import JointModel
from tools.models.catalogue import Catalogue
from tools.models.residency.card_loader import open_model

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from agent.joint.network.code_network import CodeNetwork


class CodeModel(JointModel):
    """A joint model whose images are decoded by a codebook."""

    network: CodeNetwork

    @classmethod
    def build_network(
        cls, language_model: PreTrainedModel, shape: JointShape, catalogue: Catalogue
    ) -> CodeNetwork:
        from agent.joint.network.code_network import CodeNetwork

        codebook_model = open_model(catalogue[shape.generators["image"].card])
        return CodeNetwork(shape, language_model, codebook_model)
