"""What can be said on the command line to a simulated cloud of one's own."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

Number = Callable[[str], float]
LAST_PORT = 65535
MOST_SCALE = 1000


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
    if not text.isascii() or not text.isdigit() or int(text[:6]) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"between 0 and {LAST_PORT}")
    return int(text)


def _scale(text: str) -> float:
    try:
        scale = float(text)
    except ValueError:
        scale = -1
    if not 0 <= scale <= MOST_SCALE:
        raise argparse.ArgumentTypeError(f"a number between 0 and {MOST_SCALE}")
    return scale
