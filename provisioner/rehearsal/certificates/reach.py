"""Whether a page of a name can be had over plain HTTP, as cert-manager looks before it asks."""

from __future__ import annotations

import ipaddress

import httpx2

from provisioner.dns.ask import Server, ask
from provisioner.rehearsal.certificates.pebble import Pebble
from provisioner.rehearsal.ports import LOOPBACK

CHALLENGES = "/.well-known/acme-challenge/"
SECONDS = 3.0


async def why_not(acme: Pebble, name: str, token: str, answer: str) -> str:
    """Return why a challenge's answer is not at its address, in the words of Go; empty if it is."""
    url = f"http://{name}{CHALLENGES}{token}"
    found = await ask(Server(LOOPBACK, acme.dns_port), name, "A", recursive=True)
    if not found.values:
        tcp = f"dial tcp: lookup {name} on {LOOPBACK}:53: no such host"
        return f"failed to perform self check GET request '{url}': Get \"{url}\": {tcp}"
    address = found.values[0]
    if not ipaddress.ip_address(address).is_loopback:
        # This world ends where the machine does: nothing of it asks a real network.
        tcp = f"dial tcp {address}:80: connect: no route to host"
        return f"failed to perform self check GET request '{url}': Get \"{url}\": {tcp}"
    place = f"http://{address}:{acme.http_port}{CHALLENGES}{token}"
    try:
        async with httpx2.AsyncClient(trust_env=False, timeout=SECONDS) as http:
            said = await http.get(place, headers={"Host": name})
    except httpx2.TransportError as error:
        reason = str(error) or type(error).__name__
        return f"failed to perform self check GET request '{url}': Get \"{url}\": {reason}"
    if said.status_code != httpx2.codes.OK:
        return f"wrong status code '{said.status_code}', expected '200'"
    if said.text.strip() != answer:
        return f"did not get expected response when querying endpoint, got: {said.text[:60]}"
    return ""
