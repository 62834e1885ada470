"""A rebuilt peer with the real language model: it reads its output and calls tools."""

from importlib.resources import files
from pathlib import Path

import pytest

from agent.record.artifacts import ArtifactStore
from agent.runtime.agent_runtime import AgentRuntime, Settings
from evals.peers.peer_agents import answer_as_peer
from evals.peers.peer_requests import TOOLS
from tests.requirements import require_weights

SIGN = Path(str(files("tools").joinpath("samples", "sign.png")))

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.timeout(280)]


async def test_hugginggpt_reads_a_sign(tmp_path: Path) -> None:
    require_weights("llm/qwen2.5-coder-1.5b", "read_text/pp-ocr-v6-small")
    async with AgentRuntime.open(Settings()) as agent:
        agent.session.store = ArtifactStore(str(tmp_path))
        agent.session.registry = agent.session.registry.subset(TOOLS)
        attempt, _ = await answer_as_peer(agent, "hugginggpt", "What does the sign say?", [SIGN])

    assert attempt.state == "done"
    assert "read_text" in [command.tool for command in attempt.commands]
    assert "concert hall" in attempt.answer.casefold()
