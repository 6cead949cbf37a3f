"""The kinds that the board watches."""

from __future__ import annotations

from provisioner.cluster.ports import Resource

NODES = Resource("", "v1", "nodes")
PODS = Resource("", "v1", "pods")
CLAIMS = Resource("", "v1", "persistentvolumeclaims")
EVENTS = Resource("", "v1", "events")
DEPLOYMENTS = Resource("apps", "v1", "deployments")
STATEFUL_SETS = Resource("apps", "v1", "statefulsets")
DAEMON_SETS = Resource("apps", "v1", "daemonsets")
JOBS = Resource("batch", "v1", "jobs")
HELM_RELEASES = Resource("helm.toolkit.fluxcd.io", "v2", "helmreleases")
HELM_CHARTS = Resource("source.toolkit.fluxcd.io", "v1", "helmcharts")
HELM_REPOSITORIES = Resource("source.toolkit.fluxcd.io", "v1", "helmrepositories")
OCI_REPOSITORIES = Resource("source.toolkit.fluxcd.io", "v1", "ocirepositories")
GIT_REPOSITORIES = Resource("source.toolkit.fluxcd.io", "v1", "gitrepositories")
KUSTOMIZATIONS = Resource("kustomize.toolkit.fluxcd.io", "v1", "kustomizations")

WORKLOADS = {
    DEPLOYMENTS: "Deployment",
    STATEFUL_SETS: "StatefulSet",
    DAEMON_SETS: "DaemonSet",
    JOBS: "Job",
}
SOURCES = {
    HELM_CHARTS: "HelmChart",
    HELM_REPOSITORIES: "HelmRepository",
    OCI_REPOSITORIES: "OCIRepository",
    GIT_REPOSITORIES: "GitRepository",
    KUSTOMIZATIONS: "Kustomization",
}
"""Everything of Flux that stands above the releases."""
WATCHED = (NODES, *SOURCES, HELM_RELEASES, *WORKLOADS, PODS, CLAIMS, EVENTS)
NEEDED = frozenset({HELM_RELEASES, HELM_CHARTS, HELM_REPOSITORIES, *WORKLOADS, PODS})
"""Without these nothing can be called healthy."""
