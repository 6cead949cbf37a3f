"""Settings: shipped values, single keys overridden, mistakes refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.errors import AnswersRefused
from provisioner.home import Home
from provisioner.settings import default_settings, load_settings


def test_shipped_settings_hold_until_overridden(tmp_path: Path) -> None:
    """One key in the file changes that key alone."""
    home = Home(tmp_path)
    assert load_settings(home) == default_settings()
    home.settings.write_text('pools = ["example.org"]\n')
    assert load_settings(home).pools == ("example.org",)
    assert load_settings(home).image == default_settings().image


@pytest.mark.parametrize(
    "text",
    [
        "pools = 3",
        "pol = []",
        "pools = [",
        "\x00",
        "state_hash = 'md5'",
        "state.backend = 'consul'",
        "state = {backend = 'pg', config = {conn_str = 'postgres://me:word@db'}}",
    ],
)
def test_a_mistake_in_settings_is_refused(tmp_path: Path, text: str) -> None:
    """A wrong type, an unknown key and broken TOML each name the file."""
    home = Home(tmp_path)
    home.settings.write_text(text)
    with pytest.raises(AnswersRefused) as refused:
        load_settings(home)
    assert refused.value.code == "settings_unreadable"
    assert str(home.settings) in refused.value.facts["path"]
