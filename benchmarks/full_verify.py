"""How long verify takes when all is well: names, ports, five certificates, pages, targets.

The entrance, its certificate from a real ACME server, the name server and the simulated cloud are
on loopback: what is measured is our own part. Everything is asked at once, so that a slow network
adds its longest look, not the sum of all.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.row import Row
from provisioner.phases.verify import verify
from provisioner.toolchain import ensure
from tests.integration.entrances import ADDRESS, living
from tests.integration.simulated import TOKEN, Simulated, simulated

ROUNDS, PROMISE = 5, 3.0


async def measure() -> list[Row]:
    """Return the row of this promise."""
    program = (await ensure(["pebble"]))["pebble"].path
    took = []
    with tempfile.TemporaryDirectory() as folder, simulated(speed=60) as cloud:
        async with living(Path(folder), cloud, program, speed=1) as place:
            place.lead()
            await place.certify()
            place.outputs["load_balancer"] = {"ipv4": ADDRESS, "id": _balancer(cloud)}
            for _ in range(ROUNDS):
                began = time.perf_counter()
                checks = await verify(place.run, place.outputs)
                took.append(time.perf_counter() - began)
                assert all(each.ok for each in checks), checks
    seconds = statistics.median(took)
    return [
        Row(
            what=f"full verify, {len(checks)} looks, all well",
            promise=f"<= {PROMISE:g} s",
            measured=f"{seconds:.2f} s",
            kept=seconds <= PROMISE,
        )
    ]


def _balancer(cloud: Simulated) -> int:
    """Return a load balancer with a target that is healthy."""
    order: dict[str, Any] = {"name": "cp1", "server_type": "cx23", "image": "ubuntu-24.04"}
    with httpx2.Client(headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False) as http:

        def made(path: str, body: dict[str, Any], kind: str) -> int:
            answer = http.post(f"{cloud.endpoint}{path}", json=body).raise_for_status().json()
            return int(answer[kind]["id"])

        server = made("/servers", order, "server")
        services = [
            {"protocol": "tcp", "listen_port": port, "destination_port": port} for port in (80, 443)
        ]
        balancer = made(
            "/load_balancers",
            {
                "name": "lb",
                "load_balancer_type": "lb11",
                "location": "fsn1",
                "services": services,
                "targets": [{"type": "server", "server": {"id": server}}],
            },
            "load_balancer",
        )
        while not _is_healthy(http, f"{cloud.endpoint}/load_balancers/{balancer}"):
            time.sleep(0.1)
    return balancer


def _is_healthy(http: httpx2.Client, url: str) -> bool:
    (target,) = http.get(url).json()["load_balancer"]["targets"]
    return all(each["status"] == "healthy" for each in target["health_status"])
