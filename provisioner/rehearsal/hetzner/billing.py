"""What everything has cost so far: hours rounded up, never more than the month's price a month."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

from provisioner.rehearsal.hetzner.call import JSON
from provisioner.rehearsal.hetzner.catalogue import Amount, LoadBalancerType, Offer
from provisioner.rehearsal.hetzner.model import Charge, Record

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

HOUR = 3600
MONTH_HOURS = 730
"""Hours after which a month's cap begins anew, as an average month has them."""


def rent(
    cloud: Cloud,
    kind: str,
    record: Record,
    type_: str,
    location: str,
    amount: Amount | Offer | LoadBalancerType,
) -> None:
    """Start to bill a resource."""
    charge = Charge(
        kind,
        record.id,
        record.name,
        type_,
        location,
        amount.hourly,
        amount.monthly,
        started=cloud.now(),
    )
    cloud.state.charges.append(charge)


def end_rent(cloud: Cloud, kind: str, key: int) -> None:
    """Stop to bill a resource."""
    for charge in cloud.state.charges:
        if charge.kind == kind and charge.id == key and charge.ended is None:
            charge.ended = cloud.now()


def cost(charge: Charge, now: float) -> Decimal:
    """Return the net cost of one resource until ``now``, or until its end."""
    end = now if charge.ended is None else charge.ended
    hours = max(1, math.ceil((end - charge.started) / HOUR))
    months, rest = divmod(hours, MONTH_HOURS)
    monthly = Decimal(charge.monthly)
    return months * monthly + min(rest * Decimal(charge.hourly), monthly)


def bill(cloud: Cloud) -> JSON:
    """Return every charge with its cost so far, and the sum; net, in the project's currency."""
    now = cloud.now()
    lines = [
        {
            "kind": charge.kind,
            "id": charge.id,
            "name": charge.name,
            "type": charge.type,
            "location": charge.location,
            "running": charge.ended is None,
            "cost": str(cost(charge, now)),
        }
        for charge in cloud.state.charges
    ]
    total = sum((cost(charge, now) for charge in cloud.state.charges), Decimal(0))
    return {"currency": cloud.catalogue.prices.currency, "total": str(total), "charges": lines}
