"""The names that a domain leads to."""

from __future__ import annotations

from screens.drawing.frame import LABEL
from screens.drawing.rows import Row, Rows

HOSTS = ("console", "gitea", "harbor", "admin", "api", "*")
"""The records under a Sovereign's name that lead to its load balancer."""


def preview(fqdn: str, slug: str, width: int) -> Rows:
    """Return the address of the console, the six records, and the name of the resources."""
    if not fqdn:
        return [Row(" " * LABEL).add("Type a name to see what comes of it.", "quiet")]
    hosts = "  ".join(HOSTS)
    pairs = (
        ("Console", f"https://console.{fqdn}", "strong"),
        ("Records", f"{hosts}", ""),
        ("", "six A records, all to the load balancer", "quiet"),
        ("At Hetzner", f"catalyst-{slug}-…", ""),
    )
    return [
        Row("   ").add(name, "quiet").to(LABEL).add(text, role).cut(width - 1)
        for name, text, role in pairs
    ]
