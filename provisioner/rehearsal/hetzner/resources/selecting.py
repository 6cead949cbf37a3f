"""What label selectors of firewalls and load balancers match, evaluated a moment after a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioner.rehearsal.hetzner.labels import parse_selector
from provisioner.rehearsal.hetzner.model import Application, LoadBalancer, Target

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud


def matching(cloud: Cloud, selector: str) -> list[int]:
    """Return the servers that a selector matches now, by id."""
    parsed = parse_selector(selector)
    return [
        server.id
        for server in cloud.state.servers.values()
        if server.status != "deleting" and parsed.matches(server.labels)
    ]


def match_application(cloud: Cloud, application: Application) -> None:
    """Evaluate the selector of one firewall application; only public servers can be filtered."""
    if application.selector is not None:
        servers = cloud.state.servers
        application.matched = [
            key
            for key in matching(cloud, application.selector)
            if servers[key].ipv4 or servers[key].ipv6
        ]


def match_target(cloud: Cloud, balancer: LoadBalancer, target: Target) -> None:
    """Evaluate the selector of one target; what the balancer cannot reach is left out."""
    if target.selector is None:
        return
    net = balancer.net.network if balancer.net else None
    servers = cloud.state.servers
    target.matched = [
        key
        for key in matching(cloud, target.selector)
        if not target.use_private_ip or any(n.network == net for n in servers[key].nets)
    ]


def evaluate_selectors(cloud: Cloud) -> None:
    """Evaluate every selector of the project."""
    for firewall in cloud.state.firewalls.values():
        for application in firewall.applied:
            match_application(cloud, application)
    for balancer in cloud.state.load_balancers.values():
        for target in balancer.targets:
            match_target(cloud, balancer, target)
