"""What cannot be added is refused with a sentence of its own, and nothing of it is fetched."""

import json
from typing import Any

import pytest

from tests.tools.models.hub.fake_hub import FakeHub
from tools.errors import InputError, SourceError
from tools.home import home
from tools.models.catalogue import Catalogue
from tools.models.hub.hub_card import CardProposal, propose_card
from tools.models.hub.hub_client import HubClient, parse_reference

WEIGHTS = b"0" * 4_000
DEPTH = {"model_type": "depth_anything", "architectures": ["DepthAnythingForDepthEstimation"]}


def repository(config: dict[str, Any], **files: bytes) -> dict[str, bytes]:
    return {
        "config.json": json.dumps(config).encode(),
        **{name.replace("__", "."): content for name, content in files.items()},
    }


def propose(name: str, **told: Any) -> CardProposal:
    client = HubClient()
    return propose_card(client, client.describe(name), Catalogue.load(home()), **told)


def refusal(name: str, **told: Any) -> InputError:
    with pytest.raises(InputError) as refused:
        propose(name, **told)
    assert refused.value.hint
    return refused.value


@pytest.mark.slow
def test_a_card_notes_commit_size_licence_and_the_hashes_that_the_hub_knows(hub: FakeHub) -> None:
    files = repository(DEPTH, model__safetensors=WEIGHTS, README__md=b"# Depth")
    commit = hub.publish("org/depth", files, task="depth-estimation", licence="cc-by-nc-4.0")

    proposal = propose("org/depth")

    (entry,) = proposal.table["repositories"]
    assert entry["sources"] == [f"hf:org/depth@{commit}"]
    assert entry["files"] == ["config.json", "model.safetensors"]
    assert entry["bytes"] == proposal.bytes == len(files["config.json"]) + 4_000
    assert list(entry["sha256"]) == ["model.safetensors"]
    assert (proposal.table["licence"], proposal.table["commercial_use"]) == ("CC-BY-NC-4.0", False)
    assert proposal.table["variants"] == [{"dtype": "float32", "memory_bytes": 4_000}]


@pytest.mark.slow
def test_weights_that_are_a_pickle_are_refused(hub: FakeHub) -> None:
    hub.publish("org/old", repository(DEPTH, pytorch_model__bin=WEIGHTS), task="depth-estimation")

    error = refusal("org/old")

    assert error.message == (
        "'org/old' has its weights only as a pickle (pytorch_model.bin), which can run code when "
        "it is loaded"
    )
    assert ".safetensors" in error.hint


@pytest.mark.slow
def test_code_of_a_repository_is_refused(hub: FakeHub) -> None:
    config = {
        "model_type": "deepsight", "architectures": ["DeepSightForDepth"],
        "auto_map": {"AutoModel": "modeling_deepsight.DeepSightForDepth"},
    }  # fmt: skip
    files = repository(config, model__safetensors=WEIGHTS, modeling_deepsight__py=b"raise")
    hub.publish("org/custom", files, task="depth-estimation", tags=("custom_code",))

    error = refusal("org/custom")

    assert error.message == (
        "'org/custom' loads with code of its own (DeepSightForDepth), which Batuta never runs"
    )
    assert not [path for path in hub.requests if path.endswith(".py")]


def test_a_pipeline_of_a_repository_is_refused(hub: FakeHub) -> None:
    index = {"_class_name": ["pipeline.py", "MyPipeline"], "unet": ["diffusers", "UNet"]}
    hub.publish(
        "org/pipeline", {"model_index.json": json.dumps(index).encode()}, task="text-to-image",
        config={"diffusers": {"_class_name": "MyPipeline"}},
    )  # fmt: skip

    assert "loads with code of its own (['pipeline.py', 'MyPipeline'])" in str(
        refusal("org/pipeline")
    )


@pytest.mark.slow
def test_a_class_that_the_adapter_does_not_load_is_named(hub: FakeHub) -> None:
    config = {"model_type": "wav2vec2", "architectures": ["Wav2Vec2ForCTC"]}
    hub.publish(
        "org/ctc", repository(config, model__safetensors=WEIGHTS),
        task="automatic-speech-recognition",
    )  # fmt: skip

    error = refusal("org/ctc")

    assert error.message == (
        "'org/ctc' is tagged 'automatic-speech-recognition', but its class 'Wav2Vec2ForCTC' is "
        "none that the adapter SpeechRecognition loads"
    )


@pytest.mark.slow
def test_a_task_without_a_tool_is_named(hub: FakeHub) -> None:
    config = {"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"]}
    hub.publish("org/llm", repository(config, model__safetensors=WEIGHTS), task="text-generation")

    error = refusal("org/llm")

    assert error.message == "no tool does what 'org/llm' is tagged for: 'text-generation'"
    assert "use it with --llm hf:org/llm" in error.hint


def test_a_repository_that_nothing_can_load_says_what_it_lacks(hub: FakeHub) -> None:
    hub.publish("org/other", {"model.gguf": WEIGHTS}, task="depth-estimation")

    assert "has neither config.json nor model_index.json" in refusal("org/other").message


def test_a_gated_repository_says_how_to_get_access(hub: FakeHub) -> None:
    files = repository(DEPTH, model__safetensors=WEIGHTS)
    hub.publish("org/gated", files, task="depth-estimation", gated=True)

    error = refusal("org/gated")

    assert error.message == (
        "'org/gated' is gated: its makers give it only to accounts that accepted its licence"
    )
    assert "hf auth login" in error.hint


def test_a_repository_that_is_not_there_and_a_revision_that_is_not_are_told_apart(
    hub: FakeHub,
) -> None:
    hub.publish("org/depth", repository(DEPTH))

    assert "no repository 'org/nothing', or it is private" in refusal("org/nothing").message
    with pytest.raises(InputError, match="no revision 'v9' of 'org/depth'"):
        HubClient().describe("org/depth", "v9")


@pytest.mark.slow
def test_a_tool_that_the_class_does_not_perform_is_refused(hub: FakeHub) -> None:
    files = repository(DEPTH, model__safetensors=WEIGHTS)
    hub.publish("org/depth", files, task="depth-estimation")

    error = refusal("org/depth", tool="draw")

    assert error.message == (
        "'org/depth' does not perform 'draw'; as a depth estimator it performs depth, "
        "surface_normals"
    )


@pytest.mark.slow
def test_a_file_whose_name_leaves_its_folder_is_refused(hub: FakeHub) -> None:
    index = {"_class_name": "StableDiffusionPipeline", "..": ["diffusers", "UNet"]}
    hub.publish(
        "org/evil", {"model_index.json": json.dumps(index).encode(), "../model.json": b"{}"},
        task="text-to-image",
    )  # fmt: skip

    assert "no plain file name" in refusal("org/evil").message


def test_a_hub_that_cannot_be_reached_is_named_within_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    with pytest.raises(SourceError) as failed:
        HubClient().require_answer()

    assert failed.value.message == "no model hub answers at http://127.0.0.1:9"
    assert "HF_ENDPOINT" in failed.value.hint


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("hf:org/name", ("org/name", "")),
        ("org/name@v1.0", ("org/name", "v1.0")),
        ("hf:org/name@refs/pr/1", None),
        ("name", None),
        ("hf:../name", None),
        ("hf:-x/name", None),
    ],
)
def test_a_reference_is_org_and_name_and_perhaps_a_revision(
    text: str, parts: tuple[str, str] | None
) -> None:
    if parts:
        assert parse_reference(text) == parts
    else:
        with pytest.raises(InputError, match="not the name of a hub repository"):
            parse_reference(text)
