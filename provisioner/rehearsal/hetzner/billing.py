"""What everything has cost so far: hours rounded up, never more than the month's price a month."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

from provisioner.rehearsal.hetzner.call import JSON
from provisioner.rehearsal.hetzner.catalogue import Amount, LoadBalancerType, Offer
from provisioner.rehearsal.hetzner.model import Charge, Record, Settled

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

HOUR = 3600
MONTH_HOURS = 730
"""Hours after which a month's cap begins anew, as an average month has them."""
KEPT = 1000
"""Ended rents that are listed one by one, at least; of older ones the sum is kept."""


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
    _settle_oldest(cloud)


def _settle_oldest(cloud: Cloud) -> None:
    """Add up what ended long ago, so that what is saved stays small."""
    state, now = cloud.state, cloud.now()
    ended = [charge for charge in state.charges if charge.ended is not None]
    if len(ended) <= 2 * KEPT:
        return
    old = ended[: len(ended) - KEPT]
    gone = {id(charge) for charge in old}
    state.charges = [charge for charge in state.charges if id(charge) not in gone]
    paid = sum((cost(charge, now) for charge in old), Decimal(state.settled.cost))
    state.settled = Settled(state.settled.count + len(old), str(paid))


def cost(charge: Charge, now: float) -> Decimal:
    """Return the net cost of one resource until ``now``, or until its end."""
    end = now if charge.ended is None else charge.ended
    hours = max(1, math.ceil((end - charge.started) / HOUR))
    months, rest = divmod(hours, MONTH_HOURS)
    monthly = Decimal(charge.monthly)
    return months * monthly + min(rest * Decimal(charge.hourly), monthly)


def bill(cloud: Cloud) -> JSON:
    """Return the charges with their cost so far, and the sum; net, in the project's currency.

    What ended long ago is not listed: ``earlier`` tells how many rents those were and their cost.
    """
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
    earlier = cloud.state.settled
    running = (cost(charge, now) for charge in cloud.state.charges)
    return {
        "currency": cloud.catalogue.prices.currency,
        "total": str(sum(running, Decimal(earlier.cost))),
        "charges": lines,
        "earlier": {"count": earlier.count, "cost": earlier.cost},
    }
