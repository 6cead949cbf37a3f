"""The TLS side of the cluster's identity, from memory."""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path

from provisioner.cluster.kubeconfig import Identity
from provisioner.errors import AccessError


def context(identity: Identity, folder: Path) -> ssl.SSLContext:
    """Return a client context that trusts this cluster's authority alone.

    The ssl module reads a certificate's key from a file only: it stands, 0600, in ``folder``, which
    must be private, for as long as that takes. Raises AccessError if the identity is no good.
    """
    try:
        made = ssl.create_default_context(cadata=identity.authority)
        descriptor, name = tempfile.mkstemp(dir=folder)
        path = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write(identity.certificate + "\n" + identity.key.get_secret_value())
            made.load_cert_chain(path)
        finally:
            path.unlink()
    except (ssl.SSLError, ValueError):
        raise AccessError("kubeconfig_unreadable") from None
    return made
