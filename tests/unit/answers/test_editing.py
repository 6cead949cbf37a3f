"""Editing answers by ``key=value``: what is named changes, and nothing else."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.editing import changed
from provisioner.errors import AnswersRefused
from provisioner.remedies import remedy_of

POOL = {"name": "a", "type": "cx33", "count": 2}
VALUES: dict[str, Any] = {
    "sizing": {"control_plane": {"type": "cx33", "count": 1}, "workers": [POOL]}
}


def test_scalars_lists_and_new_pools_are_put_where_they_are_named() -> None:
    """Numbers are numbers, an index behind the end adds, and the original stays as it was."""
    result = changed(
        VALUES,
        [
            "sizing.control_plane.count=3",
            "sizing.workers[0].count=1",
            "sizing.workers[1].name=b",
            "sizing.workers[1].taints=[a=b:NoSchedule]",
            "protection.delete=true",
        ],
    )
    assert result["sizing"]["control_plane"] == {"type": "cx33", "count": 3}
    assert result["sizing"]["workers"][0] == POOL | {"count": 1}
    assert result["sizing"]["workers"][1] == {"name": "b", "taints": ["a=b:NoSchedule"]}
    assert result["protection"] == {"delete": True}
    assert VALUES["sizing"]["workers"] == [POOL]


def test_null_leaves_an_answer_or_a_pool_out() -> None:
    """What is set to nothing is gone."""
    result = changed(VALUES, ["sizing.workers[0]=null", "sizing.control_plane.count="])
    assert result == {"sizing": {"control_plane": {"type": "cx33"}, "workers": []}}


@pytest.mark.parametrize(
    "wrong", ["", "sizing", "a b=1", "sizing.workers[5].count=1", "sizing[0]=1", "..=1"]
)
def test_what_is_no_assignment_is_refused(wrong: str) -> None:
    """A slip of the keyboard changes nothing."""
    with pytest.raises(AnswersRefused):
        changed(VALUES, [wrong])


@pytest.mark.parametrize(
    "typed", ["SENTINEL", "SENTINEL==", "HCLOUD_TOKEN=SENTINEL", "sizing[0]=SENTINEL"]
)
def test_what_was_typed_in_the_wrong_place_is_not_repeated(typed: str) -> None:
    """It may be a secret: which one it was, and what is expected, is all that is said."""
    with pytest.raises(AnswersRefused) as refused:
        changed(VALUES, ["sizing.control_plane.type=cx43", typed])
    remedy = remedy_of(refused.value)
    assert "SENTINEL" not in f"{refused.value} {remedy}"
    assert "number 2" in remedy.what or "`sizing[0]`" in remedy.what
    assert "sizing." in remedy.action


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_text_breaks_it(key: str, value: str) -> None:
    """Whatever is typed, the answers come back changed or the words are refused."""
    with contextlib.suppress(AnswersRefused):
        assert changed(VALUES, [f"{key}={value}"]) is not VALUES
