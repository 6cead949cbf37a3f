"""Ports on the loopback interface that nobody else uses."""

from __future__ import annotations

import socket

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def reserve(wanted: int) -> socket.socket:
    """Return a socket that keeps a port on the main loopback address, ``wanted`` if it is free.

    Worlds on one machine have nodes on addresses of the same range. Each holds its SSH port on the
    main address for as long as it lives, so that no two take the same.
    """
    for port in (wanted, 0):
        holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            holder.bind((LOOPBACK, port))
        except OSError:
            holder.close()
            if port == 0:
                raise
        else:
            return holder
    raise AssertionError("unreachable")
