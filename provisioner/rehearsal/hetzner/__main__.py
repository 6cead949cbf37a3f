"""``python -m provisioner.rehearsal.hetzner``: a simulated cloud for one's own tools.

It prints the two variables that Hetzner's tools read, and serves until it is interrupted. A token
that stands in HCLOUD_TOKEN is used; else one is made.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import sys
from pathlib import Path

from provisioner.errors import RehearsalError
from provisioner.rehearsal.hetzner.sandbox import Sandbox, Setup
from provisioner.remedies import explain

TOKEN_BYTES = 32


def main() -> int:
    """Run the sandbox that the arguments describe."""
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--folder", type=Path, help="keep the cloud here; else it is forgotten")
    parser.add_argument("--port", type=int, default=0, help="listen here; else on any free port")
    parser.add_argument("--setup", type=Path, help="a TOML file with settings and seed")
    arguments = parser.parse_args()
    token = os.environ.get("HCLOUD_TOKEN") or secrets.token_hex(TOKEN_BYTES)

    def ready(endpoint: str) -> None:
        sys.stdout.write(f"export HCLOUD_ENDPOINT={endpoint}\nexport HCLOUD_TOKEN={token}\n")
        sys.stdout.flush()

    try:
        setup = Setup.read(arguments.setup) if arguments.setup else Setup()
        sandbox = Sandbox(token, arguments.folder, arguments.port, setup)
        asyncio.run(sandbox.run(ready))
    except RehearsalError as error:
        remedy = explain(error.code, error.facts)
        sys.stderr.write(f"{remedy.what}\n{remedy.means}\n{remedy.action}\n")
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
