"""Whether a token may write, found out without writing.

The probe asks to create an SSH key whose public key is none. A token that may write is told that
the key is invalid; one that may only read is refused before, with the code ``token_readonly``
(Hetzner binds the right to the HTTP method: a Read token may only GET). Nothing can come of the
request, so nothing can be left behind, even when the probe is interrupted. The answer is told
apart by its code, never by its status, which both refusals share with an unknown token.
"""

from __future__ import annotations

from provisioner.errors import HetznerError
from provisioner.hetzner.client import Hetzner

NO_KEY = {"name": "catalyst-write-probe", "public_key": "none"}
WRITABLE = frozenset({"invalid_input", "json_error", "unprocessable_entity"})
"""Codes that only a token with the right to write can meet here."""


async def probe_write(hetzner: Hetzner) -> None:
    """Return if the token may write; raises HetznerError with the reason if it may not.

    ``hetzner_token_readonly`` and ``hetzner_unauthorized`` say so; anything else means that the
    question could not be answered.
    """
    try:
        answer = await hetzner.call("POST", "/ssh_keys", body=NO_KEY)
    except HetznerError as error:
        if error.facts.get("api_code") in WRITABLE:
            return
        raise
    # The API promises to refuse; should it ever accept, the key goes at once.
    await hetzner.call("DELETE", f"/ssh_keys/{int(answer['ssh_key']['id'])}")
