"""Whether the load balancer finds its servers well, as Hetzner's own health checks say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from provisioner.errors import HetznerError
from provisioner.facts import OutsideCheck
from provisioner.hetzner.client import Hetzner, Json


async def targets(hetzner: Hetzner, balancer: str) -> OutsideCheck:
    """Return how many targets are healthy on all ports; never raises for what the API says."""
    try:
        answer = await hetzner.get(f"/load_balancers/{balancer}")
        return judge(balancer, answer["load_balancer"])
    except HetznerError as error:
        saw = f"the API says: {error.facts.get('reason', error.code)}"
    except (KeyError, TypeError, AttributeError):
        saw = "the API tells no targets"
    return OutsideCheck(
        what="targets",
        target=f"load balancer {balancer}",
        ok=False,
        saw=saw,
        code="targets_unknown",
    )


def judge(balancer: str, described: Json) -> OutsideCheck:
    """Return how the targets of a load balancer stand, as the API describes it."""
    servers = [each for target in described["targets"] for each in _servers(target)]
    ill = [each for each in servers if any(port["status"] != "healthy" for port in _ports(each))]
    well = len(servers) - len(ill)
    saw = f"{well} of {len(servers)} servers healthy"
    if ill:
        ports = sorted(
            {p["listen_port"] for e in ill for p in _ports(e) if p["status"] != "healthy"}
        )
        saw += f"; not on port {' and '.join(map(str, ports))}"
    ok = bool(servers) and well == len(servers)
    name = described.get("name") or f"load balancer {balancer}"
    code = "" if ok else "targets_unhealthy"
    return OutsideCheck(what="targets", target=str(name), ok=ok, saw=saw, code=code)


def _servers(target: Json) -> Iterator[Json]:
    """Yield the servers of a target: it is one, or selects some by label."""
    if target.get("type") == "label_selector":
        yield from target.get("targets") or ()
    else:
        yield target


def _ports(server: Json) -> list[Any]:
    return server.get("health_status") or []
