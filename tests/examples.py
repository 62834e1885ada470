"""How many examples of a property are tried."""

from hypothesis import HealthCheck, settings


def examples(count: int, *suppress: HealthCheck) -> settings:
    """Try this many examples of a property; with the profile `fast`, a tenth of them."""
    share = settings.default.max_examples / 100
    return settings(max_examples=max(5, round(count * share)), suppress_health_check=suppress)
