"""Work that may take long: beside the loop's handlers, one of each group at a time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from textual.css.query import NoMatches

from provisioner.errors import CatalystError

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.worker import Worker, WorkType

Task = Callable[[], Coroutine[Any, Any, object]]


def begin_work(node: DOMNode, task: Task, group: str, description: str) -> Worker[None]:
    """Start ``task`` for as long as ``node`` lives; an earlier one of its group is cancelled.

    The task is a callable, so that one which is cancelled before it began leaves nothing behind.
    A CatalystError that it does not handle itself is said on the screen that is shown then.
    """

    async def said() -> None:
        try:
            await task()
        except NoMatches:
            # A page that is taken down loses its parts one by one, and only then its work is ended.
            if node.display:
                raise
        except CatalystError as error:
            from provisioner.remedies import remedy_of

            watched = getattr(node.app, "watched", None)
            remedy = remedy_of(error, watched.fqdn if watched is not None else "")
            say = getattr(node.app.screen, "say", None)
            if say is None:
                raise
            say(remedy.brief, "bad")

    work: WorkType[None] = said
    return node.run_worker(
        work,
        group=group,
        description=description,
        exclusive=True,
        exit_on_error=True,
        thread=False,
    )
