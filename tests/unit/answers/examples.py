"""Answers for tests: whole ones, and generated ones of every shape that is allowed."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

WHOLE: dict[str, Any] = {
    "organisation": {"name": "Acme", "admin_email": "platform@example.com"},
    "domain": {"mode": "pool", "label": "oman", "pool": "omani.works"},
    "sizing": {"location": "fsn1", "control_plane": {"type": "cx43"}},
    "access": {"operator_cidrs": ["203.0.113.7/32"]},
}


def answers(**changes: Any) -> dict[str, Any]:
    """Return whole answers, each change given as ``section__answer=value``."""
    values = copy.deepcopy(WHOLE)
    for way, value in changes.items():
        *sections, last = way.split("__")
        place = values
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = value
    return values


labels = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
names = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
people = st.text(
    st.characters(categories=["L", "N", "P", "S", "Zs"]),
    min_size=1,
    max_size=40,
).filter(lambda text: text.strip() and text.isprintable())
v4 = st.ip_addresses(v=4).map(lambda address: f"{address}/32")
v6 = st.ip_addresses(v=6).map(lambda address: f"{address}/128")
domains = st.one_of(
    st.fixed_dictionaries(
        {"mode": st.just("pool"), "label": labels, "pool": st.just("omani.works")}
    ),
    st.fixed_dictionaries({"mode": st.just("own"), "fqdn": st.tuples(names, labels).map(".".join)}),
)
pools = st.lists(
    st.fixed_dictionaries(
        {
            "name": labels.filter(lambda name: name != "cp"),
            "type": names,
            "count": st.integers(1, 4),
        },
        optional={
            "location": names,
            "ingress": st.booleans(),
            "labels": st.dictionaries(labels, labels, max_size=2),
            "taints": st.lists(labels.map("{}=x:NoSchedule".format), max_size=2),
        },
    ),
    max_size=3,
    unique_by=lambda pool: str(pool["name"]).rstrip("0123456789"),
)
whole = st.fixed_dictionaries(
    {
        "organisation": st.fixed_dictionaries(
            {"name": people, "admin_email": st.just("platform@example.com")}
        ),
        "domain": domains,
        "sizing": st.fixed_dictionaries(
            {
                "location": names,
                "control_plane": st.fixed_dictionaries(
                    {"type": names, "count": st.sampled_from([1, 3])}
                ),
                "workers": pools,
            }
        ),
        "access": st.fixed_dictionaries(
            {"operator_cidrs": st.lists(st.one_of(v4, v6), min_size=1, max_size=3)},
            optional={"ssh_key": st.sampled_from(["agent", "generated", "~/.ssh/id"])},
        ),
    },
    optional={
        "certificates": st.fixed_dictionaries(
            {"issuer": st.sampled_from(["production", "staging", "own"])}
        ),
        "protection": st.fixed_dictionaries({"delete": st.booleans()}),
        "source": st.just(
            {"mode": "git", "url": "https://git.example/kit", "commit": "0" * 40, "path": "kit"}
        ),
    },
)
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["mode", "label", "pool", "fqdn", "name", "type", "count", "workers", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
