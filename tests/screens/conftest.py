"""One terminal for all tests of the screens: colours on, the same zone, the same words."""

from __future__ import annotations

import os
import time

# Both are read when textual is imported.
os.environ.pop("NO_COLOR", None)
os.environ["TZ"] = "UTC"
time.tzset()
