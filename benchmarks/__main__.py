"""``python -m benchmarks [NAME …]``: measure all promises, or those of the named modules.

Each module beside this one has a coroutine ``measure`` that returns its rows. The exit code tells
nothing of speed: a slow machine is no defect.
"""

from __future__ import annotations

import asyncio
import pkgutil
import sys
from importlib import import_module

import benchmarks
from benchmarks.row import Row

_NO_ROWS = {"__main__", "row"}


def modules() -> list[str]:
    """Return the names of all modules that measure something."""
    found = (each.name for each in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name for name in found if name not in _NO_ROWS and _measures(name))


def _measures(name: str) -> bool:
    return hasattr(import_module(f"benchmarks.{name}"), "measure")


def main(names: list[str]) -> int:
    """Measure and print the table, a row as soon as it is known."""
    print(f"{'what':<62} {'promise':<20} {'measured':<34} kept")
    for name in names or modules():
        rows: list[Row] = asyncio.run(import_module(f"benchmarks.{name}").measure())
        for row in rows:
            kept = "yes" if row.kept else "NO"
            print(f"{row.what:<62} {row.promise:<20} {row.measured:<34} {kept}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
