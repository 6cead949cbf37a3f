"""What can only be read: types, locations, images and prices. Data centres are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from provisioner.rehearsal.hetzner.call import Answer, Call, Route
from provisioner.rehearsal.hetzner.catalogue import Image, LoadBalancerType, ServerType, wire
from provisioner.rehearsal.hetzner.paging import having, named, ordered, page
from provisioner.rehearsal.hetzner.refusal import Refused, not_found
from provisioner.rehearsal.hetzner.resources.common import number_of

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

ANNOUNCEMENT = "https://docs.hetzner.cloud/changelog#2026-06-02-datacenters-deprecated"


def server_type_view(cloud: Cloud, entry: ServerType) -> msgspec.Raw:
    """Return a server type's answer with the stock of this moment, already encoded."""
    places = [place for offer in entry.offer for place in offer.locations]
    stock = {place: cloud.stock(entry.name, place) for place in places}
    key = ("server_type", entry.name, *stock.values())
    return cloud.encoded(key, lambda: wire.server_type(cloud.catalogue, entry, stock))


def load_balancer_type_view(cloud: Cloud, entry: LoadBalancerType) -> msgspec.Raw:
    """Return a load balancer type's answer, already encoded."""
    key = ("load_balancer_type", entry.name)
    return cloud.encoded(key, lambda: wire.load_balancer_type(cloud.catalogue, entry))


def list_server_types(cloud: Cloud, call: Call) -> Answer:
    """Answer the server types."""
    kept = named(call, cloud.catalogue.server_types)
    limits = cloud.catalogue.limits
    return page(call, limits, "server_types", kept, lambda t: server_type_view(cloud, t))


def get_server_type(cloud: Cloud, call: Call) -> Answer:
    """Answer one server type."""
    for entry in cloud.catalogue.server_types:
        if entry.id == number_of(call.params[0]):
            return Answer({"server_type": server_type_view(cloud, entry)})
    raise not_found("server_type", call.params[0])


def list_load_balancer_types(cloud: Cloud, call: Call) -> Answer:
    """Answer the load balancer types."""
    kept = named(call, cloud.catalogue.load_balancer_types)
    return page(
        call,
        cloud.catalogue.limits,
        "load_balancer_types",
        kept,
        lambda t: load_balancer_type_view(cloud, t),
    )


def get_load_balancer_type(cloud: Cloud, call: Call) -> Answer:
    """Answer one load balancer type."""
    for entry in cloud.catalogue.load_balancer_types:
        if entry.id == number_of(call.params[0]):
            return Answer({"load_balancer_type": load_balancer_type_view(cloud, entry)})
    raise not_found("load_balancer_type", call.params[0])


def list_locations(cloud: Cloud, call: Call) -> Answer:
    """Answer the locations."""
    kept = ordered(call, named(call, cloud.catalogue.locations), "id", "name")
    return page(
        call,
        cloud.catalogue.limits,
        "locations",
        kept,
        lambda place: wire.location(cloud.catalogue, place.name),
    )


def get_location(cloud: Cloud, call: Call) -> Answer:
    """Answer one location."""
    for place in cloud.catalogue.locations:
        if place.id == number_of(call.params[0]):
            return Answer({"location": wire.location(cloud.catalogue, place.name)})
    raise not_found("location", call.params[0])


def list_images(cloud: Cloud, call: Call) -> Answer:
    """Answer the images; all of them are system images."""
    kept: list[Image] = having(call, named(call, cloud.catalogue.images), "architecture")
    if "type" in call.query and "system" not in call.query["type"]:
        kept = []
    kept = ordered(call, kept, "id", "name")
    return page(call, cloud.catalogue.limits, "images", kept, wire.image)


def get_image(cloud: Cloud, call: Call) -> Answer:
    """Answer one image."""
    entry = cloud.catalogue.image.get(number_of(call.params[0]) or 0)
    if entry is None:
        raise not_found("image", call.params[0])
    return Answer({"image": wire.image(entry)})


def get_pricing(cloud: Cloud, _call: Call) -> Answer:
    """Answer the price list."""
    return Answer({"pricing": cloud.encoded(("pricing",), lambda: wire.pricing(cloud.catalogue))})


def no_datacenters(_cloud: Cloud, _call: Call) -> Answer:
    """Refuse: the endpoint was switched off."""
    raise Refused(
        "deprecated_api_endpoint",
        "The endpoint was removed, use the locations instead",
        {"announcement": ANNOUNCEMENT},
    )


ROUTES = (
    Route("GET", "/server_types", list_server_types),
    Route("GET", "/server_types/{}", get_server_type),
    Route("GET", "/load_balancer_types", list_load_balancer_types),
    Route("GET", "/load_balancer_types/{}", get_load_balancer_type),
    Route("GET", "/locations", list_locations),
    Route("GET", "/locations/{}", get_location),
    Route("GET", "/images", list_images),
    Route("GET", "/images/{}", get_image),
    Route("GET", "/pricing", get_pricing),
    Route("GET", "/datacenters", no_datacenters),
    Route("GET", "/datacenters/{}", no_datacenters),
)
