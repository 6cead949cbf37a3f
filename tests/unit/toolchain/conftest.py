"""The toolchain in miniature, for every unit test of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner.toolchain import pins
from tests.toolbench import Toolbench, use


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toolbench]:
    """Two small tools instead of the real ones."""
    made = Toolbench(tmp_path)
    use(made, tmp_path, monkeypatch)
    yield made
    pins.catalogue.cache_clear()
