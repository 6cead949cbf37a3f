"""What can be said on the command line to a simulated cloud of one's own."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

Number = Callable[[str], float]


def add_sandbox_commands(each: argparse.ArgumentParser, speed: Number) -> None:
    """Complete the parser of ``sandbox``; ``speed`` reads how fast its time may run."""
    each.add_argument("cloud", choices=["hetzner"], help="which cloud to simulate")
    each.add_argument("--folder", type=Path, help="keep it here; else it is forgotten at its end")
    each.add_argument("--port", type=_port, default=0, help="listen here; default: any free port")
    each.add_argument(
        "--speed", type=speed, default=1.0, metavar="N", help="times faster than life"
    )
    each.add_argument("--scale", type=_scale, metavar="N", help="of the latencies; 0 for none")
    each.add_argument(
        "--setup", type=Path, metavar="FILE", help="settings, faults and seed as TOML"
    )


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("between 0 and 65535")
    return port


def _scale(text: str) -> float:
    scale = float(text)
    if not 0 <= scale <= 1000:
        raise argparse.ArgumentTypeError("between 0 and 1000")
    return scale
