"""All routes, and what each action does in the end, collected from the kinds of resources."""

from __future__ import annotations

from provisioner.rehearsal.hetzner.call import Effect, Route
from provisioner.rehearsal.hetzner.resources import (
    actions,
    balancer_actions,
    balancers,
    catalogue,
    certificates,
    common,
    firewall_actions,
    firewalls,
    floating_ips,
    network_actions,
    networks,
    placement_groups,
    primary_ips,
    rrsets,
    server_changes,
    server_nets,
    server_orders,
    server_power,
    servers,
    ssh_keys,
    volumes,
    zones,
)

ROUTES: tuple[Route, ...] = (
    *actions.ROUTES,
    *catalogue.ROUTES,
    *ssh_keys.ROUTES,
    *certificates.ROUTES,
    *placement_groups.ROUTES,
    *networks.ROUTES,
    *network_actions.ROUTES,
    *firewalls.ROUTES,
    *firewall_actions.ROUTES,
    *primary_ips.ROUTES,
    *floating_ips.ROUTES,
    *servers.ROUTES,
    *server_orders.ROUTES,
    *server_nets.ROUTES,
    *server_power.ROUTES,
    *server_changes.ROUTES,
    *balancers.ROUTES,
    *balancer_actions.ROUTES,
    *volumes.ROUTES,
    *zones.ROUTES,
    *rrsets.ROUTES,
    *actions.of_kind("server", "servers"),
    *actions.of_kind("network", "networks"),
    *actions.of_kind("firewall", "firewalls"),
    *actions.of_kind("load_balancer", "load_balancers"),
    *actions.of_kind("primary_ip", "primary_ips"),
    *actions.of_kind("floating_ip", "floating_ips"),
    *actions.of_kind("volume", "volumes"),
    *actions.of_kind("zone", "zones"),
    *actions.of_kind("certificate", "certificates"),
)

EFFECTS: dict[str, Effect] = {
    "change_protection": common.protected,
    **network_actions.EFFECTS,
    **firewall_actions.EFFECTS,
    **primary_ips.EFFECTS,
    **floating_ips.EFFECTS,
    **servers.EFFECTS,
    **server_orders.EFFECTS,
    **server_nets.EFFECTS,
    **server_power.EFFECTS,
    **server_changes.EFFECTS,
    **balancers.EFFECTS,
    **balancer_actions.EFFECTS,
    **volumes.EFFECTS,
    **zones.EFFECTS,
    **rrsets.EFFECTS,
}

FAILURES: dict[str, Effect] = {
    **server_orders.FAILURES,
    **firewall_actions.FAILURES,
    **rrsets.FAILURES,
}
"""What a failed action leaves behind, where that is not what was there before."""
