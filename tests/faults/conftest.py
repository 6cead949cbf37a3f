"""The programs of a run, found once for the whole campaign."""

from __future__ import annotations

from tests.integration.conftest import rehearsal_tools as rehearsal_tools
from tests.integration.conftest import tools as tools
