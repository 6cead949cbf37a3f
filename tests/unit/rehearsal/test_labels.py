"""Labels and selectors: the grammar, held to a second reading of the rules."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.rehearsal.hetzner.labels import check_labels, parse_selector
from provisioner.rehearsal.hetzner.refusal import Refused

KEYS = st.sampled_from(["tier", "a", "example.com/role", "x-1"])
VALUES = st.sampled_from(["", "web", "db", "v1.2_3"])
LABELS = st.dictionaries(KEYS, VALUES, max_size=4)
SPACES = st.sampled_from(["", " "])

GO_KEY = re.compile(
    r"^([a-z0-9A-Z]((?:[\-_.]|[a-z0-9A-Z]){0,253}[a-z0-9A-Z])?/)?"
    r"[a-z0-9A-Z]((?:[\-_.]|[a-z0-9A-Z]|){0,61}[a-z0-9A-Z])?$"
)
GO_VALUE = re.compile(r"^(([a-z0-9A-Z](?:[\-_.]|[a-z0-9A-Z]){0,61})?[a-z0-9A-Z]$|$)")
"""What the clients of the field check before they send a label."""


@st.composite
def terms(draw: st.DrawFn) -> Any:
    """Return one term as text, and a function that says what it means."""
    key, value, gap = draw(KEYS), draw(VALUES), draw(SPACES)
    some = draw(st.lists(VALUES, min_size=1, max_size=3))
    listed = f"({','.join(f'{gap}{each}{gap}' for each in some)})"
    return draw(
        st.sampled_from(
            [
                (f"{key}{gap}={gap}{value}", lambda has: has.get(key) == value),
                (f"{key}{gap}=={gap}{value}", lambda has: has.get(key) == value),
                (f"{key}{gap}!={gap}{value}", lambda has: has.get(key) != value),
                (f"{key}", lambda has: key in has),
                (f"!{gap}{key}", lambda has: key not in has),
                (f"{key} in {listed}", lambda has: has.get(key) in some),
                (f"{key} notin {listed}", lambda has: has.get(key) not in some),
            ]
        )
    )


@given(st.lists(terms(), min_size=1, max_size=4), LABELS, SPACES)
def test_a_selector_means_all_of_its_terms(
    wanted: list[Any], labels: dict[str, str], gap: str
) -> None:
    """Whatever is joined by commas must hold at once, with or without spaces."""
    text = f"{gap},{gap}".join(text for text, _ in wanted)
    expected = all(means(labels) for _, means in wanted)
    assert parse_selector(text).matches(labels) == expected


@given(LABELS)
def test_an_empty_selector_matches_everything(labels: dict[str, str]) -> None:
    """No condition is no restriction."""
    assert parse_selector("").matches(labels)


@pytest.mark.parametrize(
    "text", ["=", "a=b=c", "a,,b", ",", "a in b", "a in (", "!", "-a", "a=b!", "a b", "!a=b", "a=-"]
)
def test_what_is_no_selector_is_refused(text: str) -> None:
    """A selector that the grammar does not know is invalid input."""
    with pytest.raises(Refused, match="label_selector"):
        parse_selector(text)


@given(st.text(), st.text())
def test_any_text_is_parsed_or_refused(text: str, value: str) -> None:
    """No text breaks the parser, and none hangs it."""
    for selector in (text, f"a={text}", f"a in ({text},{value})"):
        with suppress(Refused):
            parse_selector(selector).matches({"a": value})


@given(
    st.text("ab9-_./", max_size=70) | st.from_regex(GO_KEY, fullmatch=True),
    st.text("ab9-_.", max_size=70) | st.from_regex(GO_VALUE, fullmatch=True),
)
def test_labels_that_clients_refuse_are_refused_here_too(key: str, value: str) -> None:
    """What passes here passes the field's own checks as well."""
    try:
        check_labels({key: value})
    except Refused:
        return
    assert GO_KEY.fullmatch(key)
    assert GO_VALUE.fullmatch(value)


@pytest.mark.parametrize(
    ("labels", "holds"),
    [
        ({"a": "b", "example.com/role": "x", "k-_.9": ""}, True),
        ({"a" * 63: "b" * 63}, True),
        ({"a" * 64: ""}, False),
        ({"a": "b" * 64}, False),
        ({"": "b"}, False),
        ({"a": "-b"}, False),
        ({"a/b/c": ""}, False),
        ({"hetzner.cloud/x": ""}, False),
    ],
)
def test_label_rules(labels: dict[str, str], holds: bool) -> None:
    """Lengths, characters and the reserved prefix are as the reference says."""
    if holds:
        check_labels(labels)
    else:
        with pytest.raises(Refused):
            check_labels(labels)
