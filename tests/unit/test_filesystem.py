"""The state folder is on a disk of this machine, or it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner import filesystem
from provisioner.errors import HomeError
from provisioner.filesystem import kind_of, refuse_network

MOUNTS = """\
21 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 21 0:25 / /mnt/my\\040share rw,relatime - nfs4 server:/export rw
31 30 0:26 / /mnt/my\\040share/local rw - xfs /dev/vdb1 rw
32 21 0:27 / /again rw - ext4 /dev/vdc rw
33 21 0:28 / /again rw - cifs //server/share rw
nonsense
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib/x", "ext4"),
        ("/mnt/my share/home", "nfs4"),
        ("/mnt/my share/local/home", "xfs"),
        ("/mnt/my sharer", "ext4"),
        ("/again/home", "cifs"),
    ],
)
def test_the_deepest_and_latest_mount_decides(folder: str, kind: str) -> None:
    """A folder that does not exist yet is on the filesystem that will hold it."""
    assert kind_of(Path(folder), MOUNTS) == kind


def test_a_network_filesystem_is_refused_and_this_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal names folder and kind; a local folder passes."""
    refuse_network(tmp_path)
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"21 1 0:1 / {tmp_path} rw - nfs4 server:/ rw\n")
    monkeypatch.setattr(filesystem, "_MOUNTS", mounts)
    with pytest.raises(HomeError) as caught:
        refuse_network(tmp_path / "home")
    assert (caught.value.code, caught.value.facts["kind"]) == ("home_on_network", "nfs4")
