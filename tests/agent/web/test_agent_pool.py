import sys
from pathlib import Path

import pytest

from agent.runtime.agent_runtime import Settings
from agent.web.agent_pool import AgentPool

TOOL = '''
from tools import Model, tool

class Speller(Model):
    @classmethod
    def load(cls, files, settings, device):
        return cls()

@tool
def spell(model: Speller) -> str:
    """Spell something."""
    return "s-p-e-l-l"
'''
CARD = """
[[model]]
id = "spell/small"
tools = ["spell"]
adapter = "speller:Speller"
licence = "MIT"
commercial_use = true
quality = 1
quality_source = "how it was written"
limitations = "do more"
repositories = [{{ sources = ["file:{folder}"], files = ["*.json"], bytes = 2 }}]
memory_bytes = 1000
"""
PROFILE = """
summary = "mine"
memory = 9000
language_model = "scripted:x"
[models]
spell = ["spell/small"]
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """One tool on one model."""
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "speller", raising=False)
    for folder in ("catalogue", "profiles", "weights", "tiny"):
        (tmp_path / folder).mkdir()
    (tmp_path / "speller.py").write_text(TOOL)
    (tmp_path / "tiny" / "config.json").write_text("{}")
    (tmp_path / "catalogue" / "spell.toml").write_text(CARD.format(folder=tmp_path / "tiny"))
    (tmp_path / "profiles" / "mine.toml").write_text(PROFILE)
    (tmp_path / "replies.txt").write_text("")
    return Settings(
        profile="mine",
        language_model=f"scripted:{tmp_path / 'replies.txt'}",
        tool_files=(tmp_path / "speller.py",),
    )


async def test_it_is_told_when_a_model_comes_or_goes(settings: Settings) -> None:
    seen: list[list[str]] = []
    agents = AgentPool(settings)
    agent = await agents.get()
    residency = agent.session.residency
    agents.on_memory_change = lambda: seen.append([each.model for each in residency.residents()])

    async for _ in agent.run("go", plan="word = spell()\nsay(word)"):
        pass
    await agent.session.evict_idle()
    async for _ in agent.run("go again", plan='say("nothing")'):
        pass
    await agents.close()

    assert seen == [["spell/small"], []]
