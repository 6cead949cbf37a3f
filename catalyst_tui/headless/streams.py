"""The three standard streams, which scripts close, fill up, or stop reading."""

from __future__ import annotations

import os
import sys
from typing import TextIO

_STREAMS = (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_WRONLY, "w"), ("stderr", os.O_WRONLY, "w"))


def open_streams() -> None:
    """Open what was closed onto nothing, before any other file takes its number.

    A journal that is opened as number 1 would be where a child of ours writes to.
    """
    for number, (name, flags, mode) in enumerate(_STREAMS):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free, and all below are open.
            os.set_inheritable(os.open(os.devnull, flags), True)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def put(stream: TextIO, text: str) -> OSError | None:
    """Write at once; if that fails, return why, and let all that follows go nowhere.

    A command is never ended by who does not read it: the run goes on without a viewer.
    """
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        return error
    return None
