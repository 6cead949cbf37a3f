"""Starts a program that dies with its parent, even when the parent is killed without a word.

Run as ``python -I tether.py PARENT PROGRAM ARGUMENT…``: asks the kernel for the signal (prctl(2),
PR_SET_PDEATHSIG), which survives the exec that follows, and becomes the program.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent, and become the program."""
    parent, program = int(sys.argv[1]), sys.argv[2:]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    # Who died before the request above cannot send the signal any more.
    if os.getppid() == parent:
        os.execv(program[0], program)  # noqa: S606  a fixed program, found by the toolchain


if __name__ == "__main__":
    main()
