"""What answers about a Sovereign's hosts come to, all of them together."""

from __future__ import annotations

from provisioner.facts import DnsAnswer, NameState

Answers = tuple[DnsAnswer, ...]


def resolves(answers: Answers) -> bool:
    """Return whether every host is right everywhere, servers that are silent left out."""
    return bool(answers) and all(_is_right(answers, each) for each in answers)


def wrong(answers: Answers) -> Answers:
    """Return what is not right yet, the zone's own servers first."""
    return tuple(each for each in answers if not _is_right(answers, each))


def remaining(answers: Answers) -> float | None:
    """Return the seconds after which resolvers must have seen the zone as it is, if that is right.

    None while the zone itself is not right: then no TTL tells how long it takes.
    """
    left = wrong(answers)
    if any(each.authority for each in left):
        return None
    return float(max((each.ttl for each in left), default=0))


def _is_right(answers: Answers, answer: DnsAnswer) -> bool:
    """Return whether an answer is right, or a silence that others make good."""
    if answer.state is NameState.RIGHT:
        return True
    if answer.state is not NameState.SILENT:
        return False
    return any(
        other.state is NameState.RIGHT
        for other in answers
        if other.name == answer.name and other.authority == answer.authority
    )
