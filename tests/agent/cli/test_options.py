import pytest
from typer.testing import CliRunner

from agent.cli.main import app
from agent.cli.options import ConductorKind, settings_for


@pytest.mark.parametrize(
    ("kind", "number", "language_model"),
    [("plan", 1, ""), ("vectors", 2, "joint:sprites"), ("codes", 3, "joint:codes")],
)
def test_a_conductor_chooses_the_language_model_under_its_name_and_its_earlier_number(
    kind: str, number: int, language_model: str
) -> None:
    named = settings_for([], "offline", "", ConductorKind(kind))
    numbered = settings_for([], "offline", "", arch=number)

    assert named.language_model == numbered.language_model == language_model


def test_a_language_model_counts_more_than_a_conductor() -> None:
    settings = settings_for([], "offline", "openai:x", ConductorKind.CODES)

    assert settings.language_model == "openai:x"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--conductor", "2"], "Invalid value for '--conductor'"),
        (["--arch", "4"], "Invalid value for '--arch'"),
    ],
)
def test_other_conductors_are_refused(words: list[str], problem: str) -> None:
    result = CliRunner().invoke(app, ["run", "Hello", *words], env={"COLUMNS": "200"})

    assert result.exit_code == 2
    assert problem in result.output


@pytest.mark.parametrize("command", ["run", "chat"])
def test_help_shows_the_name_of_now_only(command: str) -> None:
    output = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output

    assert "--conductor" in output
    assert "--arch" not in output
