"""A client of an ACME server (RFC 8555): as much of it as cert-manager uses for HTTP-01."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import httpx2
import msgspec

from provisioner.clock import Clock
from provisioner.rehearsal.certificates.jose import encoded, public, signed, thumbprint
from provisioner.rehearsal.certificates.pairs import Key

Json = dict[str, Any]
TRIES = 5
"""Of one message: a server may take no nonce of its own twice, and refuse some on purpose."""
LOOK = 1.0
"""Seconds of the clock between two looks, where the server names none."""
MOST_LOOKS = 120


class AcmeRefused(Exception):
    """The server refused, or did not answer; the text is what it said."""

    def __init__(self, kind: str, said: str) -> None:
        self.kind = kind
        """The last part of the problem's URN, ``rateLimited``; empty where there was no answer."""
        super().__init__(said)


class Challenge(NamedTuple):
    """What proves that a name is ours."""

    name: str
    url: str
    token: str
    authorization: str
    """The URL of the authorization that it belongs to."""


class Order(NamedTuple):
    """A certificate that was asked for."""

    url: str
    status: str
    authorizations: tuple[str, ...]
    finalize: str
    certificate: str = ""
    """Where the signed one is, once the order is valid."""

    @classmethod
    def of(cls, url: str, said: Json) -> Order:
        """Return the order in an answer."""
        places = tuple(said["authorizations"])
        return cls(url, said["status"], places, said["finalize"], said.get("certificate", ""))


class Account:
    """One account at a server, and what it asks of it."""

    def __init__(self, http: httpx2.AsyncClient, directory: str, key: Key, clock: Clock) -> None:
        self._http = http
        self._directory = directory
        self._key = key
        self._clock = clock
        self._places: dict[str, str] = {}
        self._nonces: list[str] = []
        self.url = ""
        """Empty until it is registered."""

    async def register(self, email: str) -> str:
        """Return the account's URL, made if there is none for this key; raises AcmeRefused."""
        contact = [f"mailto:{email}"] if email else []
        told = {"termsOfServiceAgreed": True, "contact": contact}
        answer = await self._post(await self._place("newAccount"), told)
        self.url = answer.headers["Location"]
        return self.url

    async def order(self, names: Sequence[str]) -> Order:
        """Ask for a certificate with ``names``; raises AcmeRefused."""
        told = {"identifiers": [{"type": "dns", "value": each} for each in names]}
        answer = await self._post(await self._place("newOrder"), told)
        return Order.of(answer.headers["Location"], _read(answer))

    async def challenges(self, order: Order) -> list[Challenge]:
        """Return what is still to be proved by HTTP; raises AcmeRefused."""
        found = []
        for place in order.authorizations:
            said = _read(await self._post(place, None))
            if said["status"] != "valid":
                told = next(each for each in said["challenges"] if each["type"] == "http-01")
                name = said["identifier"]["value"]
                found.append(Challenge(name, told["url"], told["token"], place))
        return found

    def answer_for(self, challenge: Challenge) -> str:
        """Return what must stand at the challenge's address."""
        return f"{challenge.token}.{thumbprint(self._key)}"

    async def prove(self, challenge: Challenge) -> None:
        """Have the server look, and return once it has seen the answer; raises AcmeRefused."""
        await self._post(challenge.url, {})
        said = await self._settled(challenge.authorization, ("pending", "processing"))
        if said["status"] != "valid":
            errors = [each["error"] for each in said["challenges"] if each.get("error")]
            detail = errors[0].get("detail", "") if errors else said["status"]
            raise AcmeRefused("unauthorized", f"{challenge.name}: {detail}")

    async def finish(self, order: Order, request: bytes) -> str:
        """Have a signing request (DER) signed; returns the chain as PEM; raises AcmeRefused."""
        await self._post(order.finalize, {"csr": encoded(request)})
        said = await self._settled(order.url, ("pending", "ready", "processing"))
        if said["status"] != "valid":
            raise AcmeRefused("", f"the order is {said['status']}")
        return (await self._post(said["certificate"], None)).text

    async def _settled(self, place: str, passing: Sequence[str]) -> Json:
        for _ in range(MOST_LOOKS):
            answer = await self._post(place, None)
            said = _read(answer)
            if said["status"] not in passing:
                return said
            told = answer.headers.get("Retry-After", "")
            await self._clock.sleep(float(told) if told.isdigit() else LOOK)
        raise AcmeRefused("", f"{place} is never done")

    async def _place(self, name: str) -> str:
        if not self._places:
            self._places = _read(await self._sent("GET", self._directory))
        return str(self._places[name])

    async def _nonce(self) -> str:
        if not self._nonces:
            await self._sent("HEAD", await self._place("newNonce"))
        return self._nonces.pop()

    async def _post(self, place: str, payload: object) -> httpx2.Response:
        """Send a signed message, again with a fresh nonce where that was all that was wrong."""
        for attempt in range(1, TRIES + 1):
            who = {"kid": self.url} if self.url else {"jwk": public(self._key)}
            head = {"nonce": await self._nonce(), "url": place, **who}
            try:
                return await self._sent("POST", place, signed(self._key, head, payload))
            except AcmeRefused as refusal:
                if refusal.kind != "badNonce" or attempt == TRIES:
                    raise
        raise AssertionError("each try returns or raises")

    async def _sent(self, method: str, place: str, body: bytes | None = None) -> httpx2.Response:
        headers = {"Content-Type": "application/jose+json"} if body is not None else {}
        try:
            answer = await self._http.request(method, place, content=body, headers=headers)
        except httpx2.TransportError as error:
            reason = str(error) or type(error).__name__
            raise AcmeRefused("", f'{method} "{place}": {reason}') from error
        if nonce := answer.headers.get("Replay-Nonce"):
            self._nonces.append(nonce)
        if answer.is_error:
            said = _problem(answer)
            kind = str(said.get("type", "")).rpartition(":")[2]
            raise AcmeRefused(kind, f"{answer.status_code} {said.get('type')}: {said['detail']}")
        return answer


def _read(answer: httpx2.Response) -> Json:
    try:
        return msgspec.json.decode(answer.content, type=Json)
    except msgspec.MsgspecError as error:
        raise AcmeRefused("", f"no answer to read: {error}") from error


def _problem(answer: httpx2.Response) -> Json:
    try:
        return {"detail": "", **msgspec.json.decode(answer.content, type=Json)}
    except msgspec.MsgspecError:
        return {"detail": answer.text[:200]}
