import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "rules", deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
settings.load_profile("rules")


@pytest.fixture(autouse=True)
def no_devin_environment(monkeypatch):
    """Keep the tests apart from whatever key and settings this machine has."""
    for name in [name for name in os.environ if name.startswith("DEVIN_")]:
        monkeypatch.delenv(name)
