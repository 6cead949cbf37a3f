"""The simulated API's manners: paths, tokens, bodies, pages, limits."""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from tests.unit.rehearsal.client import READER, Caller, fresh


async def test_unknown_paths_are_told_before_tokens_are_asked(api: Caller) -> None:
    """A path that is none answers 404 even without a token, inside and outside of /v1."""
    for path, root in (("/clouds", "/v1"), ("/servers/1/dance", "/v1"), ("/servers", "/v9")):
        reply = await api.call("GET", path, token=None, root=root)
        assert (reply.status, reply.json["error"]["message"]) == (404, "api route not found")
    assert (await api.call("PATCH", "/servers", token=None)).status == 405


async def test_tokens_are_required_valid_and_may_be_read_only(api: Caller) -> None:
    """Each of the three refusals is a 401 with its own sentence or code."""
    missing = await api.call("GET", "/servers", token=None)
    wrong = await api.call("GET", "/servers", token="x" * 64)
    assert missing.json["error"]["message"] == "token is required"
    assert wrong.json["error"]["message"] == "the token you have provided is invalid"
    assert (missing.status, wrong.status) == (401, 401)
    assert (await api.call("GET", "/servers", token=READER)).status == 200
    refused = await api.call("POST", "/ssh_keys", {}, token=READER)
    assert (refused.status, refused.code) == (401, "token_readonly")


async def test_the_token_is_kept_as_its_hash_only(api: Caller) -> None:
    """Nothing that is saved holds a token."""
    await api.server()
    saved = msgspec.json.encode(api.cloud.state)
    assert b"tttttttt" not in saved
    assert hashlib.sha256(b"t" * 64).hexdigest().encode() not in saved


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 100_000, b'{"name": nul}'])
async def test_what_is_no_json_is_a_json_error(api: Caller, raw: bytes) -> None:
    """A body that cannot be decoded is refused with 400."""
    reply = await api.call("POST", "/ssh_keys", raw=raw)
    assert (reply.status, reply.code) == (400, "json_error")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/ssh_keys", [], "body"),
        ("/ssh_keys", {"name": "a"}, "public_key"),
        ("/ssh_keys", {"name": 5, "public_key": "x"}, "name"),
        ("/servers", {"name": "a", "server_type": "cx23", "image": "debian-12",
                      "volumes": ["x"]}, "volumes.0"),
        ("/servers", {"name": "a_b", "server_type": "cx23", "image": "debian-12"}, "name"),
        ("/servers", {"name": "a", "server_type": "cx99", "image": "debian-12"}, "server_type"),
        ("/networks", {"name": "n", "ip_range": "8.8.0.0/16"}, "ip_range"),
        ("/networks", {"name": "n", "ip_range": "10.0.0.1/16"}, "ip_range"),
        ("/firewalls", {"name": "f", "rules": [{"direction": "in", "protocol": "tcp",
                        "source_ips": ["0.0.0.0/0"]}]}, "rules.0.port"),
        ("/firewalls", {"name": "f", "rules": [{"direction": "up", "protocol": "tcp"}]},
         "rules.0.direction"),
        ("/firewalls", {"name": "f", "rules": [{"direction": "in", "protocol": "icmp",
                        "source_ips": ["0.0.0.0/0"] * 84}] * 6}, "rules"),
        ("/volumes", {"name": "v", "size": 9, "location": "fsn1"}, "size"),
        ("/placement_groups", {"name": "", "type": "spread"}, "name"),
        ("/ssh_keys", {"name": "k", "public_key": "ssh-rsa !", "labels": {}}, "public_key"),
    ],
)  # fmt: skip
async def test_invalid_input_names_the_field(
    api: Caller, path: str, body: object, field: str
) -> None:
    """A value that is wrong is refused with 422 and the field that it is in."""
    reply = await api.call("POST", path, body)
    assert (reply.status, reply.code, reply.fields) == (422, "invalid_input", [field])


async def test_lists_come_in_pages_with_links(api: Caller) -> None:
    """25 a page, 50 at most, with meta and a Link header that lead through all of them."""
    for number in range(50):
        await api.post("/placement_groups", {"name": f"g{number}", "type": "spread"})
    first = await api.call("GET", "/placement_groups?sort=name:desc")
    assert len(first.json["placement_groups"]) == 25
    assert first.json["meta"]["pagination"] == {
        "page": 1, "per_page": 25, "previous_page": None, "next_page": 2, "last_page": 2,
        "total_entries": 50,
    }  # fmt: skip
    assert 'page=2>; rel="next"' in first.headers["link"]
    assert "sort=name%3Adesc" in first.headers["link"]
    all_at_once = await api.get("/placement_groups?per_page=1000&page=1")
    assert len(all_at_once["placement_groups"]) == 50
    assert await api.get("/placement_groups?page=9") | {"meta": 0} == {
        "placement_groups": [], "meta": 0,
    }  # fmt: skip
    for query in ("page=0", "page=x", "per_page=-1", "sort=size", "label_selector=,"):
        assert await api.refused("GET", f"/placement_groups?{query}") == "invalid_input"


async def test_names_and_numbers_that_are_unknown_list_nothing(api: Caller) -> None:
    """A client that looks an id up as a name gets an empty list, and 404 by id."""
    assert (await api.get("/servers?name=7"))["servers"] == []
    for key in ("7", "x", "9" * 40, "-1", "%00"):
        assert await api.refused("GET", f"/servers/{key}") == "not_found"


async def test_the_bucket_empties_and_fills_by_the_worlds_clock() -> None:
    """Each call costs one; the next one after an empty bucket is 429 until a second has passed."""
    api = fresh(rate_limit=3)
    for left in ("2", "1", "0"):
        reply = await api.call("GET", "/locations")
        assert (reply.status, reply.headers["ratelimit-remaining"]) == (200, left)
    reply = await api.call("GET", "/locations")
    assert (reply.status, reply.code) == (429, "rate_limit_exceeded")
    assert reply.headers["ratelimit-limit"] == "3"
    assert int(reply.headers["ratelimit-reset"]) == int(api.clock.moment[0]) + 3
    api.clock.advance(1)
    assert (await api.call("GET", "/locations")).status == 200


async def test_data_centres_are_gone(api: Caller) -> None:
    """The endpoint that was switched off says so, and where it was announced."""
    reply = await api.call("GET", "/datacenters")
    assert (reply.status, reply.code) == (410, "deprecated_api_endpoint")
    assert reply.json["error"]["details"]["announcement"].startswith("https://docs.hetzner.cloud")


async def test_every_answer_has_a_correlation_id_of_its_own(api: Caller) -> None:
    """The header is there on answers and on refusals, and never the same."""
    replies = [await api.call("GET", path) for path in ("/servers", "/servers", "/nothing")]
    assert len({reply.headers["x-correlation-id"] for reply in replies}) == 3


async def test_the_request_log_tells_who_asked_what(api: Caller) -> None:
    """Method, path and status of each request can be read, and forgotten."""
    await api.call("GET", "/locations?name=fsn1")
    await api.call("POST", "/servers", {})
    seen = (await api.call("GET", "/requests", root="/_sim")).json
    assert [(r["method"], r["path"], r["status"]) for r in seen["requests"]] == [
        ("GET", "/locations", 200),
        ("POST", "/servers", 422),
    ]
    await api.call("DELETE", "/requests", root="/_sim")
    assert (await api.call("GET", "/requests", root="/_sim")).json["total"] == 0
    assert (await api.call("GET", "/requests", root="/_sim", token=READER)).status == 401
