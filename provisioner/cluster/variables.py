"""The variables of the kit: a closed set, filled in before anything reaches the cluster.

A scalar that is nothing but ``${NAME}`` takes the value with its type; elsewhere the value is put
into the text. It works on parsed manifests, so no value can break out of its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provisioner.errors import KitError

if TYPE_CHECKING:
    from provisioner.spec import SovereignSpec

Value = str | int | bool
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def variables(spec: SovereignSpec, outputs: Mapping[str, Any]) -> dict[str, Value]:
    """Return every variable for one Sovereign; raises KitError if the outputs lack something."""
    try:
        address = str(outputs["load_balancer"]["ipv4"])
    except (KeyError, TypeError) as error:
        raise KitError("kit_outputs", missing="load_balancer") from error
    several = spec.is_highly_available
    return {
        "SOVEREIGN_FQDN": spec.fqdn,
        "ADMIN_EMAIL": spec.organisation.admin_email,
        "ISSUER": spec.certificates.issuer,
        "LOAD_BALANCER_IP": address,
        "STORAGE_CLASS": "hcloud-volumes" if several else "local-path",
        "CLUSTERED": several,
        "REPLICAS": 2 if several else 1,
        "QUORUM": 3 if several else 1,
    }


def filled(value: Any, known: Mapping[str, Value], place: str) -> Any:
    """Return a manifest, or a part of one, with its variables filled in.

    ``place`` names it in the KitError that an unknown variable raises.
    """
    if isinstance(value, dict):
        return {key: filled(each, known, place) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, known, place) for each in value]
    if not isinstance(value, str):
        return value
    whole = _VARIABLE.fullmatch(value)
    if whole:
        return _value(whole[1], known, place)
    return _VARIABLE.sub(lambda found: _text(_value(found[1], known, place)), value)


def _value(name: str, known: Mapping[str, Value], place: str) -> Value:
    if name not in known:
        raise KitError("kit_unknown_variable", name=name, place=place)
    return known[name]


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
