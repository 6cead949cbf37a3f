"""Reverse DNS: what a public address resolves to, until and after somebody changes it."""

from __future__ import annotations

from provisioner.rehearsal.hetzner.model import Action


def usual(ip: str) -> str:
    """Return what an address resolves to by itself; an IPv6 one to nothing."""
    return "" if ":" in ip else f"static.{'.'.join(reversed(ip.split('.')))}.clients.example.net"


def change(pointers: dict[str, str], action: Action) -> None:
    """Let an address resolve as a change_dns_ptr action asked, or as it did by itself."""
    ip = action.data["ip"]
    told = action.data["dns_ptr"] or usual(ip)
    if told:
        pointers[ip] = told
    else:
        pointers.pop(ip, None)
