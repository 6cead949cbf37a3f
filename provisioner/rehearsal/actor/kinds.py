"""The kinds that the actor watches or writes."""

from __future__ import annotations

from provisioner.cluster.ports import Object, Resource

NAMESPACES = Resource("", "v1", "namespaces")
NODES = Resource("", "v1", "nodes")
PODS = Resource("", "v1", "pods")
SERVICES = Resource("", "v1", "services")
CLAIMS = Resource("", "v1", "persistentvolumeclaims")
CONFIG_MAPS = Resource("", "v1", "configmaps")
SECRETS = Resource("", "v1", "secrets")
EVENTS = Resource("", "v1", "events")
STORAGE_CLASSES = Resource("storage.k8s.io", "v1", "storageclasses")
CHARTS = Resource("helm.cattle.io", "v1", "helmcharts")
"""The charts that k3s installs by itself."""
DEPLOYMENTS = Resource("apps", "v1", "deployments")
STATEFUL_SETS = Resource("apps", "v1", "statefulsets")
DAEMON_SETS = Resource("apps", "v1", "daemonsets")
REPLICA_SETS = Resource("apps", "v1", "replicasets")
JOBS = Resource("batch", "v1", "jobs")
HELM_RELEASES = Resource("helm.toolkit.fluxcd.io", "v2", "helmreleases")
HELM_CHARTS = Resource("source.toolkit.fluxcd.io", "v1", "helmcharts")
HELM_REPOSITORIES = Resource("source.toolkit.fluxcd.io", "v1", "helmrepositories")
OCI_REPOSITORIES = Resource("source.toolkit.fluxcd.io", "v1", "ocirepositories")
GIT_REPOSITORIES = Resource("source.toolkit.fluxcd.io", "v1", "gitrepositories")
KUSTOMIZATIONS = Resource("kustomize.toolkit.fluxcd.io", "v1", "kustomizations")
ISSUERS = Resource("cert-manager.io", "v1", "issuers")
CERTIFICATES = Resource("cert-manager.io", "v1", "certificates")
ORDERS = Resource("acme.cert-manager.io", "v1", "orders")
CHALLENGES = Resource("acme.cert-manager.io", "v1", "challenges")

KUBERNETES = (
    NODES, PODS, SERVICES, CLAIMS, CONFIG_MAPS, SECRETS, STORAGE_CLASSES, CHARTS,
    DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS, REPLICA_SETS, JOBS,
)  # fmt: skip
"""Watched from the cluster's first moment."""
FLUX = (
    HELM_RELEASES, HELM_CHARTS, HELM_REPOSITORIES, OCI_REPOSITORIES, GIT_REPOSITORIES,
    KUSTOMIZATIONS,
)  # fmt: skip
"""Watched once Flux's own kinds are there."""
CERT_MANAGER = (ISSUERS, CERTIFICATES, ORDERS, CHALLENGES)
"""Watched once cert-manager runs."""
WORKLOADS = {
    "Deployment": DEPLOYMENTS,
    "StatefulSet": STATEFUL_SETS,
    "DaemonSet": DAEMON_SETS,
    "Job": JOBS,
}
SOURCES = {
    "HelmChart": HELM_CHARTS,
    "HelmRepository": HELM_REPOSITORIES,
    "OCIRepository": OCI_REPOSITORIES,
    "GitRepository": GIT_REPOSITORIES,
}

_CLUSTER_WIDE = frozenset(
    {
        "Namespace", "Node", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding",
        "PriorityClass", "StorageClass", "GatewayClass", "ClusterIssuer", "PersistentVolume",
        "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
    }
)  # fmt: skip


def resource_of(manifest: Object) -> Resource:
    """Return the resource of a manifest, from its kind's regular plural."""
    group, _, version = manifest["apiVersion"].rpartition("/")
    kind = manifest["kind"]
    return Resource(group, version, _plural(kind.lower()))


def namespaced(manifest: Object) -> bool:
    """Return whether a manifest's kind lives in namespaces."""
    return manifest["kind"] not in _CLUSTER_WIDE


def _plural(kind: str) -> str:
    if kind.endswith(("s", "x", "ch")):
        return kind + "es"
    if kind.endswith("y") and not kind.endswith("ay"):
        return kind[:-1] + "ies"
    return kind + "s"
