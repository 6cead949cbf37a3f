"""What can be said on the command line to a simulated cloud of one's own."""

from __future__ import annotations

import argparse
from pathlib import Path

from catalyst_tui.parser_numbers import port, scale, speed


def add_sandbox_commands(each: argparse.ArgumentParser) -> None:
    """Complete the parser of ``sandbox``."""
    each.add_argument("cloud", choices=["hetzner"], help="which cloud to simulate")
    each.add_argument("--folder", type=Path, help="keep it here; else it is forgotten at its end")
    each.add_argument("--port", type=port, default=0, help="listen here; default: any free port")
    each.add_argument(
        "--speed", type=speed, default=1.0, metavar="N", help="times faster than life"
    )
    each.add_argument("--scale", type=scale, metavar="N", help="of the latencies; 0 for none")
    each.add_argument(
        "--setup", type=Path, metavar="FILE", help="settings, faults and seed as TOML"
    )
