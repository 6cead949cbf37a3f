"""The pins file is a known_hosts file that only its owner reads, and a pin is for one server."""

from __future__ import annotations

from pathlib import Path

import asyncssh
import pytest

from provisioner.cluster.pins import Pin, Pins, Standing, fingerprint, host_pattern, public_key
from provisioner.errors import AccessError


def key(comment: str = "") -> str:
    """Return a new public key."""
    made = asyncssh.generate_private_key("ssh-ed25519", comment)
    return made.export_public_key().decode()


def test_a_pin_is_found_by_its_host_and_server(tmp_path: Path) -> None:
    """A pin belongs to one address and port, and not to the server that comes after."""
    pins = Pins(tmp_path / "known_hosts")
    one = Pin(host_pattern("203.0.113.7", 22), public_key(key()), "1", Standing.PINNED)
    two = Pin(host_pattern("203.0.113.7", 2222), public_key(key()), "2", Standing.PENDING)
    pins.save(one)
    pins.save(two)
    assert pins.find("203.0.113.7", 22, "1") == one
    assert pins.find("203.0.113.7", 2222, "2") == two
    assert pins.find("203.0.113.7", 22, "2") is None


def test_a_new_pin_takes_the_place_of_the_old(tmp_path: Path) -> None:
    """A host has one pin, in a private file that ssh itself can read."""
    path = tmp_path / "known_hosts"
    for standing in (Standing.PENDING, Standing.PINNED):
        last = Pin("[127.0.0.1]:2222", public_key(key()), "1", standing)
        Pins(path).save(last)
    assert path.read_text() == f"{last.line}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    trusted = asyncssh.read_known_hosts(str(path)).match("127.0.0.1", "127.0.0.1", 2222)[0]
    assert {each.get_fingerprint() for each in trusted} == {fingerprint(last.key)}


def test_a_comment_is_no_part_of_a_key() -> None:
    """Two writings of one key are one pin."""
    written = key("node")
    assert public_key(f" {written} \n") == " ".join(written.split()[:2])


@pytest.mark.parametrize("text", ["", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-rsa AAAAB3Nz", "x y"])
def test_what_is_no_ed25519_key_is_refused(text: str) -> None:
    """Nothing else is ever pinned."""
    with pytest.raises(AccessError, match="host_key_unreadable"):
        public_key(text)


@pytest.mark.parametrize("content", ["rubbish\n", "a b c d e\n", "\udcff"])
def test_a_damaged_file_is_named_and_not_overwritten(tmp_path: Path, content: str) -> None:
    """With pins that cannot be read nobody is spoken to."""
    path = tmp_path / "known_hosts"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(AccessError, match="pins_unusable"):
        Pins(path).find("127.0.0.1", 22, "1")
    with pytest.raises(AccessError, match="pins_unusable"):
        Pins(path).save(Pin("127.0.0.1", public_key(key()), "1", Standing.PINNED))
    assert path.read_bytes() == content.encode("utf-8", "surrogateescape")
