"""Fills the checksums of what nodes download, in the module's versions.json, as published.

Needs the internet. All or nothing: when one checksum cannot be had, the file stays as it is.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
from pins import Unfilled, published
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

HERE = Path(__file__).parent
VERSIONS = HERE.parent / "modules" / "hetzner" / "versions.json"
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


def _sum_in(kind: str, text: str, name: str, version: str) -> str:
    """Return the SHA-256 that a published document has for a file, a release's asset or a chart."""
    if kind == "sums":
        return published(text, name)
    try:
        if kind == "release":
            entries = json.loads(text)["assets"]
            told = next(each["digest"] for each in entries if each["name"] == name)
        else:
            # Every scalar stays text: a digest may look like a number.
            entries = YAML(typ="base", pure=True).load(text)["entries"][name]
            told = next(e["digest"] for e in entries if e["version"].lstrip("v") == version)
        found = _DIGEST.fullmatch(told)
    except (ValueError, KeyError, TypeError, StopIteration, YAMLError) as error:
        raise Unfilled(f"no digest of {name} {version} is published") from error
    if found is None:
        raise Unfilled(f"the digest of {name} {version} is no SHA-256")
    return found[1]


def _fetch(client: httpx2.Client, source: dict[str, str], version: str) -> str:
    """Return the checksum that one source has for a version."""
    kind = next(kind for kind in ("sums", "release", "chart") if kind in source)
    url = source[kind].format(version=quote(version, safe=""))
    try:
        answer = client.get(url).raise_for_status()
    except httpx2.HTTPError as error:
        raise Unfilled(f"{url}: {error}") from error
    return _sum_in(kind, answer.text, source["file"], version)


def filled(client: httpx2.Client, pins: dict[str, Any], sources: dict[str, Any]) -> dict[str, Any]:
    """Return the pins with every checksum in its place."""
    done = {}
    for name, pin in pins.items():
        source, version = sources[name], pin["version"]
        sums = (
            _fetch(client, source, version)
            if "file" in source
            else {each: _fetch(client, source[each], version) for each in source}
        )
        done[name] = {"version": version, "sha256": sums}
        print(f"{name} {version}")
    return done


def main() -> int:
    """Fill the file; returns 1 and leaves it alone when a checksum cannot be had."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--versions", type=Path, default=VERSIONS)
    parser.add_argument("--sources", type=Path, default=HERE / "module_pins.toml")
    arguments = parser.parse_args()
    path: Path = arguments.versions
    sources = tomllib.loads(arguments.sources.read_text("utf-8"))
    try:
        with httpx2.Client(follow_redirects=True, timeout=30) as client:
            pins = filled(client, json.loads(path.read_text("utf-8")), sources)
    except Unfilled as reason:
        print(f"No checksum was changed. {reason}", file=sys.stderr)
        return 1
    lines = (f"  {json.dumps(name)}: {json.dumps(pin)}" for name, pin in pins.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
