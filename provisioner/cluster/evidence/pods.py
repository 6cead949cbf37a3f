"""What is wrong with a pod, from its own status; what only an Event tells is joined later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from provisioner.cluster.evidence.shapes import (
    Key,
    Ref,
    at,
    conditions,
    listed,
    mapping,
    number,
    one_line,
    sentence,
    text,
)
from provisioner.cluster.evidence.trouble import Trouble
from provisioner.cluster.ports import Object

IMAGE = frozenset(
    {
        "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull",
        "ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed",
    }
)  # fmt: skip
CONFIG = frozenset(
    {
        "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
        "PreCreateHookError", "PostStartHookError",
    }
)  # fmt: skip
HASH = "pod-template-hash"
BACKING_OFF = "BackOff"


class PodSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A pod."""

    ref: Ref
    owner: Ref | None
    """The workload it belongs to; None if its owner is of no kind that is watched."""
    labels: Mapping[str, Any]
    ready: bool
    running: bool
    claims: tuple[str, ...]
    trouble: Trouble | None = None


def pod_seen(item: Object, before: PodSeen | None = None) -> PodSeen:
    """Return what a pod says.

    Kubelet alternates between two words for the same failure; ``before`` keeps the first sentence
    for as long as the cause is the same.
    """
    meta, status = mapping(item.get("metadata")), mapping(item.get("status"))
    ref = Ref("Pod", text(meta.get("namespace")), text(meta.get("name")))
    trouble = None if meta.get("deletionTimestamp") else _trouble(ref, item, status)
    if before is not None and trouble is not None:
        trouble = _steady(before.trouble, trouble)
    ready = conditions(status).get("Ready")
    return PodSeen(
        ref=ref,
        owner=_owner(meta),
        labels=mapping(meta.get("labels")),
        ready=ready is not None and ready.status == "True",
        running=text(status.get("phase")) == "Running",
        claims=tuple(
            text(at(volume, "persistentVolumeClaim").get("claimName"))
            for volume in listed(at(item, "spec").get("volumes"))
            if "persistentVolumeClaim" in volume
        ),
        trouble=trouble,
    )


def _steady(before: Trouble | None, now: Trouble) -> Trouble:
    same = before is not None and (before.code, before.cause) == (now.code, now.cause)
    if not same or before is None:
        return now
    # The back-off is the last word of the two: it is kept once it was said.
    return now if BACKING_OFF in now.sentence and BACKING_OFF not in before.sentence else before


def _owner(meta: Mapping[str, Any]) -> Ref | None:
    namespace = text(meta.get("namespace"))
    for each in listed(meta.get("ownerReferences")):
        kind, name = text(each.get("kind")), text(each.get("name"))
        if kind in {"StatefulSet", "DaemonSet", "Job"}:
            return Ref(kind, namespace, name)
        if kind == "ReplicaSet":
            template = text(at(meta, "labels").get(HASH))
            cut = f"-{template}" if template and name.endswith(f"-{template}") else ""
            name = name.removesuffix(cut) if cut else name.rpartition("-")[0]
            return Ref("Deployment", namespace, name)
    return None


def _trouble(ref: Ref, item: Object, status: Mapping[str, Any]) -> Trouble | None:
    images = {
        text(each.get("name")): text(each.get("image"))
        for kind in ("initContainers", "containers")
        for each in listed(at(item, "spec").get(kind))
    }
    found = [
        trouble
        for kind in ("initContainerStatuses", "containerStatuses")
        for each in listed(status.get(kind))
        if (trouble := _container(ref, each, images)) is not None
    ]
    if found:
        return min(found, key=lambda trouble: trouble.rank)
    return _unscheduled(ref, status) or _failed(ref, status)


def _container(ref: Ref, status: Mapping[str, Any], images: Mapping[str, str]) -> Trouble | None:
    name = text(status.get("name"))
    waiting = at(status, "state", "waiting")
    reason, message = text(waiting.get("reason")), text(waiting.get("message"))
    if reason in IMAGE:
        image = images.get(name) or text(status.get("image"))
        why = _last_words(message, image)
        words = f"{ref}: the image {image} cannot be pulled ({reason}{why})."
        return Trouble("image_pull", "image", words, name)
    if reason in CONFIG:
        words = sentence(f"{ref}: container {name} cannot be created ({reason})", one_line(message))
        return Trouble("container_config", "config", words, name)
    if status.get("ready") is True:
        return None
    return _ended(ref, name, status, reason)


def _ended(ref: Ref, name: str, status: Mapping[str, Any], reason: str) -> Trouble | None:
    """Return why a container that is not ready ended; also while it is being tried again."""
    ends = (at(status, "state", "terminated"), at(status, "lastState", "terminated"))
    last = next((each for each in ends if each), {})
    if text(last.get("reason")) == "OOMKilled":
        words = f"{ref}: container {name} was killed for using too much memory (OOMKilled)."
        return Trouble("out_of_memory", "memory", words, name)
    code = number(last.get("exitCode"))
    if reason == "CrashLoopBackOff" or (last and code != 0):
        words = f"{ref}: container {name} ends with exit code {code} (CrashLoopBackOff)."
        if reason != "CrashLoopBackOff":
            words = f"{ref}: container {name} ended with exit code {code}."
        return Trouble("crash_loop", "crash", words, name)
    return None


def _unscheduled(ref: Ref, status: Mapping[str, Any]) -> Trouble | None:
    scheduled = conditions(status).get("PodScheduled")
    if scheduled is None or scheduled.status != "False" or scheduled.reason == "SchedulingGated":
        return None
    said = one_line(scheduled.message)
    if "persistentvolumeclaim" in said.lower():
        return Trouble("volume_pending", "volume", sentence(f"{ref} has no volume", said), "volume")
    words = sentence(f"{ref} fits on no node (Unschedulable)", said)
    return Trouble("unschedulable", "no room", words)


def _failed(ref: Ref, status: Mapping[str, Any]) -> Trouble | None:
    if text(status.get("phase")) != "Failed":
        return None
    reason = text(status.get("reason")) or "Failed"
    words = sentence(f"{ref} failed ({reason})", one_line(text(status.get("message"))))
    return Trouble("pod_failed", reason.lower(), words)


def _last_words(message: str, image: str) -> str:
    """Return what the registry said in the end, without the image's name again."""
    last = one_line(message.rpartition(": ")[2], 80).rstrip(".")
    return f": {last}" if last and image not in last else ""


def claim_key(pod: PodSeen, claim: str) -> Key:
    """Return the key of a claim that a pod names."""
    return Key(pod.ref.namespace, claim)
