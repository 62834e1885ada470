"""Addresses of clusters, as the command line takes them."""

import pytest

from agent.cluster.ray_address import RayAddress, ScalingOptions
from tools.errors import InputError


def test_the_cluster_of_this_machine_is_called_on_loopback() -> None:
    address = RayAddress.parse("ray://auto")

    assert address.is_local
    assert address.ray == "auto"
    assert address.http == "http://127.0.0.1:8000"


def test_a_cluster_elsewhere_has_a_port_of_ray_client_and_one_of_serve() -> None:
    address = RayAddress.parse("ray://head.example:10002?http_port=8100")

    assert not address.is_local
    assert address.ray == "ray://head.example:10002"
    assert address.http == "http://head.example:8100"


@pytest.mark.parametrize(
    ("url", "is_loopback"),
    [
        ("ray://auto", True),
        ("ray://127.0.0.1:10001", True),
        ("ray://localhost", True),
        ("ray://10.0.0.1", False),
    ],
)
def test_ray_client_on_loopback_is_this_machine(url: str, is_loopback: bool) -> None:
    assert RayAddress.parse(url).is_loopback is is_loopback


def test_options_set_how_deployments_scale() -> None:
    address = RayAddress.parse("ray://auto?min_replicas=1&max_replicas=4&cpus=0.5&batch=32")

    assert address.options == ScalingOptions(min_replicas=1, max_replicas=4, cpus=0.5, batch=32)


@pytest.mark.parametrize(
    "url",
    ["auto", "http://head:10001", "ray://", "ray://head:99999", "ray://me@head", "ray://head/path"],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(InputError, match="allowed are ray://auto and ray://HOST:PORT") as error:
        RayAddress.parse(url)
    assert repr(url) in error.value.message


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("replicas=4", "'replicas=4' is not an option of a cluster"),
        ("batch=many", "'batch=many' is not an option"),
        ("batch=-1", "'batch=-1' is not an option"),
        ("cpus=inf", "'cpus=inf' is not an option"),
        ("batch=0", "contradict each other"),
        ("min_replicas=3&max_replicas=2", "contradict each other"),
    ],
)
def test_options_that_cannot_hold_are_refused(query: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        RayAddress.parse(f"ray://auto?{query}")
