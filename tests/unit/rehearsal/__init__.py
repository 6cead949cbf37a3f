"""The simulated Hetzner Cloud, without sockets and on a clock that stands still."""
