"""Fills the checksums of the official releases in pins.toml from what their projects publish.

Needs the internet. All or nothing: when one checksum cannot be had, the file stays as it is.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import httpx2

from provisioner.toolchain.pins import HERE, Pin, Platform, Release, load

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Unfilled(Exception):
    """A checksum could not be had."""


def published(sums: str, file_name: str) -> str:
    """Return the SHA-256 that a published list has for a file; a list may be one bare hash."""
    for line in sums.splitlines():
        told, _, name = line.strip().partition(" ")
        if _SHA256.fullmatch(told) and name.strip().lstrip("*") in {"", file_name}:
            return told
    raise Unfilled(f"the published list has no SHA-256 of {file_name}")


def checksums(client: httpx2.Client, pin: Pin, release: Release) -> dict[str, str]:
    """Return the published SHA-256 of a pinned release, by platform."""
    found = {}
    for name in release.sha256:
        platform = Platform(*name.split("_"))
        url = pin.fill(release.sums, platform)
        try:
            answer = client.get(url).raise_for_status()
        except httpx2.HTTPError as error:
            raise Unfilled(f"{url}: {error}") from error
        file_name = pin.fill(release.url, platform).rpartition("/")[2]
        found[name] = published(answer.text, file_name)
    return found


def filled(text: str, tool: str, sums: dict[str, str]) -> str:
    """Return the pins' text with one tool's checksums in their places, the rest untouched."""
    header = f"[{tool}.release.sha256]\n"
    before, _, after = text.partition(header)
    table, blank, rest = after.partition("\n\n")
    for platform, told in sums.items():
        table = re.sub(rf'(?m)^{platform} = ".*"$', f'{platform} = "{told}"', table)
    return before + header + table + blank + rest


def main() -> int:
    """Fill the file; returns 1 and leaves it alone when a checksum cannot be had."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pins", type=Path, default=HERE / "pins.toml")
    path: Path = parser.parse_args().pins
    text = path.read_text("utf-8")
    try:
        with httpx2.Client(follow_redirects=True, timeout=30) as client:
            for name, pin in load(path).items():
                if pin.release:
                    sums = checksums(client, pin, pin.release)
                    text = filled(text, name, sums)
                    print(f"{name} {pin.version}: {len(sums)} checksums")
    except Unfilled as reason:
        print(f"No checksum was changed. {reason}", file=sys.stderr)
        return 1
    path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
