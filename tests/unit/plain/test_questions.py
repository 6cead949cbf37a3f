"""Typed texts become answers, and answers texts, without a loss; the words are whole."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner import remedies
from provisioner.answers import partial_check
from screens.questions import MANY, Question, meant, question, questions, step_of, typed
from tests.unit.answers.examples import answers, whole

FREE = [each for each in questions() if each.kind != "secret" and each.answers.count(".") == 1]


@settings(max_examples=500)
@given(whole)
def test_answers_survive_being_typed_again(values: dict[str, Any]) -> None:
    """What a prompt shows in brackets is what Enter keeps, for every kind of answer."""
    pools = values["sizing"]["workers"]
    given_answers = [(MANY + name, value) for pool in pools for name, value in pool.items()]
    given_answers += [(f"access.{name}", value) for name, value in values["access"].items()]
    for name, value in given_answers:
        assert meant(question(name).kind, typed(value)) == (value or _nothing(value))


def _nothing(value: Any) -> Any:
    return False if value is False else None


@settings(max_examples=1000)
@given(st.sampled_from(FREE), st.text(max_size=60))
def test_whatever_is_typed_is_judged(asked: Question, text: str) -> None:
    """No text at any prompt makes the rules fail: it is an answer, or refused in a sentence."""
    section, _, name = asked.answers.partition(".")
    values = answers()
    values.setdefault(section, {})[name] = meant(asked.kind, text)
    _, found = partial_check(values)
    assert all(each.code in remedies.catalogue() and each.reason for each in found)


def test_every_question_has_its_words() -> None:
    """A title, a step that explains itself, and a default that is one of the choices."""
    for each in questions():
        assert each.title
        assert step_of(each.step).heading
        assert step_of(each.step).help
        known = [value for value, _ in each.options]
        assert not each.usual or each.usual in known
        assert set(each.when) <= {other.answers for other in questions()}
