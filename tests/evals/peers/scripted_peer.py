"""Ask a peer with a scripted language model, and a few real tools."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from agent.runtime.agent_runtime import AgentRuntime, Settings
from evals.harness.attempt import Attempt
from evals.peers.peer_agents import answer_as_peer
from evals.peers.peer_failures import PeerFailure, failure_kind
from tools import Image, tool

PHOTO = Path(str(files("tools").joinpath("samples", "photo.jpg")))
TOOLS = ["grayscale", "crop", "box", "combine", "resize"]


@tool
def tear(image: Image) -> Image:
    """Tear a picture to pieces."""
    raise RuntimeError("the scissors are blunt")


async def ask(
    folder: Path,
    peer: str,
    *replies: str,
    request: str = "Make the left half grey",
    photos: Sequence[Path] = (PHOTO,),
) -> Attempt:
    """Return the attempt of a peer whose language model gives these replies."""
    script = folder / "replies"
    script.write_text("\n---\n".join(replies))
    settings = Settings(language_model=f"scripted:{script}", tools=(tear,))
    async with AgentRuntime.open(settings) as agent:
        agent.session.registry = agent.session.registry.subset([*TOOLS, tear.name])
        attempt, results = await answer_as_peer(agent, peer, request, photos)
        assert len(results) == len(attempt.results)
    return attempt


def kinds(attempt: Attempt) -> list[str]:
    """Return the kinds of the failures of an attempt, in their order."""
    assert not attempt.failures or failure_kind(attempt) == attempt.failures[-1].kind
    return [PeerFailure(failure.kind).value for failure in attempt.failures]
