"""Whether settings speak of things that there are: a word that means nothing would do nothing."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network

from provisioner.rehearsal.hetzner.catalogue import Catalogue
from provisioner.rehearsal.hetzner.inventory import KINDS
from provisioner.rehearsal.hetzner.model import Fault, Settings
from provisioner.rehearsal.hetzner.refusal import invalid


def check_settings(catalogue: Catalogue, settings: Settings) -> None:
    """Raise invalid_input on the first name in the settings that the cloud does not know."""
    _known("quota", settings.quota, catalogue.limits.quota)
    _known("stock", settings.stock, catalogue.server_type)
    for name, places in settings.stock.items():
        _known(f"stock.{name}", places, catalogue.location)
    for told in settings.dedicated_ips:
        try:
            ip_network(told)
        except ValueError as error:
            raise invalid("dedicated_ips", str(error)) from error
    check_faults(catalogue, settings.faults)


def check_faults(catalogue: Catalogue, faults: Iterable[Fault]) -> None:
    """Raise invalid_input on the first fault that speaks of something that there is not."""
    for at, fault in enumerate(faults):
        where = f"faults.{at}"
        if fault.server_type is not None:
            _known(f"{where}.server_type", [fault.server_type], catalogue.server_type)
        if fault.location is not None:
            _known(f"{where}.location", [fault.location], catalogue.location)
        if fault.do == "vanish":
            check_kind(f"{where}.kind", fault.kind)


def check_kind(field: str, kind: str) -> None:
    """Raise invalid_input for a word that is no kind of resource."""
    _known(field, [kind], KINDS)


def _known(field: str, names: Iterable[str], known: Iterable[str]) -> None:
    told = list(known)
    for name in names:
        if name not in told:
            raise invalid(field, f"'{name}' is none of {', '.join(told)}")
