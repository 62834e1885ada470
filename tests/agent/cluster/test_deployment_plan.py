"""Which deployments a profile needs."""

from dataclasses import replace

from agent.cluster.deployment_plan import gpu_share, plan_deployments
from agent.cluster.ray_address import RayAddress
from agent.runtime.agent_runtime import Settings
from agent.runtime.session import Session
from tests.agent.cluster.conftest import WORKER_TOOLS
from tools.models.load_variant import LoadVariant


def open_session(settings: Settings, artifacts: str = "") -> Session:
    return Session.load(
        settings.profile, settings.tool_files, home=settings.home, artifacts=artifacts
    )


def test_each_model_of_a_tool_is_a_deployment(worker_settings: Settings) -> None:
    session = open_session(worker_settings)

    request = plan_deployments(session, [WORKER_TOOLS], RayAddress.parse("ray://auto"))

    models = [item.model for item in request.deployments]
    assert {"lift/broken", "nap/sleeper", "square/squares"} <= set(models)
    assert models == sorted(models)
    assert len({item.route for item in request.deployments}) == len(models)
    assert request.settings.artifacts == str(worker_settings.home / "artifacts")
    assert request.http_host == "127.0.0.1"


def test_front_processes_share_deployments_until_something_differs(
    worker_settings: Settings,
) -> None:
    def routes(url: str = "ray://auto", artifacts: str = "") -> list[str]:
        session = open_session(worker_settings, artifacts)
        request = plan_deployments(session, [WORKER_TOOLS], RayAddress.parse(url))
        return [item.route for item in request.deployments]

    first = routes()
    assert routes() == first
    assert not set(first) & set(routes("ray://auto?batch=16"))
    assert not set(first) & set(routes(artifacts="memory://elsewhere"))


def test_a_model_reserves_the_share_of_a_gpu_that_it_fills(worker_settings: Settings) -> None:
    profile = replace(open_session(worker_settings).profile, device="cuda:0", memory_bytes=10_000)
    card = profile.card("nap/sleeper")
    on_gpu = replace(card, variants=(LoadVariant("float16", 4_000),), memory_bytes=3_333)

    assert gpu_share(card, profile) == 0
    assert gpu_share(on_gpu, profile) == 0.34
    assert gpu_share(replace(on_gpu, memory_bytes=20_000), profile) == 1
