"""A module's zip is believed only if go.sum has its hash."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from provisioner.errors import ToolchainError
from provisioner.toolchain import modules
from provisioner.toolchain.pins import pin_of
from tests.toolbench import MODULE, MODULE_HASH, Toolbench, module_zip


def test_the_hash_is_the_one_that_go_computes(tmp_path: Path) -> None:
    """The hash of a zip is what Go's own dirhash said of the same zip."""
    with zipfile.ZipFile(module_zip(tmp_path / "kit.zip")) as archive:
        assert modules.h1(archive) == MODULE_HASH


@pytest.mark.usefixtures("bench")
def test_exactly_the_files_of_one_folder_are_taken(tmp_path: Path) -> None:
    """Sub-folders and the rest of the module stay out."""
    made = tmp_path / "made"
    made.mkdir()
    modules.take(pin_of("kit"), MODULE, module_zip(tmp_path / "kit.zip"), "config", made)
    assert {path.name: path.read_text() for path in made.iterdir()} == {
        "a.yaml": "kind: A\n",
        "b.yaml": "kind: B\n",
    }


@pytest.mark.usefixtures("bench")
def test_a_changed_zip_is_refused_and_nothing_of_it_is_taken(tmp_path: Path) -> None:
    """One changed byte in one file is enough."""
    made = tmp_path / "made"
    made.mkdir()
    changed = module_zip(tmp_path / "kit.zip", kind="Z")
    with pytest.raises(ToolchainError) as caught:
        modules.take(pin_of("kit"), MODULE, changed, "config", made)
    assert caught.value.code == "tool_checksum"
    assert caught.value.facts["expected"] == MODULE_HASH
    assert not list(made.iterdir())


def test_a_module_without_a_hash_is_refused(bench: Toolbench, tmp_path: Path) -> None:
    """A hash of go.mod alone is no hash of the files."""
    (bench.pins / "go" / "kit" / "go.sum").write_text(f"{MODULE} v1.0.0/go.mod h1:x=\n")
    with pytest.raises(ToolchainError) as caught:
        modules.take(pin_of("kit"), MODULE, module_zip(tmp_path / "kit.zip"), "config", tmp_path)
    assert caught.value.code == "tool_unverified"
