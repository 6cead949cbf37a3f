"""Which programs the engine runs, and where they come from.

``find`` looks (a setting, PATH, the cache), ``ensure`` also makes what is missing (a verified
release, else a build from the Go modules pinned here), ``survey`` tells ``doctor`` what is where.
"""

from __future__ import annotations

from provisioner.toolchain.cache import Cache, Source
from provisioner.toolchain.finder import Tool, find
from provisioner.toolchain.inspection import Surveyed, survey
from provisioner.toolchain.pins import names
from provisioner.toolchain.places import flux_distribution, gateway_crds, provider_mirror
from provisioner.toolchain.progress import Progress, Report, Step
from provisioner.toolchain.workshop import ensure

__all__ = [
    "Cache",
    "Progress",
    "Report",
    "Source",
    "Step",
    "Surveyed",
    "Tool",
    "ensure",
    "find",
    "flux_distribution",
    "gateway_crds",
    "names",
    "provider_mirror",
    "survey",
]
