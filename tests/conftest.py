"""What holds for every test."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# How long a generated example takes is the machine's affair: benchmarks/ measures, tests prove.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
